"""What stops or warns a print order: each code on a file that has it, and not on the nearest good one. The files
are made here, the parsing part is called in this process; the limited child is met where files are hostile or
large."""

from __future__ import annotations

import csv
import io
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from kernel.findings import Severity
from production.catalog.press_limits import order_limits
from production.catalog.products.spec import spec_of
from production.prepress.preflight.order import NO_ORDER, PrintOrder, order_of
from production.prepress.preflight.order_child import inspect_order
from production.prepress.preflight.pdf import preflight_order
from tests.production.prepress.preflight.test_pdf import SHARED, raw_pdf, stream

FORM = PrintOrder(trims=((612.0, 792.0),), inks=(4, 4))
BLED = replace(FORM, bleed=9.0)
ONE_INK = replace(FORM, inks=(1,))
PLAIN = b"/MediaBox[0 0 612 792]"
WITH_BLEED = b"/MediaBox[-9 -9 621 801]/BleedBox[-9 -9 621 801]/TrimBox[0 0 612 792]"
BLANK = (b"", b"")
BLOCK = b"72 300 200 200 re f"
STANDARD_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
# A font that brings its letters along, drawn here.
OWN_FONT = (
    b"<</Type/Font/Subtype/Type3/Name/T/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 97"
    b"/Widths[9]/Encoding<</Differences[97/a]>>/CharProcs<</a 6 0 R>>/Resources<<>>>>"
)
LETTER = stream(b"9 0 0 0 9 9 d1 0 0 7 7 re f")
FADE = b"<</FunctionType 2/Domain[0 1]/C0[0 0 0 0]/C1[0 1 1 0]/N 1>>"
PICTURE = b"/Type/XObject/Subtype/Image/BitsPerComponent 8"


