"""Hostile and odd PDFs, made here; and, where they are at hand, the public sample files."""

from __future__ import annotations

import csv
import os
import random
import zlib
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from kernel.findings import Severity
from production.prepress.preflight.pdf import preflight_pdf
from tests.production.prepress.letters import make_template

ROOT = Path(__file__).resolve().parents[4]
SHARED = Path(os.environ.get("INDICIA_SHARED", ROOT.parent / "shared")) / "data" / "pdfs"


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1 (1 is the catalog), with a right cross-reference table."""
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (extra, len(data), data)


IMAGE = b"/Type/XObject/Subtype/Image"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>"
ONE_PAGE = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", PAGE)


def codes(tmp_path, data: bytes) -> dict[str, str]:
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    report = preflight_pdf(path, "letter.pdf")
    assert all(f.place.file == "letter.pdf" for f in report.findings)
    return {f.code: str(f.severity) for f in report.findings}


def stops(tmp_path, data: bytes) -> list[str]:
    return [code for code, severity in codes(tmp_path, data).items() if severity == Severity.STOP]


def saved(tmp_path, change, **options) -> bytes:
    with pikepdf.open(make_template(tmp_path / "plain.pdf")) as pdf:
        change(pdf)
        pdf.save(tmp_path / "changed.pdf", **options)
    return (tmp_path / "changed.pdf").read_bytes()


def test_a_plain_letter(tmp_path):
    report = preflight_pdf(make_template(tmp_path / "t.pdf", 3), "t.pdf")
    assert report.pages == 3
    assert report.sizes == [(612.0, 792.0)] * 3
    assert report.fonts == [("Helvetica", False)]
    assert [(f.code, f.severity, f.place.page) for f in report.findings] == [
        ("PREFLIGHT_FONT", Severity.WARN, 1)
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "PDF_EMPTY"),
        (b"<html><body>%PD</body></html>" * 9, "TYPE_MISMATCH"),
        (b"PK\x03\x04" + b"\0" * 999, "TYPE_MISMATCH"),
        (random.Random(1).randbytes(9999), "TYPE_MISMATCH"),
        (b"%PDF-1.7\n", "PDF_UNREADABLE"),
        (b"%PDF-1.7\n" + b"x" * 500 + b"\n%%EOF\n", "PDF_UNREADABLE"),
        (raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"), "PDF_NO_PAGES"),
        (raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"), "PDF_DAMAGED"),
        (
            raw_pdf(
                b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
                b"<</Type/Pages/Count 1/Parent 2 0 R/Kids[2 0 R]>>",
            ),
            "PDF_DAMAGED",
        ),
        (
            raw_pdf(*ONE_PAGE[:1], b"<</Type/Pages/Count 2/Kids[" + b"3 0 R " * 100_000 + b"]>>", PAGE),
            "PDF_TOO_MANY_PAGES",
        ),
        (
            raw_pdf(
                b"<</Type/Catalog/Pages 2 0 R>>",
                *(b"<</Type/Pages/Count 1/Kids[%b]>>" % (b"%d 0 R " % (k + 3) * 2) for k in range(40)), PAGE,
            ),
            "PDF_DAMAGED",
        ),
        (
            lambda: raw_pdf(*ONE_PAGE, stream(zlib.compress(b"0 " * (30 << 20), 1), b"/Filter/FlateDecode")),
            "PDF_TOO_COMPLEX",
        ),
        (
            lambda: raw_pdf(
                *ONE_PAGE,
                stream(zlib.compress(zlib.compress(b"0" * (250 << 20), 1)), b"/Filter[/FlateDecode/FlateDecode]"),
            ),
            "PDF_TOO_COMPLEX",
        ),
        (
            lambda: raw_pdf(
                *ONE_PAGE, stream(b""),
                *[stream(zlib.compress(b"0" * (150 << 20), 1), IMAGE + b"/Width 9/Height 9/Filter/FlateDecode")] * 5,
            ),
            "PDF_TOO_COMPLEX",
        ),
        (raw_pdf(*ONE_PAGE, stream(b"q Q", b"/Filter[" + b"/FlateDecode" * 1000 + b"]")), "PDF_TOO_COMPLEX"),
        (
            raw_pdf(*ONE_PAGE, stream(b"q"), stream(b"", IMAGE + b"/Width 100000/Height 100000")),
            "PDF_IMAGE_TOO_LARGE",
        ),
        (raw_pdf(*ONE_PAGE, stream(b"q Q", b"/F(/etc/passwd)")), "PDF_EXTERNAL_REFERENCE"),
        (raw_pdf(*ONE_PAGE[:2], PAGE.replace(b"0 0 612 792", b"0 0 0 0"), stream(b"q Q")), "PDF_BAD_PAGE"),
        (raw_pdf(*ONE_PAGE[:2], PAGE.replace(b"0 0 612 792", b"0 0 612"), stream(b"q Q")), "PDF_BAD_PAGE"),
        (raw_pdf(*ONE_PAGE[:2], PAGE.replace(b"0 0 612 792", b"(a) (b) (c) (d)"), stream(b"q Q")), "PDF_BAD_PAGE"),
        (raw_pdf(*ONE_PAGE[:2], PAGE.replace(b"/MediaBox", b"/Rotate 45/MediaBox"), stream(b"q Q")), "PDF_BAD_PAGE"),
    ],
)  # fmt: skip
def test_hostile_files_have_their_code(tmp_path, data, code):
    """What is large is made by the test that needs it."""
    assert stops(tmp_path, data() if callable(data) else data) == [code]


def test_cut_files(tmp_path):
    whole = make_template(tmp_path / "t.pdf").read_bytes()
    for share in (0.3, 0.6, 0.95):
        assert stops(tmp_path, whole[: int(len(whole) * share)]) == ["PDF_TRUNCATED"]


def test_a_reversed_box_is_a_box(tmp_path):
    path = tmp_path / "t.pdf"
    path.write_bytes(raw_pdf(*ONE_PAGE[:2], PAGE.replace(b"0 0 612 792", b"612 792 0 0"), stream(b"q Q")))
    assert preflight_pdf(path, "t").sizes == [(612.0, 792.0)]


def test_count_is_not_believed(tmp_path):
    path = tmp_path / "t.pdf"
    path.write_bytes(raw_pdf(ONE_PAGE[0], ONE_PAGE[1].replace(b"Count 1", b"Count 99"), PAGE, stream(b"q Q")))
    assert preflight_pdf(path, "t").pages == 1


def test_passwords(tmp_path):
    user = pikepdf.Encryption(user="secret", owner="owner")
    owner = pikepdf.Encryption(user="", owner="owner")
    assert stops(tmp_path, saved(tmp_path, lambda pdf: None, encryption=user)) == ["PDF_ENCRYPTED"]
    found = codes(tmp_path, saved(tmp_path, lambda pdf: None, encryption=owner))
    assert found["PDF_RESTRICTED"] == Severity.WARN
    assert Severity.STOP not in found.values()


def test_page_limit(tmp_path):
    template = make_template(tmp_path / "t.pdf", 6)
    assert "PDF_TOO_MANY_PAGES" in [f.code for f in preflight_pdf(template, "t", max_pages=5).findings]
    assert "PDF_TOO_MANY_PAGES" not in [f.code for f in preflight_pdf(template, "t", max_pages=6).findings]


def test_forms(tmp_path):
    def form(kind, **more):
        def change(pdf):
            field = pdf.make_indirect(pikepdf.Dictionary(FT=kind, T=pikepdf.String("a")))
            pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], **more)

        return saved(tmp_path, change)

    assert "PDF_FORM_FIELDS" not in codes(tmp_path, form(pikepdf.Name.Tx))  # it has no place on a page
    assert codes(tmp_path, form(pikepdf.Name.Sig))["PDF_SIGNED"] == Severity.WARN
    assert stops(tmp_path, form(pikepdf.Name.Tx, XFA=pikepdf.String("<xdp/>"))) == ["PDF_XFA_UNSUPPORTED"]


def test_active_content_is_named_also_when_its_names_are_disguised(tmp_path):
    action = b"<</S/#4aava#53cript/J#53(app.alert)>>"
    data = raw_pdf(ONE_PAGE[0][:-2] + b"/OpenAction 5 0 R>>", *ONE_PAGE[1:], stream(b"q Q"), action)
    assert codes(tmp_path, data)["PDF_ACTIVE_CONTENT"] == Severity.NOTE
    path = tmp_path / "file.pdf"
    (note,) = [f for f in preflight_pdf(path, "t").findings if f.code == "PDF_ACTIVE_CONTENT"]
    assert "scripts" in note.message


def test_colors_sizes_and_turned_pages(tmp_path):
    canvas = Canvas(str(tmp_path / "t.pdf"), pagesize=(612, 792))
    canvas.setFillColorRGB(1, 0, 0)
    canvas.rect(1, 1, 9, 9, fill=1)
    canvas.showPage()
    canvas.setPageSize((500, 500))
    canvas.setFillColorCMYK(1, 0, 0, 0)
    canvas.rect(1, 1, 9, 9, fill=1)
    canvas.save()
    report = preflight_pdf(tmp_path / "t.pdf", "t.pdf")
    assert report.colors == ["CMYK", "RGB"]
    assert [f.code for f in report.findings].count("PREFLIGHT_SIZE") == 2
    assert "PREFLIGHT_COLOR" in [f.code for f in report.findings]


def test_a_long_name_is_cut(tmp_path):
    path = make_template(tmp_path / "t.pdf")
    assert {len(f.place.file) for f in preflight_pdf(path, "x" * 500).findings} == {120}


@pytest.mark.parametrize("seed", range(12))
def test_mutated_files_never_break_it(tmp_path, seed):
    dice = random.Random(seed)
    data = bytearray(make_template(tmp_path / "t.pdf", 2).read_bytes())
    for _ in range(dice.randint(1, 30)):
        place = dice.randrange(len(data))
        data[place : place + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
    for code in codes(tmp_path, bytes(data)):
        assert code.startswith(("PDF_", "PREFLIGHT_", "TYPE_"))


# Fields print as they look, in fonts that the file leaves to the reader; the measurements are of pages alone.
FONTS_OF_FIELDS = {"form_irs_1040.pdf": {"ZapfDingbats", "HelveticaNeueLTStd-Bd"}}
# What a reader sees in the public samples, by hand: (stop codes, other codes that must be there).
SAMPLES: dict[str, tuple[set[str], set[str]]] = {
    "booklet_geotopo.pdf": (set(), {"PREFLIGHT_SIZE", "PREFLIGHT_COLOR"}),
    "broken_no_root.pdf": ({"PDF_UNREADABLE"}, set()),
    "encrypted_owner_only.pdf": (set(), {"PDF_RESTRICTED"}),
    "encrypted_user_password.pdf": ({"PDF_ENCRYPTED"}, set()),
    "flyer_a4_rgb_transparency.pdf": (
        set(),
        {"PREFLIGHT_COLOR", "PREFLIGHT_SIZE", "PREFLIGHT_TRANSPARENCY"},
    ),
    "form_irs_1040.pdf": (set(), {"PDF_FORM_FIELDS"}),
    "hostile_cyclic_pages.pdf": ({"PDF_DAMAGED"}, set()),
    "mixed_cmyk_rgb.pdf": (set(), {"PREFLIGHT_COLOR"}),
    "mixed_sizes.pdf": (set(), {"PREFLIGHT_SIZE"}),
    "poster_a0_rotated.pdf": (set(), {"PREFLIGHT_SIZE"}),
    "rotations.pdf": (set(), {"PREFLIGHT_SIZE", "PREFLIGHT_FONT"}),
    "transparency_alpha.pdf": (set(), {"PREFLIGHT_TRANSPARENCY", "PREFLIGHT_FONT"}),
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public sample PDFs are not at hand (INDICIA_SHARED)")
def test_public_samples():
    with (SHARED / "expected.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        report = preflight_pdf(SHARED / row["file"], row["file"])
        found = {f.code for f in report.findings}
        stopped = {f.code for f in report.findings if f.severity is Severity.STOP}
        expected_stops, expected = SAMPLES.get(row["file"], (set(), set()))
        assert stopped == expected_stops, row["file"]
        assert expected <= found, row["file"]
        if not stopped:
            assert report.pages == int(row["pages_poppler"]), row["file"]
            missing = {name for name, is_embedded in report.fonts if not is_embedded}
            on_pages = set(row["fonts_not_embedded"].split())
            assert missing - on_pages == FONTS_OF_FIELDS.get(row["file"], set()), row["file"]
            assert missing >= on_pages, row["file"]
            is_transparent = "PREFLIGHT_TRANSPARENCY" in found
            assert is_transparent == (row["transparency"] == "yes"), row["file"]
