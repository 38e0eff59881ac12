"""Everything a document draws with: pages, forms, pictures, patterns, glyphs of Type 3 fonts, soft masks and
appearances of annotations, each once, with the resources its operators name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from production.prepress.templates.template import inherited


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page (dictionary) or a stream that pages draw; ``resources`` are its own or those it inherits."""

    pdf: pikepdf.Pdf
    thing: Any
    resources: Any

    @property
    def is_picture(self) -> bool:
        """Whether it is an image, which has dots and no operators."""
        return bool(self.thing.get("/Subtype") == "/Image")

    def rewrite(self, content: bytes) -> None:
        """Other operators in place of its own."""
        if isinstance(self.thing, pikepdf.Stream):
            self.thing.write(content)
        else:
            self.thing["/Contents"] = self.pdf.make_stream(content)

    def empty(self) -> None:
        """Leaves nothing of a form or picture but a form that draws nothing."""
        form = pikepdf.Name.Form
        self.thing.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=form, BBox=[0, 0, 0, 0]
        )
        self.thing.write(b"")


def drawings(pdf: pikepdf.Pdf) -> Iterator[Drawing]:
    """Every drawing of every page, outer ones first; one that was emptied meanwhile is not looked into."""
    seen: set[tuple[int, int]] = set()
    for page in pdf.pages:
        resources = inherited(page.obj, "/Resources", pikepdf.Dictionary())
        waiting = [(page.obj, resources)]
        waiting += [(stream, resources) for stream in appearances(page.obj)]
        while waiting:
            thing, around = waiting.pop()
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
            own = thing.get("/Resources", around)
            drawing = Drawing(pdf, thing, own)
            yield drawing
            if not drawing.is_picture and is_dictionary(own):
                waiting += list(_named(own))


def appearances(page: Any) -> list[Any]:
    """The streams of all appearances of a page's annotations, whatever their state."""
    found = []
    for annotation in array(page.get("/Annots")):
        kinds = list(dictionary(dictionary(annotation).get("/AP")).values())
        states = [value for kind in kinds if is_dictionary(kind) for value in kind.values()]
        found += [thing for thing in (*kinds, *states) if isinstance(thing, pikepdf.Stream)]
    return found


def _named(resources: Any) -> Iterator[tuple[Any, Any]]:
    """The drawings a resource dictionary names, with the resources they fall back on."""
    for key in ("/XObject", "/Pattern"):
        for thing in dictionary(resources.get(key)).values():
            if isinstance(thing, pikepdf.Stream):
                yield thing, resources
    for state in dictionary(resources.get("/ExtGState")).values():
        group = dictionary(dictionary(state).get("/SMask")).get("/G")
        if isinstance(group, pikepdf.Stream):
            yield group, resources
    for font in dictionary(resources.get("/Font")).values():
        for glyph in dictionary(dictionary(font).get("/CharProcs")).values():
            if isinstance(glyph, pikepdf.Stream):
                yield glyph, dictionary(font).get("/Resources", resources)


def is_dictionary(thing: Any) -> bool:
    """Whether it is a dictionary that is not a stream's."""
    return isinstance(thing, pikepdf.Dictionary) and not isinstance(thing, pikepdf.Stream)


def dictionary(thing: Any) -> Any:
    """The dictionary itself, or an empty one in place of anything else."""
    return thing if is_dictionary(thing) else pikepdf.Dictionary()


def array(thing: Any) -> list[Any]:
    """The items of an array, or none of anything else."""
    return list(thing) if isinstance(thing, pikepdf.Array) else []
