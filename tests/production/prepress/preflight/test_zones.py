from __future__ import annotations

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from kernel.errors import InvalidInput
from kernel.findings import Severity
from production.prepress.merge.fields import Field, Fields, Kind, default_fields
from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.merge.print_file import compile_template
from production.prepress.preflight import zones
from production.prepress.preflight.zones import find_conflicts


def drawn(tmp_path, *boxes: tuple[float, float, float, float], gray: float = 0.0, pages: int = 1):
    """A template with filled boxes (left, top, width, height from the top left) on its last page."""
    canvas = Canvas(str(tmp_path / "t.pdf"), pagesize=(612, 792), invariant=1)
    for _ in range(pages - 1):
        canvas.showPage()
    canvas.setFillGray(gray)
    for left, top, width, height in boxes:
        canvas.rect(left, 792 - top - height, width, height, fill=1, stroke=0)
    canvas.showPage()
    canvas.save()
    return tmp_path / "t.pdf"


def codes(path, fields):
    return [(f.code, str(f.severity), f.place.page) for f in find_conflicts(compile_template(path, fields))]


def test_a_clean_page(tmp_path):
    assert codes(drawn(tmp_path, (72, 400, 400, 300)), default_fields()) == []


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((100, 200, 20, 20), ("ADDRESS_ZONE_CONFLICT", "stop", 1)),
        ((66, 184, 3, 3), ("BARCODE_ZONE_CONFLICT", "stop", 1)),
        ((570, 30, 5, 5), ("MARK_ZONE_CONFLICT", "stop", 1)),
        ((330, 255, 40, 4), ("ADDRESS_ZONE_CONFLICT", "warn", 1)),
    ],
)
def test_artwork_in_a_zone(tmp_path, box, expected):
    found = codes(drawn(tmp_path, box), default_fields())
    assert expected in found
    assert all(code == expected[0] or severity == "warn" for code, severity, _ in found)


def test_a_light_tint_does_not_count(tmp_path):
    assert codes(drawn(tmp_path, (0, 0, 612, 792), gray=0.9), default_fields()) == []


def test_marks_are_looked_for_on_every_page(tmp_path):
    assert codes(drawn(tmp_path, (570, 30, 5, 5), pages=3), default_fields()) == [
        ("MARK_ZONE_CONFLICT", "stop", 3)
    ]


def test_a_turned_template_is_looked_at_as_seen(tmp_path):
    path = drawn(tmp_path, (100, 200, 20, 20))
    with pikepdf.open(path) as pdf:
        pdf.pages[0].Rotate = 180
        pdf.save(tmp_path / "turned.pdf")
    assert codes(tmp_path / "turned.pdf", default_fields()) == []


def test_a_text_box_in_the_clear_zone(tmp_path):
    near = Field("near", Kind.TEXT, 1, 280, 180, 100, 12, text="x")
    fields = Fields((*default_fields().fields, near))
    assert codes(drawn(tmp_path), fields) == [("BARCODE_ZONE_CONFLICT", "warn", 1)]


@pytest.mark.parametrize(("below", "found"), [(2.5, True), (4.5, False)])
def test_accents_of_a_text_box_count_in_the_clear_zone(tmp_path, below, found):
    bars_end = 2.5 * 72 + 2.16 + 10.44
    near = Field("near", Kind.TEXT, 1, 100, bars_end + below, 100, 12, text="x")
    codes_found = codes(drawn(tmp_path), Fields((*default_fields().of_kind(Kind.IMB), near)))
    assert codes_found == ([("BARCODE_ZONE_CONFLICT", "warn", 1)] if found else [])


def test_what_cannot_be_rendered_has_not_passed(tmp_path, monkeypatch):
    compiled = compile_template(drawn(tmp_path), default_fields())
    monkeypatch.setattr(zones, "print_bare", lambda _, out: PrintFile(out, 1, "", 0))  # nothing is there
    (finding,) = find_conflicts(compiled)
    assert (finding.code, finding.severity) == ("OUR_FAULT", Severity.STOP)


def test_what_cannot_be_compiled_is_refused_with_a_finding(tmp_path):
    path = tmp_path / "no.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(InvalidInput) as refusal:
        compile_template(path, default_fields())
    assert [(f.code, f.severity) for f in refusal.value.findings] == [("PDF_UNREADABLE", Severity.STOP)]


def test_a_text_box_over_printed_words(tmp_path):
    canvas = Canvas(str(tmp_path / "t.pdf"), pagesize=(612, 792), invariant=1)
    canvas.drawString(80, 792 - 410, "Dear Customer,")
    canvas.drawString(80, 792 - 510, "________________")
    canvas.save()
    over, beside, line = (
        Field(name, Kind.TEXT, 1, 72, y, 300, 16, text="x")
        for name, y in (("a", 398), ("b", 413), ("c", 499))
    )
    found = find_conflicts(compile_template(tmp_path / "t.pdf", Fields((over, beside, line))))
    assert [(f.code, str(f.severity), f.message) for f in found] == [
        ("FIELD_ZONE_CONFLICT", "warn", 'Field a lies over printed words: "Dear Customer,".'),
        ("FIELD_ZONE_CONFLICT", "note", "Artwork lies under field c."),
    ]
