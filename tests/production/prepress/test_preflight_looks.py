"""What preflight sees on pages: color, dots, damage, sizes. The parsing part is called here in this process, on
small files made on the spot; Ghostscript and Poppler are asked where they are at hand."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from kernel.findings import Severity
from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import compile_template, print_bare
from production.prepress.preflight.child import inspect
from production.prepress.preflight.pdf import Ordered
from production.prepress.templates.rendering import pictures
from tests.production.prepress.preflight.test_pdf import codes, raw_pdf, stream

LETTER = Ordered("letter", (612.0, 792.0), inks=1)
IMAGE = b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8"
RED_TO_BLUE = b"<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>"
AXIAL = (
    b"<</ShadingType 2/ColorSpace/DeviceRGB/Coords[72 72 400 400]/Function %b/Extend[true true]>>"
    % RED_TO_BLUE
)
HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
TO_RED = b"<</FunctionType 2/Domain[0 1]/C0[0 0 0]/C1[1 0 0]/N 1>>"


def type3(glyph: int) -> bytes:
    return (
        b"<</Type/Font/Subtype/Type3/Name/T/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 97"
        b"/Widths[9]/Encoding<</Differences[97/a]>>/CharProcs<</a %d 0 R>>/Resources<<>>>>" % glyph
    )


def a_page(
    content: bytes, resources: bytes = b"", *more: bytes, keys: bytes = b"/MediaBox[0 0 612 792]"
) -> bytes:
    """One page of this content; further objects are numbered from 5."""
    page = b"<</Type/Page/Parent 2 0 R%b/Contents 4 0 R/Resources<<%b>>>>" % (keys, resources)
    head = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>")
    return raw_pdf(*head, page, stream(content), *more)


def look(tmp_path, data: bytes, ordered: Ordered = LETTER):
    """Colors and findings as (code, severity, page), by the part that parses."""
    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    answer = inspect(str(path), 100, ordered)
    found = {f.code: (f.severity, f.place.page, f.message) for f in answer.findings}
    return answer, found


BOX = b"72 300 200 200 re f"
PICTURE = b"q 9 0 0 9 72 300 cm /X Do Q"
GLYPH = b"BT /X 50 Tf 72 300 Td (a) Tj ET"
TILE = b"/PatternType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<<>>/PaintType "
FORM = b"/Subtype/Form/BBox[0 0 612 792]"
GRAY_INK = b"<</FunctionType 2/Domain[0 1]/C0[1]/C1[0]/N 1>>"
# content; what stands for X in the resources, objects 5 and on; what a press would have to mix; is it seen?
COLOR: dict[str, tuple[bytes, str, list[bytes], list[str], bool]] = {
    "words like operators": (b"BT /X 18 Tf 72 400 Td (401 K 1 0 0 rg) Tj ET", "Font", [HELVETICA], [], False),
    "rg": (b"1 0 0 rg " + BOX, "", [], ["RGB"], True),
    "cs sc": (b"/DeviceRGB cs 1 0 0 sc " + BOX, "", [], ["RGB"], True),
    "k": (b"0 1 1 0 k " + BOX, "", [], ["CMYK"], True),
    "black as CMYK": (b"0 0 0 1 k " + BOX, "", [], [], False),
    "gray as RGB": (b".5 .5 .5 rg " + BOX, "", [], [], False),
    "an inline picture": (
        b"q 200 0 0 200 72 300 cm BI /W 1/H 1/BPC 8/CS/RGB ID \xff\0\0 EI Q", "", [], ["RGB"], True,
    ),
    "an inline stencil": (b"q 200 0 0 200 72 300 cm BI /W 8/H 1/IM true/BPC 1 ID \xaa EI Q", "", [], [], False),
    "a named space": (
        b"/X cs 1 0 0 scn " + BOX, "ColorSpace", [b"/DeviceRGB"], ["RGB"], True,
    ),
    "a space that is missing": (b"/No cs 1 0 0 sc " + BOX, "", [], [], False),
    "a picture": (
        PICTURE, "XObject", [stream(b"\xff\0\0" * 4, IMAGE + b"/ColorSpace/DeviceRGB")], ["RGB"], True,
    ),
    "a gray picture in RGB": (
        PICTURE, "XObject", [stream(b"\x55" * 12, IMAGE + b"/ColorSpace/DeviceRGB")], ["RGB"], False,
    ),
    "an indexed picture": (
        PICTURE, "XObject", [stream(b"\0" * 4, IMAGE + b"/ColorSpace[/Indexed/DeviceCMYK 0<00ffff00>]")],
        ["CMYK"], True,
    ),
    "a run of tones": (b"/X sh", "Shading", [AXIAL], ["RGB"], True),
    "a pattern of tones": (
        b"/Pattern cs /X scn " + BOX, "Pattern", [b"<</PatternType 2/Shading 6 0 R>>", AXIAL], ["RGB"], True,
    ),
    "a tile": (
        b"/Pattern cs /X scn " + BOX, "Pattern", [stream(b"1 0 0 rg 0 0 5 5 re f", TILE + b"1")], ["RGB"], True,
    ),
    "a tile inked from outside": (
        b"[/Pattern/DeviceCMYK] cs 0 1 0 0 /X scn " + BOX, "Pattern", [stream(b"0 0 5 5 re f", TILE + b"2")],
        ["CMYK"], True,
    ),
    "a drawn glyph": (GLYPH, "Font", [type3(6), stream(b"9 0 d0 1 0 0 rg 0 0 9 9 re f")], ["RGB"], True),
    "a glyph inked from outside": (
        GLYPH, "Font", [type3(6), stream(b"9 0 0 0 9 9 d1 1 0 0 rg 0 0 9 9 re f")], [], False,
    ),
    "a spot ink": (
        b"/X cs 1 scn " + BOX, "ColorSpace", [b"[/Separation/Red/DeviceRGB %b]" % TO_RED], ["spot"], True,
    ),
    "black as an ink": (
        b"/X cs 1 scn " + BOX, "ColorSpace", [b"[/Separation/Black/DeviceGray %b]" % GRAY_INK], [], False,
    ),
    "a form in a form": (
        b"/X Do", "XObject",
        [stream(b"/Y Do", FORM + b"/Resources<</XObject<</Y 6 0 R>>>>"), stream(b"1 0 0 RG 72 300 99 99 re S", FORM)],
        ["RGB"], True,
    ),
}  # fmt: skip


def colored(name: str) -> bytes:
    content, group, objects, _, _ = COLOR[name]
    if content.startswith(b"[/Pattern"):  # a space of the resources besides the pattern
        content = content.replace(b"[/Pattern/DeviceCMYK]", b"/U")
        return a_page(content, b"/ColorSpace<</U[/Pattern/DeviceCMYK]>>/Pattern<</X 5 0 R>>", *objects)
    return a_page(content, b"/%b<</X 5 0 R>>" % group.encode() if group else b"", *objects)


@pytest.mark.parametrize("name", COLOR)
def test_color_wherever_it_comes_from(tmp_path, name):
    *_, colors, is_seen = COLOR[name]
    answer, found = look(tmp_path, colored(name))
    assert answer.colors == colors
    assert ("PREFLIGHT_COLOR" in found) == is_seen
    _, found = look(tmp_path, colored(name), Ordered("print", inks=4))  # four inks print CMYK as it is
    assert ("PREFLIGHT_COLOR" in found) == (is_seen and colors != ["CMYK"])


@pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript is not at hand")
def test_ghostscript_sees_the_same_color(tmp_path):
    path = tmp_path / "page.pdf"
    for name, (*_, is_seen) in COLOR.items():
        path.write_bytes(colored(name))
        asked = ["gs", "-q", "-o", "-", "-sDEVICE=inkcov", str(path)]
        said = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
        cyan, magenta, yellow = map(float, said.splitlines()[-1].split()[:3])
        assert (not cyan == magenta == yellow) == is_seen, (name, said)


@pytest.mark.parametrize(
    ("state", "is_said"),
    [
        (b"/BM/Multiply", True), (b"/BM[/Screen/Normal]", True), (b"/ca .5", True), (b"/CA .9", True),
        (b"/SMask<</S/Alpha>>", True), (b"/BM/Normal/ca 1/SMask/None", False), (b"/BM/Compatible", False),
    ],
)  # fmt: skip
def test_transparency_and_blends(tmp_path, state, is_said):
    data = a_page(b"/G gs .7 g " + BOX, b"/ExtGState<</G<<%b>>>>" % state)
    for ordered, severity in ((LETTER, Severity.NOTE), (Ordered("print", inks=4), Severity.WARN)):
        _, found = look(tmp_path, data, ordered)
        assert found.get("PREFLIGHT_TRANSPARENCY", (None, None))[:2] == (
            (severity, 1) if is_said else (None, None)
        )
    unused = a_page(BOX, b"/ExtGState<</G<<%b>>>>" % state)
    assert "PREFLIGHT_TRANSPARENCY" not in look(tmp_path, unused)[1]


def test_only_a_font_that_shows_something_is_missing(tmp_path):
    font = b"/Font<</F 5 0 R>>"
    assert "PREFLIGHT_FONT" in look(tmp_path, a_page(b"BT /F 9 Tf (a) Tj ET", font, HELVETICA))[1]
    assert "PREFLIGHT_FONT" not in look(tmp_path, a_page(b"BT /F 9 Tf ET", font, HELVETICA))[1]
    behind_a_scan = a_page(b"BT /F 9 Tf 3 Tr (a) Tj ET", font, HELVETICA)
    assert "PREFLIGHT_FONT" not in look(tmp_path, behind_a_scan)[1]


# --- dots ----------------------------------------------------------------------------------------------------


def gray_picture(across: int, down: int) -> bytes:
    keys = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode"
    return stream(zlib.compress(bytes(across * down)), keys % (across, down))


@pytest.mark.parametrize(
    ("content", "form", "across", "severity", "said"),
    [
        (b"q 612 0 0 792 0 0 cm /I Do Q", b"", 10, Severity.WARN, "0.9 dots"),
        (b"q 0 72 -72 0 99 99 cm /I Do Q", b"", 149, Severity.WARN, "149 dots"),  # turned
        (b"q 72 0 0 72 0 0 cm /I Do Q", b"", 150, Severity.NOTE, "150 dots"),
        (b"q 72 0 0 72 0 0 cm /I Do Q", b"", 225, None, ""),
        (
            b"q 4 0 0 4 0 0 cm /A Do Q",
            b"q 36 0 0 36 0 0 cm /I Do Q",
            200,
            Severity.WARN,
            "100 dots",
        ),  # in a form
        (b"q .1 0 0 .1 0 0 cm /A Do Q", b"q 72 0 0 72 0 0 cm /I Do Q", 10, None, ""),  # too small to be seen
        (b"q 72 0 0 72 0 0 cm /I Do 0 0 0 0 0 0 cm /I Do Q", b"", 300, None, ""),
        (b"/I Do", b"", 10, None, ""),
    ],
)
def test_dots_an_inch(tmp_path, content, form, across, severity, said):
    more = (gray_picture(across, across), stream(form, b"/Subtype/Form/BBox[0 0 99 99]"))
    _, found = look(tmp_path, a_page(content, b"/XObject<</I 5 0 R/A 6 0 R>>", *more))
    assert found.get("PREFLIGHT_RESOLUTION", (None, None))[:2] == (
        (severity, 1) if severity else (None, None)
    )
    assert said in found.get("PREFLIGHT_RESOLUTION", ("", "", ""))[2]


@pytest.mark.skipif(shutil.which("pdfimages") is None, reason="Poppler is not at hand")
def test_poppler_counts_the_same_dots(tmp_path):
    data = a_page(b"q 288 0 0 200 9 9 cm /I Do Q", b"/XObject<</I 5 0 R>>", gray_picture(400, 500))
    _, found = look(tmp_path, data)
    ran = subprocess.run(
        ["pdfimages", "-list", str(tmp_path / "page.pdf")], capture_output=True, check=True, text=True
    )
    across, down = map(int, ran.stdout.splitlines()[2].split()[12:14])
    assert (across, down) == (100, 180)
    assert "100 dots" in found["PREFLIGHT_RESOLUTION"][2]


# --- damage --------------------------------------------------------------------------------------------------


def jpeg(size: int = 64) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 90).save(out, "JPEG")
    return out.getvalue()


def test_damaged_parts_are_told_with_their_page(tmp_path):
    packed = zlib.compress(bytes(range(256)) * 40)
    flat = b"/Filter/FlateDecode"
    gray = b"/Type/XObject/Subtype/Image/Width 64/Height 64/BitsPerComponent 8/ColorSpace/DeviceGray"
    drawn = b"q 9 0 0 9 72 300 cm /I Do Q"

    def found(part: bytes, content: bytes = drawn) -> dict:
        return look(tmp_path, a_page(content, b"/XObject<</I 5 0 R>>", part))[1]

    whole = zlib.compress(bytes(64 * 64))
    assert found(stream(whole, gray + flat)) == {}
    assert found(stream(whole[:-4], gray + flat)).keys() <= {"PDF_REPAIRED"}  # all rows, no checksum
    assert found(stream(whole[:-9], gray + flat))["PDF_DAMAGED"][:2] == ("stop", 1)
    spoiled = bytearray(packed)
    spoiled[len(packed) // 2] ^= 0xFF
    assert found(stream(bytes(spoiled), gray + flat))["PDF_DAMAGED"][:2] == ("stop", 1)
    assert found(stream(jpeg(), gray + b"/Filter/DCTDecode")) == {}
    assert found(stream(jpeg()[:-600], gray + b"/Filter/DCTDecode"))["PDF_DAMAGED"][:2] == ("stop", 1)
    assert found(stream(jpeg()[:-600], gray + b"/Filter/DCTDecode"), b"q Q") == {}  # drawn nowhere
    form = b"/Subtype/Form/BBox[0 0 9 9]" + flat
    assert found(stream(zlib.compress(b"0 0 9 9 re f " * 99), form)) == {}
    assert found(stream(zlib.compress(b"0 0 9 9 re f " * 99)[:-9], form))["PDF_DAMAGED"][:2] == ("stop", 1)


def test_a_damaged_font_or_page_drawing_stops(tmp_path):
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor 6 0 R>>"
    broken = stream(zlib.compress(b"abc" * 99)[:-9], b"/Filter/FlateDecode")
    data = a_page(b"BT /F 9 Tf (a) Tj ET", b"/Font<</F 5 0 R>>", font, b"<</FontFile2 7 0 R>>", broken)
    assert look(tmp_path, data)[1]["PDF_DAMAGED"][:2] == ("stop", 1)
    data = a_page(b"").replace(stream(b""), broken)
    assert codes(tmp_path, data)["PDF_DAMAGED"] == Severity.STOP
    data = a_page(b"").replace(b"4 0 R", b"<</A 1>>")  # a content that is none
    assert codes(tmp_path, data)["PDF_DAMAGED"] == Severity.STOP


@pytest.mark.parametrize(
    "content", [b"q (abc", b"BI /W 9 ID", b"[1 2", b"<zz> Tj", b"0 0 0 1 9 k 1 0 rg /No gs /No Do /No sh"]
)
def test_spoiled_operators_are_a_finding_at_most(tmp_path, content):
    assert look(tmp_path, a_page(content))[1].keys() <= {"PDF_REPAIRED"}


WORDS = "q Q cm rg k cs scn sh gs Do Tf Tj BI ID EI /A (a) 1 -2 << >> [ ]".split()  # noqa: SIM905


@given(st.lists(st.sampled_from(WORDS), max_size=60))
@example(["BI", "EI"])
@example(["<<", "q", ">>", "q"])
@settings(max_examples=60, deadline=None)
def test_no_content_is_an_exception(tmp_path_factory, words):
    more = (stream(b"/A Do /A sh /A gs /A scn", b"/Subtype/Form/BBox[0 0 9 9]"), b"[/Indexed 5 0 R]")
    names = b"/XObject<</A 5 0 R>>/ColorSpace<</A 6 0 R>>/Pattern<</A 5 0 R>>/Font<</A 6 0 R>>/Shading<</A 5 0 R>>"
    _, found = look(tmp_path_factory.mktemp("p"), a_page(" ".join(words).encode(), names, *more))
    assert found.keys() <= {"PDF_REPAIRED", "PDF_DAMAGED", "PREFLIGHT_COLOR", "PREFLIGHT_RESOLUTION"}
    assert found.get("PDF_DAMAGED", (0, 1))[1] == 1


# --- whole files -----------------------------------------------------------------------------------------------


def test_a_repaired_file_is_said_to_be(tmp_path):
    data = a_page(b"q Q")
    assert codes(tmp_path, data) == {}
    at = data.rindex(b"startxref\n") + 10
    assert codes(tmp_path, data[:at] + b"99999\n%%EOF\n") == {"PDF_REPAIRED": "warn"}


@pytest.mark.parametrize("junk", [b"\n" * 3000, b"\0" * 5000, b"<!-- served by a web shop -->" * 200])
def test_bytes_behind_the_end_mark_are_no_harm(tmp_path, junk):
    assert codes(tmp_path, a_page(b"q Q") + junk) == {}


def test_a_second_half_cut_off_is_told_from_junk(tmp_path):
    more = b"5 0 obj\n<</Length 99>>stream\n" + b"x" * 40
    assert codes(tmp_path, a_page(b"q Q") + more) == {"PDF_TRUNCATED": "stop"}


def test_latin_1_names_are_names(tmp_path):
    font = HELVETICA.replace(b"Helvetica", b"M\xfcller")
    data = a_page(b"BT /F\xfc 9 Tf (a) Tj ET", b"/Font<</F\xfc 5 0 R>>", font)
    answer, found = look(tmp_path, data)
    assert answer.fonts == [("Müller", False)]
    assert found.keys() == {"PREFLIGHT_FONT"}


# --- sizes -----------------------------------------------------------------------------------------------------

BLEED = b"/MediaBox[0 0 648 828]/BleedBox[9 9 639 819]/TrimBox[18 18 630 810]"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_finished_page_is_what_is_printed(tmp_path, turn):
    """Finding, print file, picture and zones agree: a dark inch at the head of the page as seen, paint all round."""
    head = {0: b"18 738 612 72", 90: b"18 18 72 792", 180: b"18 18 612 72", 270: b"558 18 72 792"}[turn]
    content = b".9 g 0 0 648 828 re f 0 g " + head + b" re f"
    answer, found = look(tmp_path, a_page(content, keys=BLEED + b"/Rotate %d" % turn))
    size = (792.0, 612.0) if turn % 180 else (612.0, 792.0)
    assert answer.sizes == [size]
    assert found.keys() == {"PREFLIGHT_BLEED"}
    assert "with 0.125 in of bleed" in found["PREFLIGHT_BLEED"][2]
    path = tmp_path / "page.pdf"
    printed = print_bare(compile_template(path, Fields(())), tmp_path / "bare.pdf").path
    for shown in (path, printed):
        (picture,) = pictures(str(shown), [1], 72)
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            assert image.size == size
            assert image.getpixel((5, 5))[0] < 20 < 200 < image.getpixel((5, 80))[0]


def test_what_an_annotation_prints_counts(tmp_path):
    note = b"<</Type/Annot/Subtype/Stamp/F 4/Rect[72 72 272 272]/AP<</N 5 0 R>>>>"
    stamp = stream(b"1 0 0 rg 0 0 200 200 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]")
    keys = b"/MediaBox[0 0 612 792]/Annots[%b]"
    answer, found = look(tmp_path, a_page(b"q Q", b"", stamp, keys=keys % note))
    assert answer.colors == ["RGB"]
    assert found["PREFLIGHT_COLOR"][1] == 1
    hidden = note.replace(b"/F 4", b"/F 2")
    assert look(tmp_path, a_page(b"q Q", b"", stamp, keys=keys % hidden))[1] == {}


def test_color_bars_outside_the_finished_page_are_no_color_of_it(tmp_path):
    data = a_page(b"1 0 0 rg 0 0 15 828 re f 0 g 300 300 9 9 re f", keys=BLEED)
    assert look(tmp_path, data)[1].keys() == {"PREFLIGHT_BLEED"}


def test_a_page_without_bleed_box_bleeds_as_far_as_it_is_seen(tmp_path):
    answer, found = look(
        tmp_path, a_page(b"", keys=b"/MediaBox[0 0 171 261]/TrimBox[9 9 162 252]"), Ordered()
    )
    assert answer.sizes == [(153.0, 243.0)]
    assert found.keys() == {"PREFLIGHT_BLEED"}  # cut to size: no sheet needs to have it
    assert "2.125 x 3.375 in with 0.125 in" in found["PREFLIGHT_BLEED"][2]
    assert (
        "PREFLIGHT_SIZE" in look(tmp_path, (tmp_path / "page.pdf").read_bytes())[1]
    )  # but nobody ordered it


@pytest.mark.parametrize(
    "box", [b"/TrimBox[1 2]", b"/TrimBox(a)", b"/TrimBox[0 0 0 0]", b"/BleedBox[1]/TrimBox null"]
)
def test_a_box_that_is_none_says_nothing(tmp_path, box):
    answer, found = look(tmp_path, a_page(b"", keys=b"/MediaBox[0 0 612 792]" + box))
    assert (answer.sizes, found) == ([(612.0, 792.0)], {})


@pytest.mark.parametrize(
    ("box", "ordered", "severity"),
    [
        (b"[0 0 612 792]", LETTER, None),
        (b"[0 0 792 612]", LETTER, None),  # turned
        (b"[0 0 611.28 790.56]", LETTER, None),  # a hair
        (b"[0 0 396 612]", LETTER, Severity.WARN),
        (b"[0 0 595 842]", LETTER, Severity.WARN),
        (b"[0 0 396 612]", Ordered(), None),
        (b"[0 0 595 842]", Ordered(), Severity.WARN),
        (b"[0 0 612 792]", Ordered("letter", (432.0, 306.0), is_piece=True, inks=1), Severity.STOP),
        (b"[0 0 306 432]", Ordered("letter", (432.0, 306.0), is_piece=True, inks=1), None),
    ],
)
def test_the_size_that_was_ordered(tmp_path, box, ordered, severity):
    _, found = look(tmp_path, a_page(b"", keys=b"/MediaBox" + box), ordered)
    assert found.get("PREFLIGHT_SIZE", (None, None))[:2] == ((severity, 1) if severity else (None, None))
    if severity and ordered is LETTER:
        assert "the order is for 8.5 x 11 in" in found["PREFLIGHT_SIZE"][2]
