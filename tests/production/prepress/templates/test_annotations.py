"""What is seen on a page as an annotation or form field prints as it is seen, or is named."""

from __future__ import annotations

import pikepdf
import pytest

from production.prepress.merge.fields import Fields
from production.prepress.merge.page_match import find_differences
from production.prepress.merge.print_file import compile_template
from production.prepress.templates.annotations import annotation_findings
from tests.production.prepress.letters import make_table
from tests.production.prepress.pages import READERS, difference, make_pdf, print_pages, seen, words

PAGE = "/Resources<</Font<</F1 5 0 R>>>>/Annots[10 0 R]{}"
LOOK = (
    "<</Type/XObject/Subtype/Form/BBox[0 0 200 40]/Resources<</Font<</F1 5 0 R>>>>{}>>"
    "stream:0.8 g 0 0 200 40 re f 0 g BT /F1 14 Tf 5 12 Td ({}) Tj ET q q"
)
BODY = "q 0.5 0 0 0.5 0 0 cm BT /F1 36 Tf 144 800 Td (The quick brown fox) Tj ET"  # a state left open
SIGNS = "APPROVED 12345"
RECT = "/Rect[72 600 272 640]/AP<</N 11 0 R>>"


def template(tmp_path, annotation: str, *, look: str = "", page: str = "", catalog: str = "", more: str = ""):
    objects = f"{annotation}\n{look or LOOK.format('', SIGNS)}\n{more}"
    return make_pdf(tmp_path / "t.pdf", BODY, objects, page=PAGE.format(page), catalog=catalog)


def findings(path) -> list[tuple[str, str, str]]:
    with pikepdf.open(path) as pdf:
        return [(f.code, str(f.severity), f.message) for f in annotation_findings(pdf)]


def differences(path) -> list[str]:
    return [f.message for f in find_differences(path, compile_template(path, Fields(())), make_table(1))]


@pytest.mark.parametrize(
    ("annotation", "codes"),
    [
        (f"<</Type/Annot/Subtype/Stamp/F 4{RECT}>>", {"PDF_ANNOTATIONS"}),
        (f"<</Type/Annot/Subtype/Widget/FT/Tx/V({SIGNS})/F 4{RECT}>>", {"PDF_FORM_FIELDS"}),
        (f"<</Type/Annot/Subtype/Widget/FT/Sig/F 4{RECT}>>", set()),
        (
            "<</Type/Annot/Subtype/Widget/FT/Btn/AS/On/F 4/Rect[72 600 272 640]/AP<</N<</On 11 0 R>>>>>>",
            {"PDF_FORM_FIELDS"},
        ),
    ],
)  # fmt: skip
def test_an_appearance_prints_as_it_is_seen(tmp_path, annotation, codes):
    path = template(tmp_path, annotation)
    assert {code for code, _, _ in findings(path)} == codes
    made = print_pages(path)
    assert words(made).split() == f"The quick brown fox {SIGNS}".split()
    if (
        "pdftoppm" in READERS
    ):  # pdfium draws no fields by itself, Ghostscript loses its place after open states
        assert difference(seen(made, "pdftoppm"), seen(path, "pdftoppm")) < 8
    assert differences(path) == []


@pytest.mark.parametrize(
    "annotation",
    [
        f"<</Type/Annot/Subtype/Stamp/F 6{RECT}>>",  # hidden
        f"<</Type/Annot/Subtype/Stamp/F 2{RECT}>>",
        f"<</Type/Annot/Subtype/Stamp/F 32{RECT}>>",  # neither seen nor printed
        "<</Type/Annot/Subtype/Square/F 2/Rect[10 10 20 20]>>",
        "<</Type/Annot/Subtype/Link/F 4/Rect[10 10 20 20]/A<</S/URI/URI(x)>>>>",
        "<</Type/Annot/Subtype/Popup/F 28/Rect[10 10 20 20]>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/F 4/Rect[10 10 20 20]>>",  # an empty field
        "<</Type/Annot/Subtype/Widget/FT/Btn/AS/Off/F 4/Rect[10 10 20 20]/AP<</N<</On 11 0 R>>>>>>",
        "<</Type/Annot/Subtype/Widget/FT/Sig/F 132/Rect[0 0 0 0]>>",  # an invisible signature
        f"<</Type/Annot/Subtype/Widget/FT/Btn/Ff 65536{RECT}>>",  # a button for the screen
        f"<</Type/Annot/Subtype/Stamp/F 4/OC 12 0 R{RECT}>>",
    ],
)
def test_what_never_shows_is_no_finding(tmp_path, annotation):
    catalog = "/OCProperties<</OCGs[12 0 R]/D<</OFF[12 0 R]>>>>"
    path = template(tmp_path, annotation, catalog=catalog, more="<</Type/OCG/Name(x)>>")
    assert findings(path) == []
    assert words(print_pages(path)) == "The quick brown fox"
    assert differences(path) == []


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("flags", [4, 20])  # 16: it stays upright on a turned page
def test_turned_pages_and_appearances(tmp_path, turn, flags):
    look = LOOK.format("/Matrix[0 2 -1 0 30 7]", SIGNS)
    path = template(
        tmp_path, f"<</Type/Annot/Subtype/Stamp/F {flags}/Rect[250 400 330 640]/AP<</N 11 0 R>>>>", look=look,
        page=f"/Rotate {turn}/CropBox[10.5 20.25 600 780]",
    )  # fmt: skip
    assert differences(path) == []
    if flags == 4 and "pdftoppm" in READERS:
        printed, sent = seen(print_pages(path), "pdfium"), seen(path, "pdfium")
        assert difference(printed, sent[: len(printed)]) < 32