def pages(
    *each: tuple[bytes, bytes],
    keys: tuple[bytes, ...] = (PLAIN,),
    more: tuple[bytes, ...] = (),
    root: bytes = b"",
) -> bytes:
    """A file of pages (content, resources) whose own keys are told in turn; further objects are numbered from 5 on
    a single page, from 3 + 2 x pages on several."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * k) for k in range(len(each)))
    tree = b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(each), kids)
    objects = [b"<</Type/Catalog/Pages 2 0 R%b>>" % root, tree]
    for k, (content, resources) in enumerate(each):
        own = keys[k % len(keys)]
        objects.append(
            b"<</Type/Page/Parent 2 0 R%b/Contents %d 0 R/Resources<<%b>>>>" % (own, 4 + 2 * k, resources)
        )
        objects.append(stream(content))
    return raw_pdf(*objects, *more)


def a_page(content: bytes, resources: bytes = b"", *more: bytes, keys: bytes = PLAIN) -> bytes:
    return pages((content, resources), keys=(keys,), more=more)


def found(tmp_path: Path, data: bytes, order: PrintOrder = FORM):
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    return inspect_order(str(path), 10_000, order)


def picture(across: int, down: int, space: bytes, dots: bytes) -> bytes:
    head = b"%b/Width %d/Height %d/ColorSpace%b/Filter/FlateDecode" % (PICTURE, across, down, space)
    return stream(zlib.compress(dots), head)


def one_color(dots: int, space: bytes = b"/DeviceGray") -> bytes:
    """A square picture of one color."""
    return picture(dots, dots, space, bytes(dots * dots))


def drawn(content: bytes, image: bytes) -> bytes:
    """A page that draws a picture."""
    return a_page(content, b"/XObject<</X 5 0 R>>", image)


def jpeg(inks: tuple[int, int, int, int]) -> bytes:
    """A CMYK picture of one color (of 255), as cameras and layout programs write it."""
    out = io.BytesIO()
    Image.new("CMYK", (64, 64), inks).save(out, "JPEG")
    head = PICTURE + b"/Width 64/Height 64/ColorSpace/DeviceCMYK/Filter/DCTDecode/Decode[1 0 1 0 1 0 1 0]"
    return stream(out.getvalue(), head)


def spot(name: bytes) -> bytes:
    return b"[/Separation/%b/DeviceCMYK %b]" % (name, FADE)


def tinted(*names: bytes) -> bytes:
    """A page with a block in each of these inks."""
    spaces = b"".join(b"/S%d %b" % (k, spot(name)) for k, name in enumerate(names))
    content = b" ".join(b"/S%d cs 1 scn %b" % (k, BLOCK) for k in range(len(names)))
    return a_page(content, b"/ColorSpace<<%b>>" % spaces)


def text(size: float, color: bytes, *, keys: bytes = PLAIN) -> bytes:
    content = b"%b BT /F %g Tf 100 400 Td (aa) Tj ET" % (color, size)
    return a_page(content, b"/Font<</F 5 0 R>>", OWN_FONT, LETTER, keys=keys)


def state(keys: bytes, content: bytes) -> bytes:
    return a_page(b"/G gs " + content, b"/ExtGState<</G<<%b>>>>" % keys)


def field(flags: int, keys: bytes = b"") -> bytes:
    """A field that holds a value, with an appearance."""
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(aa)/F %d/Rect[72 72 172 92]%b>>" % (flags, keys)
    shown = stream(b"0 0 50 10 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 20]")
    page = b"%b/Annots[5 0 R]" % PLAIN
    return pages(BLANK, keys=(page,), more=(widget, shown), root=b"/AcroForm<</Fields[5 0 R]>>")


SHOWN = b"/AP<</N 6 0 R>>"
IN_A_FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
TILE = b"/PatternType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<<>>/PaintType 1"
SADDLE = replace(FORM, multiple=4, is_folded=True)
LARGE, SMALL = b"q 504 0 0 504 54 100 cm /X Do Q", b"q 20 0 0 20 99 99 cm /X Do Q"
FILLED, HALF_BLEED = b"-9 -9 630 818 re f", WITH_BLEED.replace(b"-9 -9 621 801", b"-4 -4 616 796")

# code: severity; a file that has it; the nearest that has nothing above a note, and what is ordered.
CODES: list[tuple[str, str, bytes, bytes, PrintOrder]] = [
    ("PREFLIGHT_FONT", "stop",
     a_page(b"BT /F 12 Tf 99 99 Td (a) Tj ET", b"/Font<</F 5 0 R>>", STANDARD_FONT), text(12, b"0 g"), FORM),
    ("PREFLIGHT_SIZE", "stop", a_page(BLOCK, keys=b"/MediaBox[0 0 595 842]"), a_page(BLOCK), FORM),
    ("PREFLIGHT_SIZE", "stop", pages(BLANK, BLANK, keys=(PLAIN, b"/MediaBox[0 0 612 1008]")),
     pages(BLANK, BLANK), FORM),
    ("PREFLIGHT_SIZE", "stop", a_page(BLOCK, keys=b"/UserUnit 2" + PLAIN),
     a_page(b"36 99 9 9 re f", keys=b"/UserUnit 2/MediaBox[0 0 306 396]"), FORM),
    ("PREFLIGHT_ROTATION", "warn", a_page(BLOCK, keys=b"/MediaBox[0 0 792 612]"),
     a_page(BLOCK, keys=b"/Rotate 90/MediaBox[0 0 792 612]"), FORM),
    ("PREFLIGHT_BLEED", "stop", a_page(BLOCK), a_page(BLOCK, keys=WITH_BLEED), BLED),
    ("PREFLIGHT_BLEED", "warn", a_page(b"0 0 612 200 re f", keys=WITH_BLEED),
     a_page(b"-9 -9 630 200 re f", keys=WITH_BLEED), BLED),
    ("PREFLIGHT_BLEED", "warn", a_page(FILLED, keys=HALF_BLEED),
     a_page(FILLED, keys=WITH_BLEED), BLED),
    ("PREFLIGHT_TRIM_MISSING", "warn", a_page(BLOCK, keys=b"/MediaBox[0 0 630 810]"),
     a_page(BLOCK, keys=WITH_BLEED), BLED),
    ("PREFLIGHT_TRIM_OFFSET", "warn", a_page(BLOCK, keys=b"/MediaBox[-9 -9 641 801]/TrimBox[0 0 612 792]"),
     a_page(BLOCK, keys=WITH_BLEED), BLED),
    ("PREFLIGHT_SAFE_ZONE", "warn", a_page(b"4 300 50 50 re f"), a_page(b"10 300 50 50 re f"), FORM),
    ("PREFLIGHT_SAFE_ZONE", "warn", a_page(b"300 785 50 3 re f", keys=WITH_BLEED),
     a_page(b"300 785 50 30 re f", keys=WITH_BLEED), BLED),
    ("PREFLIGHT_COLOUR", "warn", a_page(b"1 0 0 rg " + BLOCK), a_page(b"0 1 1 0 k " + BLOCK), FORM),
    ("PREFLIGHT_COLOUR", "warn", a_page(b"0 1 1 0 k " + BLOCK), a_page(b"0 0 0 1 k " + BLOCK), ONE_INK),
    ("PREFLIGHT_COLOUR", "warn",
     drawn(LARGE, one_color(2100, b"[/Indexed/DeviceRGB 0<ff0000>]")),
     drawn(LARGE, one_color(2100, b"[/Indexed/DeviceCMYK 0<00ffff00>]")),
     FORM),
    ("PREFLIGHT_SPOT", "warn", tinted(b"PANTONE#20286#20C"), a_page(b"1 .6 0 0 k " + BLOCK), FORM),
    ("PREFLIGHT_SPOT", "warn", tinted(b"PANTONE#20286#20C", b"Pantone#20286#20U"),
     tinted(b"PANTONE#20286#20C", b"Pantone#20287#20C"),
     replace(FORM, inks=(6,))),
    ("PREFLIGHT_RESOLUTION", "warn", drawn(LARGE, one_color(1000)),
     drawn(LARGE, one_color(1600)), FORM),
    ("PREFLIGHT_INK", "warn", a_page(b"1 1 1 .1 k " + BLOCK), a_page(b"1 1 1 0 k " + BLOCK), FORM),
    ("PREFLIGHT_INK", "warn", drawn(SMALL, jpeg((250, 250, 250, 60))),
     drawn(SMALL, jpeg((200, 200, 200, 60))), FORM),
    ("PREFLIGHT_RICH_BLACK", "warn", text(11, b".6 .4 .4 1 k"), text(12, b".6 .4 .4 1 k"), FORM),
    ("PREFLIGHT_RICH_BLACK", "warn", text(11, b".6 .4 .4 1 k"), text(11, b"0 0 0 1 k"), FORM),
    ("PREFLIGHT_HAIRLINE", "warn", a_page(b".2 w 99 99 m 299 99 l S"), a_page(b".25 w 99 99 m 299 99 l S"), FORM),
    ("PREFLIGHT_HAIRLINE", "warn", a_page(b"0 w 99 99 m 299 99 l S"), a_page(b"1 w 99 99 m 299 99 l S"), FORM),
    ("PREFLIGHT_HAIRLINE", "warn", a_page(b"q .1 0 0 .1 0 0 cm 2 w 990 990 m 2990 990 l S Q"),
     a_page(b"q 10 0 0 10 0 0 cm .1 w 9.9 9.9 m 29.9 9.9 l S Q"), FORM),
    ("PREFLIGHT_TRANSPARENCY", "warn", state(b"/ca .5", BLOCK), state(b"/ca 1", BLOCK), FORM),
    ("PREFLIGHT_WHITE_OVERPRINT", "stop", state(b"/OP true", b"0 0 0 0 k " + BLOCK),
     state(b"/OP true", b"0 0 0 1 k " + BLOCK), FORM),
    ("PREFLIGHT_WHITE_OVERPRINT", "stop", state(b"/op true", b"1 g " + BLOCK),
     state(b"/OP true/op false", b"1 g " + BLOCK), FORM),
    ("PDF_ANNOTATIONS", "stop", field(0, SHOWN), field(2, SHOWN), FORM),
    ("PDF_FORM_FIELDS", "warn", field(4, SHOWN), field(2, SHOWN), FORM),
    ("PDF_NO_APPEARANCE", "stop", field(4), field(2), FORM),
    ("PAGE_MULTIPLE", "warn", pages(*[BLANK] * 5), pages(*[BLANK] * 4), SADDLE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "severity", "bad", "good", "order"), CODES, ids=[f"{k}-{row[0]}" for k, row in enumerate(CODES)]
)
def test_a_code_fires_and_spares_the_nearest_good_file(tmp_path, code, severity, bad, good, order):
    report = found(tmp_path, bad, order)
    told = [one for one in report.findings if one.code == code]
    assert told, report.findings
    assert {str(one.severity) for one in told} == {severity}
    assert all(one.message and one.remedy for one in told)
    assert report.verdict in {severity, "stop"}
    spared = found(tmp_path, good, order)
    assert [one for one in spared.findings if one.code == code] == []
    assert spared.verdict == "pass", spared.findings


# Through which a color, a line, text and a picture are found: content, resources, further objects.
NESTED = {
    "a form in a form": (
        b"/A Do", b"/XObject<</A 5 0 R>>",
        lambda inner: (stream(b"/B Do", IN_A_FORM + b"/Resources<</XObject<</B 6 0 R>>>>"), stream(inner, IN_A_FORM)),
    ),
    "a tile": (
        b"/Pattern cs /P scn " + BLOCK, b"/Pattern<</P 5 0 R>>", lambda inner: (stream(inner, TILE),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("through", NESTED)
@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (b"1 0 0 rg 1 1 200 200 re f", "PREFLIGHT_COLOUR"),
        (b".1 w 1 1 m 8 8 l S", "PREFLIGHT_HAIRLINE"),
        (b"1 1 1 1 k 1 1 200 200 re f", "PREFLIGHT_INK"),
    ],
)
def test_drawings_inside_drawings_are_looked_into(tmp_path, through, inner, code):
    content, resources, more = NESTED[through]
    data = a_page(content, resources, *more(inner))
    assert code in {one.code for one in found(tmp_path, data).findings}


def test_a_line_counts_as_wide_as_it_is_placed(tmp_path):
    form = stream(b"1 w 100 100 m 900 100 l S", IN_A_FORM.replace(b"612 792", b"1000 1000"))
    for scale, thin in ((0.2, True), (0.3, False)):
        data = a_page(b"q %g 0 0 %g 0 0 cm /A Do Q" % (scale, scale), b"/XObject<</A 5 0 R>>", form)
        told = [one for one in found(tmp_path, data).findings if one.code == "PREFLIGHT_HAIRLINE"]
        assert bool(told) == thin
        if thin:
            assert (told[0].value, told[0].limit) == (0.2, 0.25)
            assert told[0].box == (20.0, 20.0, 180.0, 20.0)


@pytest.mark.parametrize(
    ("keys", "box"),
    [
        (b"/MediaBox[0 0 612 792]", (100.0, 200.0, 150.0, 220.0)),
        (b"/MediaBox[612 792 0 0]", (100.0, 200.0, 150.0, 220.0)),
        (b"/MediaBox[50 40 662 832]", (50.0, 160.0, 100.0, 180.0)),
        (b"/Rotate 90/MediaBox[0 0 792 612]", (200.0, 642.0, 220.0, 692.0)),
        (b"/Rotate 180/MediaBox[0 0 612 792]", (462.0, 572.0, 512.0, 592.0)),
        (b"/Rotate 270/MediaBox[0 0 792 612]", (392.0, 100.0, 412.0, 150.0)),
        (b"/UserUnit 2/MediaBox[0 0 306 396]", (200.0, 400.0, 300.0, 440.0)),
    ],
)
def test_places_are_told_on_the_page_as_it_is_displayed(tmp_path, keys, box):
    report = found(tmp_path, a_page(b"1 1 1 1 k 100 200 50 20 re f", keys=keys))
    (told,) = (one for one in report.findings if one.code == "PREFLIGHT_INK")
    assert told.box == box
    assert (told.value, told.limit, told.page) == (400, 300, 1)
    assert [one.code for one in report.findings] == ["PREFLIGHT_INK"]  # the page itself is as ordered
    assert report.boxes[0].crop == (0.0, 0.0, 612.0, 792.0)


def test_what_is_no_alarm(tmp_path):
    dots = np.zeros((1250, 1250, 4), np.uint8)
    dots[:, :, 1] = 200
    head = b"/XObject<</X 5 0 R>>/ExtGState<</G<</OP true/OPM 1>>>>"
    data = a_page(
        b"q 300 0 0 300 72 300 cm /X Do Q /G gs 0 0 0 1 k 72 72 200 20 re f", head,
        picture(1250, 1250, b"/DeviceCMYK", dots.tobytes()), keys=b"/MediaBox[612 792 0 0]",
    )  # fmt: skip
    assert found(tmp_path, data).findings == []


def test_resolution_is_told_in_two_steps(tmp_path):
    for dots, severity in ((1000, "warn"), (1060, "note"), (1500, "note"), (1600, None)):
        data = a_page(LARGE, b"/XObject<</X 5 0 R>>", picture(dots, dots, b"/DeviceGray", bytes(dots * dots)))
        told = [str(one.severity) for one in found(tmp_path, data).findings]
        assert told == ([severity] if severity else [])


def test_registration_color_is_no_color_for_small_text(tmp_path):
    content = b"/S cs 1 scn BT /F 8 Tf 100 400 Td (aa) Tj ET"
    space = b"/ColorSpace<</S[/Separation/All/DeviceCMYK %b]>>/Font<</F 5 0 R>>" % FADE
    told = {one.code: one for one in found(tmp_path, a_page(content, space, OWN_FONT, LETTER)).findings}
    assert told["PREFLIGHT_RICH_BLACK"].value == 4
    assert "PREFLIGHT_INK" in told


def test_the_spine_of_a_folded_sheet_needs_no_bleed(tmp_path):
    """Odd pages lie to the right of the spine."""
    odd, even = (
        b"/MediaBox[0 -9 621 801]/TrimBox[0 0 612 792]",
        b"/MediaBox[-9 -9 612 801]/TrimBox[0 0 612 792]",
    )
    book = replace(SADDLE, bleed=9.0)
    assert found(tmp_path, pages(*[BLANK] * 4, keys=(odd, even)), book).findings == []
    wrong = found(tmp_path, pages(*[BLANK] * 4, keys=(even, odd)), book)
    assert {(one.code, one.page) for one in wrong.findings} == {
        ("PREFLIGHT_BLEED", page) for page in range(1, 5)
    }


def test_one_code_on_many_pages_is_told_of_the_first(tmp_path):
    told = found(tmp_path, pages(*[(b"1 1 1 1 k " + BLOCK, b"")] * 30)).findings
    assert [one.page for one in told] == list(range(1, 21))
    assert "10 times more" in told[-1].message


def test_while_nobody_ordered(tmp_path):
    def told(data):
        report = found(tmp_path, data, NO_ORDER)
        return {(one.code, str(one.severity)) for one in report.findings}

    assert told(a_page(BLOCK)) == set()
    assert told(a_page(BLOCK, keys=b"/MediaBox[0 0 595 842]")) == {
        ("PREFLIGHT_SIZE", "note")
    }  # cut from tabloid
    assert told(a_page(BLOCK, keys=b"/MediaBox[0 0 2384 3370]")) == {("PREFLIGHT_SIZE", "warn")}
    assert told(CODES[0][2]) == {("PREFLIGHT_FONT", "warn")}
    assert told(pages(BLANK, BLANK, keys=(PLAIN, PLAIN + b"/Rotate 90"))) == {("PREFLIGHT_ROTATION", "warn")}


def test_limits_are_of_the_product_and_of_the_press():
    data = {
        "order": {
            **{name: getattr(order_limits(), name) for name in type(order_limits()).__slots__},
            "product": {"sign": {"warn_below_dpi": 50, "most_ink": 2.8}},
            "press": {"WEB-1": {"most_ink": 2.4}},
        }
    }
    limits = order_limits("sign", "WEB-1", data)
    assert (limits.warn_below_dpi, limits.most_ink, limits.least_line_pt) == (50, 2.4, 0.25)
    assert order_limits("sign", "OFF-1", data).most_ink == 2.8
    assert order_limits("poster").warn_below_dpi < order_limits("flat_form").warn_below_dpi


SPEC = {
    "product": "booklet", "quantity": 500, "trim": [5.5, 8.5], "pages": 36, "bleed": 0.125, "binding": "saddle",
    "components": [
        {"name": "text", "pages": 32, "stock": "T60", "colours": [1, 1]},
        {"name": "cover", "pages": 4, "stock": "C80", "colours": [4, 2]},
    ],
    "files": [{"component": "text", "file": "text.pdf"}, {"component": "cover", "file": "cover.pdf"}],
    "force": {"press": "DIG-1"},
}  # fmt: skip


def test_an_order_asks_of_a_file_what_its_component_asks():
    spec = spec_of(SPEC)
    text_order, cover, whole = (order_of(spec, name) for name in ("a/text.pdf", "cover.pdf", "all.pdf"))
    assert (text_order.trims, text_order.bleed, text_order.multiple) == (((396.0, 612.0),), 9.0, 4)
    assert (text_order.inks, text_order.pages, text_order.press) == ((1,), (32,), "DIG-1")
    assert [cover.inks_of(page) for page in range(1, 5)] == [4, 2, 2, 4]
    assert (whole.inks, whole.pages) == ((4,), (4, 32, 36))
    flat = spec_of(SPEC | {"binding": None, "components": SPEC["components"][1:], "files": []})
    assert order_of(flat, "x.pdf").inks == (4, 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "PDF_EMPTY"), (b"<html>" * 99, "TYPE_MISMATCH"), (b"%PDF-1.7\n", "PDF_UNREADABLE")],
)
def test_files_that_are_none(tmp_path, data, code):
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    report = preflight_order(path, FORM)
    assert (report.pages, report.verdict, [one.code for one in report.findings]) == (None, "stop", [code])


def test_a_password_stops_and_pages_are_not_counted(tmp_path):
    path = tmp_path / "file.pdf"
    path.write_bytes(a_page(BLOCK))
    with pikepdf.open(path) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="a", owner="b"))
    report = preflight_order(tmp_path / "locked.pdf", FORM)
    assert (report.pages, [(one.code, one.severity) for one in report.findings]) == (
        None, [("PDF_ENCRYPTED", Severity.STOP)],
    )  # fmt: skip


# How the public samples begin their verdicts; "fail or warn" leaves it open.
_VERDICTS = {"fail or warn": {"warn", "stop"}, "fail": {"stop"}, "warn": {"warn"}, "pass": {"pass"}}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public sample PDFs are not at hand (INDICIA_SHARED)")
def test_public_samples_are_judged_as_people_judge_them():
    with (SHARED / "expected.csv").open(newline="", encoding="utf-8") as file:
        expected = {row["file"]: row["verdict"] for row in csv.DictReader(file)}
    assert expected
    for name, said in expected.items():
        allowed = next(verdicts for words, verdicts in _VERDICTS.items() if said.startswith(words))
        assert preflight_order(SHARED / name, NO_ORDER).verdict in allowed, name
