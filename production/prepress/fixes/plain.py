"""A file without what a reader or a press would decide by itself: fields, notes, layers, actions."""

from __future__ import annotations

from typing import Any

import pikepdf

from production.prepress.fixes.work import Work
from production.prepress.templates.annotations import draw_annotations
from production.prepress.templates.drawings import array, dictionary, is_dictionary
from production.prepress.templates.layers import settle

_HIDDEN, _PRINT, _NO_VIEW = 2, 4, 32  # flags of annotations (ISO 32000-1, table 165)
# Signs of a note, a file, a sound or a film: they are clicked and say nothing on paper.
_SIGNS = ("/Text", "/FileAttachment", "/Sound", "/Movie", "/Screen", "/RichMedia", "/Popup", "/Link")
_ACTS = ("/Launch", "/URI", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/JavaScript")


def flatten(work: Work) -> None:
    """What is seen of fields and annotations is drawn into its page; values without a look get one first."""
    pdf = work.pdf
    if "/AcroForm" in pdf.Root:
        _draw_values(pdf)
    for page in pdf.pages:
        for thing in filter(is_dictionary, array(page.obj.get("/Annots"))):
            flags = int(thing.get("/F", 0))
            if not flags & (_HIDDEN | _NO_VIEW) and thing.get("/Subtype") not in _SIGNS:
                thing["/F"] = flags | _PRINT
    draw_annotations(pdf)
    for page in pdf.pages:
        if "/Annots" in page.obj:
            del page.obj["/Annots"]
    if "/AcroForm" in pdf.Root:
        del pdf.Root["/AcroForm"]


def _draw_values(pdf: pikepdf.Pdf) -> None:
    """Looks for values; a look that is there stays, unless the file itself asks for new ones."""
    form = pdf.Root["/AcroForm"]
    every = [thing for page in pdf.pages for thing in array(page.obj.get("/Annots")) if is_dictionary(thing)]
    kept = [] if form.get("/NeedAppearances", False) else [(one, one["/AP"]) for one in every if "/AP" in one]
    form["/NeedAppearances"] = True
    pdf.generate_appearance_streams()
    for thing, look in kept:
        thing["/AP"] = look


def settle_layers(work: Work) -> None:
    """Layers that print are drawn, others are taken out."""
    settle(work.pdf)


def strip_actions(work: Work) -> None:
    """Scripts, links that lead out, embedded files: nothing acts any more."""
    root = work.pdf.Root
    for thing in [root, *work.pdf.objects]:
        if isinstance(thing, pikepdf.Dictionary):
            _strip(thing)
    for key in ("/JavaScript", "/EmbeddedFiles"):
        names = dictionary(root.get("/Names"))
        if key in names:
            del names[key]
    for page in work.pdf.pages:
        _leave_out_files(page.obj)


def _strip(thing: Any) -> None:
    for key in ("/OpenAction", "/AA", "/JS", "/AF", "/EF"):
        if key in thing:
            del thing[key]
    for key in ("/A", "/PA", "/Next"):
        if dictionary(thing.get(key)).get("/S") in _ACTS:
            del thing[key]


def _leave_out_files(page: Any) -> None:
    kept = [one for one in array(page.get("/Annots")) if dictionary(one).get("/Subtype") != "/FileAttachment"]
    if "/Annots" in page:
        page["/Annots"] = pikepdf.Array(kept)