@pytest.mark.parametrize(
    ("annotation", "catalog", "expected"),
    [
        (
            "<</Type/Annot/Subtype/FreeText/F 4/Rect[72 600 272 640]/Contents(Call me)>>", "",
            ("PDF_NO_APPEARANCE", "stop", 'The file says "Call me" on the page, but not how it looks.'),
        ),
        (
            "<</Type/Annot/Subtype/Widget/Parent 12 0 R/F 4/Rect[72 600 272 640]>>", "",
            ("PDF_NO_APPEARANCE", "stop", 'The file says "John Q Public" on the page, but not how it looks.'),
        ),
        (
            f"<</Type/Annot/Subtype/Widget/Parent 12 0 R/F 4{RECT}>>", "/AcroForm<</NeedAppearances true/Fields[]>>",
            ("PDF_NO_APPEARANCE", "stop", 'A field holds "John Q Public" and is drawn with other words.'),
        ),
        (
            f"<</Type/Annot/Subtype/Stamp/Contents(Draft){RECT}>>", "",
            ("PDF_ANNOTATIONS", "warn", '"Draft" is seen on the screen and does not print.'),
        ),
        (
            f"<</Type/Annot/Subtype/Widget/FT/Sig{RECT}>>", "",
            ("PDF_ANNOTATIONS", "warn", '"A field" is seen on the screen and does not print.'),
        ),
    ],
)  # fmt: skip
def test_what_would_have_to_be_made_up_stops_by_its_words(tmp_path, annotation, catalog, expected):
    path = template(tmp_path, annotation, catalog=catalog, more="<</FT/Tx/V(John Q Public)>>")
    assert findings(path)[0] == expected


def test_a_field_that_readers_draw_anew_with_the_same_words_prints(tmp_path):
    path = template(
        tmp_path, f"<</Type/Annot/Subtype/Widget/FT/Tx/V({SIGNS})/F 4{RECT}>>",
        catalog="/AcroForm<</NeedAppearances true/Fields[10 0 R]>>",
    )  # fmt: skip
    assert [code for code, _, _ in findings(path)] == ["PDF_FORM_FIELDS"]


def test_resources_of_page_and_appearance_do_not_mix(tmp_path):
    """The page's own forms have the very names that annotations get, and its resources are inherited."""
    path = make_pdf(
        tmp_path / "t.pdf", "/A0 Do /Page Do",
        f"<</Type/Annot/Subtype/Stamp/F 4{RECT}>>\n{LOOK.format('', SIGNS)}\n"
        "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]>>stream:0 0 1 rg 72 100 99 99 re f",
        page="/Annots[10 0 R]",
    )  # fmt: skip
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        names = pikepdf.Dictionary({"/A0": pdf.get_object(12, 0), "/Page": pdf.get_object(12, 0)})
        pdf.Root.Pages.Resources = pikepdf.Dictionary(XObject=names)
        pdf.save()
    assert words(print_pages(path)) == SIGNS
    assert differences(path) == []


@pytest.mark.parametrize("state", ["\xe9", "#e9", "\xc3\xa9"])
def test_names_that_are_no_utf_8_are_names(tmp_path, state):
    """A box ticked by a state in Latin-1, and an annotation of such a kind with a text that breaks off."""
    box = "<</Type/Annot/Subtype/{}/AS/{}/F 4/Rect[72 600 272 640]/AP<</N<</{} 11 0 R>>>>/Contents(\xef\xbb\xbf\xe9)>>"
    ticked = template(tmp_path, box.format("Widget/FT/Btn", state, state))
    assert [code for code, _, _ in findings(ticked)] == ["PDF_FORM_FIELDS"]
    assert words(print_pages(ticked)).split() == f"The quick brown fox {SIGNS}".split()
    odd = template(tmp_path, box.format(state, state, state))
    assert [code for code, _, _ in findings(odd)] == ["PDF_ANNOTATIONS"]
    assert words(print_pages(odd)).split() == f"The quick brown fox {SIGNS}".split()
