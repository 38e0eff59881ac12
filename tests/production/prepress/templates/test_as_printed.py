"""The compiled page is the template's page: odd but lawful files, groups, units, printing conditions, and the proof."""

from __future__ import annotations

import numpy as np
import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from kernel.errors import InvalidInput
from production.prepress.merge.fields import Fields, default_fields
from production.prepress.merge.page_match import find_differences
from production.prepress.merge.print_file import PageMarks, Part, compile_template, merge_parts
from production.prepress.preflight.zones import find_conflicts
from tests.production.prepress.letters import make_imb, make_table, make_template
from tests.production.prepress.pages import (
    READERS,
    difference,
    everything,
    make_pdf,
    print_pages,
    seen,
    words,
)

FOX = "BT /F1 18 Tf 72 400 Td (The quick brown fox) Tj ET"
FONT = "/Resources<</Font<</F1 {}>>>>"


def differences(path) -> list[tuple[str, int | None]]:
    found = find_differences(path, compile_template(path, Fields(())), make_table(1))
    return [(finding.code, finding.place.page) for finding in found]


RED_TO_BLUE = "<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>"
INLINE = "q 99 0 0 99 9 9 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x40 EI Q"

# Content, objects and page keys of files that are odd inside and right all the same.
ODD = {
    "names that are objects": (
        FOX, "<</Type/Font/Subtype 11 0 R/BaseFont 12 0 R/Encoding/WinAnsiEncoding>>\n/Type1\n/Courier-Bold",
        FONT.format("10 0 R"),
    ),
    "a color space that is an object": (
        "q 300 0 0 100 72 200 cm 0 0 1 1 re W n /S sh Q " + FOX,
        f"<</ShadingType 2/ColorSpace 11 0 R/Coords[0 0 1 0]/Function {RED_TO_BLUE}>>\n/DeviceRGB",
        "/Resources<</Font<</F1 5 0 R>>/Shading<</S 10 0 R>>>>",
    ),
    "a resource name in Latin-1": (FOX.replace("F1", "F#fc"), "", FONT.replace("F1", "F#fc").format("5 0 R")),
    "a bare Latin-1 byte": (FOX.replace("F1", "F\xfc"), "", FONT.replace("F1", "F\xfc").format("5 0 R")),
    "nothing among the contents": ("", f"<<>>stream:{FOX}", FONT.format("5 0 R") + "/Contents[null 10 0 R]"),
    "a unit of its own": (FOX, "", FONT.format("5 0 R") + "/UserUnit 1.5"),
    "a box off the dots": (FOX, "", FONT.format("5 0 R") + "/CropBox[10.4 20.7 500.3 700.9]/Rotate 90"),
    "a form without resources": (
        "/X Do", f"<</Type/XObject/Subtype/Form/BBox[0 0 612 792]>>stream:{FOX}",
        "/Resources<</Font<</F1 5 0 R>>/XObject<</X 10 0 R>>>>",
    ),
    "an inline picture in a form": (
        "/X Do " + FOX,
        f"<</Type/XObject/Subtype/Form/BBox[0 0 612 792]>>stream:{INLINE}",
        "/Resources<</Font<</F1 5 0 R>>/XObject<</X 10 0 R>>>>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_files_print_as_they_are_seen(tmp_path, name):
    content, objects, page = ODD[name]
    path = make_pdf(tmp_path / "t.pdf", content, objects, page=page)
    if name == "nothing among the contents":
        path.write_bytes(path.read_bytes().replace(b"/Contents 4 0 R/Res", b"/Ignored  4 0 R/Res"))
    assert differences(path) == []
    assert words(print_pages(path)) == "The quick brown fox"


def test_contents_that_are_no_stream_print_nothing(tmp_path):
    path = make_pdf(tmp_path / "t.pdf", FOX, "<</A 1>>", page=FONT.format("5 0 R") + "/Contents 10 0 R")
    path.write_bytes(path.read_bytes().replace(b"/Contents 4 0 R/Res", b"/Ignored  4 0 R/Res"))
    assert differences(path) == []
    assert words(print_pages(path)) == ""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("group", ["/CS/DeviceCMYK", "/CS/DeviceCMYK/K true", "/CS/DeviceRGB/I true", ""])
def test_a_page_blends_as_its_group_says(tmp_path, reader, group):
    content = "1 0 0 rg 72 300 250 250 re f /G gs 0 1 0 rg 200 400 250 250 re f"
    page = f"/Resources<</ExtGState<</G<</BM/Multiply>>>>>>/Group<</S/Transparency{group}>>"
    path = make_pdf(tmp_path / "t.pdf", content, page=page)
    picture = seen(print_pages(path), reader)
    assert difference(picture, seen(path, reader)) < 8
    if reader == "gs" and group == "/CS/DeviceCMYK":
        spots = [
            bytes(picture[round((792 - y) * 50 / 72), round(x * 50 / 72)]).hex()
            for x, y in ((100, 350), (400, 600), (250, 450))
        ]
        assert spots == ["ed1c24", "6abd45", "813136"]


def test_artwork_in_large_units_and_in_layers_that_only_print_counts(tmp_path):
    units = make_pdf(tmp_path / "units.pdf", "0 g 36 275 120 30 re f", page="/UserUnit 2")
    units.write_bytes(units.read_bytes().replace(b"[0 0 612 792]", b"[0 0 306 396]"))
    layer = make_pdf(
        tmp_path / "layer.pdf", "/OC/L BDC 0 g 60 560 300 60 re f EMC",
        "<</Type/OCG/Name(x)/Usage<</Print<</PrintState/ON>>>>>>",
        page="/Resources<</Properties<</L 10 0 R>>>>",
        catalog="/OCProperties<</OCGs[10 0 R]/D<</OFF[10 0 R]/AS[<</Event/Print/Category[/Print]/OCGs[10 0 R]>>]>>>>",
    )  # fmt: skip
    for path in (units, layer):
        compiled = compile_template(path, default_fields())
        assert compiled.sizes == ((612.0, 792.0),)
        assert ("ADDRESS_ZONE_CONFLICT", "stop") in {
            (f.code, str(f.severity)) for f in find_conflicts(compiled)
        }


def _of_condition(tmp_path, name: str, condition: str):
    intent = (
        f"<</Type/OutputIntent/S/GTS_PDFX/OutputConditionIdentifier({condition})/DestOutputProfile 10 0 R>>"
    )
    catalog = f"/OutputIntents[{intent}]" if condition else ""
    return make_pdf(
        tmp_path / f"{name}.pdf", FOX, "<</N 4>>stream:profile", page=FONT.format("5 0 R"), catalog=catalog
    )


@pytest.mark.parametrize(
    ("conditions", "kept"),
    [(("TR 001", "TR 001"), True), (("TR 001", "TR 006"), False), (("TR 001", ""), False), (("", ""), False)],
)
def test_a_printing_condition_is_kept_where_all_jobs_name_it(tmp_path, conditions, kept):
    first = compile_template(_of_condition(tmp_path, "a", conditions[0]), Fields(()))
    other = _of_condition(tmp_path, "b", conditions[1])
    second = compile_template(other, Fields(()), first_number=first.next_number)
    parts = [Part(part, make_table(1), np.array([k])) for k, part in enumerate((first, second))]
    made = merge_parts(parts, make_imb(2), PageMarks(1, np.array([1, 2])), tmp_path / "o.pdf")
    with pikepdf.open(made.path) as pdf:
        assert ("/OutputIntents" in pdf.Root) == kept
        if kept:
            assert pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes() == b"profile"
        assert pdf.check_pdf_syntax() == []


def test_a_page_that_prints_otherwise_is_found(tmp_path):
    """The compiled pages of one letter against the file of another: three words differ, on the second page."""
    sent = make_template(tmp_path / "sent.pdf", 3)
    canvas = Canvas(str(tmp_path / "other.pdf"), pagesize=(612, 792), invariant=1)
    for number in (1, 2, 3):
        canvas.drawString(72, 300, f"Static words of the letter, sheet {number}")
        canvas.setFont("Helvetica", 6)
        canvas.drawString(300, 500, "but not so" if number == 2 else "")
        canvas.showPage()
    canvas.save()
    other = compile_template(tmp_path / "other.pdf", Fields(()))
    found = find_differences(sent, other, make_table(1))
    assert [(f.code, str(f.severity), f.place.page) for f in found] == [("PAGE_DIFFERS", "stop", 2)]


def test_what_no_child_can_compile_is_a_finding(tmp_path):
    path = make_pdf(tmp_path / "t.pdf", FOX, page="/Rotate 45")
    with pytest.raises(InvalidInput) as refusal:
        compile_template(path, Fields(()))
    assert [f.code for f in refusal.value.findings] == ["PDF_UNREADABLE"]


def test_pictures_for_some_readers_only_stay_behind(tmp_path):
    picture = "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray{}>>stream:\x40"
    path = make_pdf(
        tmp_path / "t.pdf", "q 99 0 0 99 9 9 cm /I Do Q",
        picture.format("/Alternates[<</Image 11 0 R/DefaultForPrinting true>>]") + "\n" + picture.format("/Name/Other"),
        page="/Resources<</XObject<</I 10 0 R>>>>",
    )  # fmt: skip
    assert b"/Other" not in everything(print_pages(path))
