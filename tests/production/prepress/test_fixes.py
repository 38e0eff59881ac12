"""Fixes on request: each does what it says, by readers that had no part in it (poppler, Ghostscript, qpdf), the
finding is gone when the file is looked at again, and nothing else looks otherwise."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from kernel.errors import InvalidInput
from production.prepress.fixes.child import fix
from production.prepress.fixes.fixing import fix_file
from production.prepress.fixes.functions import evaluate
from production.prepress.fixes.names import FIXES, fix_named
from production.prepress.fixes.profile import PRESS, color_inks, picture_inks
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.order_child import inspect_order
from tests.production.prepress.preflight.test_against_order import (
    BLANK,
    BLED,
    BLOCK,
    FORM,
    IN_A_FORM,
    LETTER,
    OWN_FONT,
    PICTURE,
    PLAIN,
    SADDLE,
    SHOWN,
    TILE,
    WITH_BLEED,
    a_page,
    field,
    pages,
    picture,
    spot,
    stream,
    text,
)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("pdftoppm", "pdfinfo", "gs", "qpdf"))),
    reason="needs poppler, Ghostscript and qpdf",
)


def told(path: Path, order: PrintOrder) -> dict[str, str]:
    return {one.code: str(one.severity) for one in inspect_order(str(path), 10_000, order).findings}


def fixed(folder: Path, data: bytes, order: PrintOrder, *names: str) -> tuple[Path, Path]:
    """The file before and after; its structure is looked at by qpdf, and what was found is gone."""
    before, after = folder / "before.pdf", folder / "after.pdf"
    before.write_bytes(data)
    answered = frozenset[str]().union(*(FIXES[name] for name in names))
    assert answered & told(before, order).keys()
    fix(str(before), str(after), order, list(names))
    assert not {code for code in told(after, order) if code in answered}
    assert run("qpdf", "--check", after).returncode == 0
    return before, after


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def dots(path: Path, page: int = 1, dpi: int = 72, *more: str) -> np.ndarray:
    """A page as poppler draws it."""
    out = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), *more, str(path)],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    return np.asarray(Image.open(io.BytesIO(out)).convert("RGB")).astype(int)


def boxes(path: Path, page: int = 1) -> dict[str, list[float]]:
    """The boxes of a page as poppler tells them."""
    out = run("pdfinfo", "-box", "-f", page, "-l", page, path).stdout
    found = re.findall(r"(\w+)Box: +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)", out)
    return {name: [float(value) for value in values] for name, *values in found}


def inks(path: Path) -> list[float]:
    """Coverage of the first page by cyan, magenta, yellow and black, as Ghostscript weighs it."""
    out = run("gs", "-q", "-o", "-", "-sDEVICE=inkcov", path).stdout
    return [float(value) for value in out.split()[:4]]


def words(path: Path) -> str:
    return " ".join(run("pdftotext", path, "-").stdout.split())


# Red from the left edge, blue at the right one, a green corner at the upper left: no side is like another.
UNEVEN = b"1 0 1 0 k 0 692 80 100 re f 0 1 1 0 k 0 300 200 200 re f 1 1 0 0 k 512 100 100 150 re f"


@pytest.mark.parametrize(
    ("keys", "content"),
    [
        (PLAIN, b"%b"),
        (b"/Rotate 90/MediaBox[0 0 612 792]", b"%b"),
        (b"/MediaBox[50 40 662 832]", b"q 1 0 0 1 50 40 cm %b Q"),
        (b"/UserUnit 2/MediaBox[0 0 306 396]", b"q .5 0 0 .5 0 0 cm %b Q"),
    ],
)
def test_bleed_is_mirrored_and_the_page_stays(tmp_path, keys, content):
    order = replace(BLED, trims=((792.0, 612.0),)) if b"Rotate" in keys else BLED
    before, after = fixed(tmp_path, a_page(content % UNEVEN, keys=keys), order, "bleed-mirror")
    zoom = 2 if b"UserUnit" in keys else 1
    page, wide = dots(before, 1, 72 * zoom), dots(after, 1, 72 * zoom, "-cropbox")
    assert wide.shape[0] == page.shape[0] + 18
    inner = wide[9:-9, 9:-9]
    assert np.abs(inner - page).max(axis=2).mean() < 0.01
    assert np.array_equal(wide[9:-9, 1:8], page[:, 1:8][:, ::-1])  # the left strip
    assert np.array_equal(wide[-8:-1, 9:-9], page[-8:-1][::-1])  # the lower strip
    assert np.array_equal(wide[1:8, 1:8], page[1:8, 1:8][::-1, ::-1])  # a corner
    names = boxes(after)
    assert [round(b - a, 2) for a, b in zip(names["Bleed"][:2], names["Trim"][:2], strict=True)] == [
        9 / zoom
    ] * 2


def test_bleed_is_made_where_paint_stops_at_the_trim(tmp_path):
    data = pages((UNEVEN, b""), (b"-9 -9 630 818 re f", b""), keys=(WITH_BLEED,))
    before, after = fixed(tmp_path, data, BLED, "bleed-mirror")
    assert (dots(after)[400, 2] == dots(before)[400, 12]).all()
    assert np.array_equal(dots(after, 2), dots(before, 2))  # it had its bleed
    with pikepdf.open(before) as old, pikepdf.open(after) as new:
        assert old.pages[1].Contents.read_bytes() == new.pages[1].Contents.read_bytes()


def test_a_page_is_enlarged_over_its_trim(tmp_path):
    before, after = fixed(tmp_path, a_page(UNEVEN), BLED, "bleed-enlarge")
    wide, page = dots(after), dots(before)
    assert wide.shape == (810, 630, 3)
    assert (wide[405, 1] == page[400, 5]).all()
    assert (wide[405, 315] == page[396, 306]).all()  # the middle stays
    assert boxes(after)["Trim"] == [0, 0, 612, 792]


def test_a_page_on_its_side_stands_up(tmp_path):
    lying = b"/MediaBox[0 0 792 612]"
    before, after = fixed(tmp_path, a_page(b"0 0 100 50 re f", keys=lying), FORM, "rotate")
    assert np.array_equal(dots(after), np.rot90(dots(before), -1))
    turned = b"/Rotate 90/MediaBox[0 0 612 792]"
    _, after = fixed(tmp_path, a_page(b"0 0 100 50 re f", keys=turned), FORM, "rotate")
    assert dots(after).shape == (792, 612, 3)
    assert dots(after)[-2, 2, 0] == 0  # as it was drawn


def test_a_trim_is_set_in_the_middle(tmp_path):
    before, after = fixed(tmp_path, a_page(BLOCK, keys=b"/MediaBox[10 20 640 830]"), BLED, "set-boxes")
    assert boxes(after)["Trim"] == [19, 29, 631, 821]
    assert boxes(after)["Bleed"] == boxes(after)["Media"] == [10, 20, 640, 830]
    assert np.array_equal(dots(after), dots(before))


def test_a_trim_is_centered(tmp_path):
    off = b"/Rotate 180/MediaBox[-9 -9 641 801]/TrimBox[0 0 612 792]"
    before, after = fixed(tmp_path, a_page(BLOCK, keys=off), BLED, "center-trim")
    names = boxes(after)
    assert names["Trim"] == [0, 0, 612, 792]
    assert names["Media"] == [-29, -9, 641, 801]
    assert np.array_equal(dots(after)[:, 29:641], dots(before)[:, 29:641])


def test_blank_pages_are_added_at_the_end(tmp_path):
    turned = b"/Rotate 90/MediaBox[0 0 792 612]/TrimBox[0 0 792 612]"
    before, after = fixed(tmp_path, pages(*[(BLOCK, b"")] * 6, keys=(turned,)), SADDLE, "blank-pages")
    assert "Pages:           8" in run("pdfinfo", after).stdout
    assert [int(dots(after, page).min()) for page in (6, 7, 8)] == [0, 255, 255]
    assert dots(after, 8).shape == dots(before, 1).shape


def test_what_fields_show_is_drawn(tmp_path):
    before, after = fixed(tmp_path, field(4, SHOWN), FORM, "flatten")
    assert np.array_equal(dots(after), dots(before))
    with pikepdf.open(after) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert "/Annots" not in pdf.pages[0]


def test_a_value_without_a_look_gets_one(tmp_path):
    form = (
        b"/AcroForm<</Fields[5 0 R]/DA(/Helv 12 Tf 0 g)/DR<</Font<</Helv 6 0 R>>>>>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(Ana Landry)/DA(/Helv 12 Tf 0 g)/F 4/Rect[72 72 272 92]>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    data = pages(BLANK, keys=(PLAIN + b"/Annots[5 0 R]",), more=form[1:], root=form[0])
    _, after = fixed(tmp_path, data, FORM, "flatten")
    assert words(after) == "Ana Landry"
    assert dots(after)[700:720, 72:200].min() < 128


def test_what_only_the_screen_shows_is_drawn_and_signs_are_not(tmp_path):
    note = b"<</Type/Annot/Subtype/Text/F 0/Rect[300 300 320 320]/AP<</N 6 0 R>>/Contents(see me)>>"
    stamp = b"<</Type/Annot/Subtype/Stamp/F 0/Rect[72 72 172 92]/AP<</N 6 0 R>>>>"
    look = stream(b"0 0 100 20 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 20]")
    data = pages(BLANK, keys=(PLAIN + b"/Annots[5 0 R 7 0 R]",), more=(stamp, look, note))
    _, after = fixed(tmp_path, data, FORM, "flatten")
    seen = dots(after)
    assert (seen[710, 100, 0], seen[480, 310, 0]) == (0, 255)


def test_nothing_acts_any_more(tmp_path):
    link = b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://example.com)>>>>"
    root = b"/OpenAction<</S/JavaScript/JS(app.alert)>>/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(b)>>]>>>>"
    data = pages(
        (BLOCK, b""),
        keys=(PLAIN + b"/Annots[5 0 R]/AA<</O<</S/JavaScript/JS(c)>>>>",),
        more=(link,),
        root=root,
    )
    before, after = fixed(tmp_path, data, FORM, "strip-actions")
    plain = subprocess.run(["qpdf", "--qdf", after, "-"], capture_output=True, check=True).stdout
    assert not re.search(rb"JavaScript|/JS|/URI|OpenAction|/AA", plain)
    assert np.array_equal(dots(after), dots(before))


def test_layers_are_decided(tmp_path):
    layered = b"/OC /A BDC 100 100 50 50 re f EMC /OC /B BDC 300 100 50 50 re f EMC"
    root = b"/OCProperties<</OCGs[5 0 R 6 0 R]/D<</OFF[6 0 R]>>>>"
    groups = (b"<</Type/OCG/Name(shown)>>", b"<</Type/OCG/Name(hidden)>>")
    data = pages((layered, b"/Properties<</A 5 0 R/B 6 0 R>>"), more=groups, root=root)
    before, after = fixed(tmp_path, data, FORM, "settle-layers")
    assert np.array_equal(dots(after), dots(before))
    assert (dots(after)[680, 120, 0], dots(after)[680, 320, 0]) == (0, 255)
    assert (
        b"/OCG" not in subprocess.run(["qpdf", "--qdf", after, "-"], capture_output=True, check=True).stdout
    )


def thickness(path: Path, y: int) -> float:
    """Points of the line that crosses x = 1.5 in near a height, at 2,400 dots an inch."""
    out = subprocess.run(
        ["pdftoppm", "-r", "2400", "-x", "3600", "-y", str(round((792 - y - 3) * 2400 / 72)), "-W", "4", "-H", "200",
         "-thinlinemode", "solid", "-gray", str(path)], capture_output=True, check=True,
    ).stdout  # fmt: skip
    return float((np.asarray(Image.open(io.BytesIO(out)))[:, 1] < 128).sum()) * 72 / 2400


def test_thin_lines_become_as_wide_as_the_limit_wherever_they_are_drawn(tmp_path):
    form = stream(b".5 w 72 600 m 300 600 l S", IN_A_FORM)
    content = (
        b"0 w 72 100 m 300 100 l S 2 w 72 200 m 300 200 l S q .1 w 72 300 m 300 300 l S 72 350 m 300 350 l S Q"
        b" 72 400 m 300 400 l S q .2 0 0 .2 72 0 cm 0 0 m /A Do Q q 1 0 0 1 0 -100 cm /A Do Q"
    )
    before, after = fixed(tmp_path, a_page(content, b"/XObject<</A 5 0 R>>", form), FORM, "thicken-lines")
    for y in (100, 300, 350):
        assert thickness(after, y) == pytest.approx(0.25, abs=0.04)
    for y in (200, 400):
        assert thickness(after, y) == thickness(before, y) == pytest.approx(2, abs=0.04)


def test_small_black_text_is_black_alone_and_color_stays(tmp_path):
    content = b".6 .4 .4 1 k BT /F 8 Tf 100 400 Td (aa) Tj ET 300 300 100 100 re f"
    data = a_page(content, b"/Font<</F 5 0 R>>", OWN_FONT, LETTER)
    before, after = fixed(tmp_path, data, FORM, "black-text")
    with_text, without = inks(before), inks(after)
    block = 10_000 / (612 * 792)
    assert with_text[0] > block + 1e-5
    assert without[:3] == pytest.approx([block] * 3, rel=0.02)  # the block keeps its inks
    assert without[3] == pytest.approx(with_text[3], rel=0.02)


def test_text_that_is_not_black_is_left_and_told(tmp_path):
    path, out = tmp_path / "red.pdf", tmp_path / "out.pdf"
    path.write_bytes(text(8, b".1 .9 .9 .1 k"))
    with pytest.raises(InvalidInput) as caught:
        fix_file(path, FORM, ["PREFLIGHT_RICH_BLACK"], out)
    assert (caught.value.instance_code, caught.value.details["field"]) == ("FIX_FAILED", "black-text")
    assert "8 pt" in caught.value.sentence
    assert [one.name for one in tmp_path.iterdir()] == ["red.pdf"]


RED_TO_BLUE = b"<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WHOLE = b"q 300 0 0 300 72 300 cm /X Do Q"
PLAID = np.random.default_rng(1).integers(0, 255, (40, 40, 3), np.uint8)


def jpeg_of(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95)
    head = b"%b/Width 40/Height 40/ColorSpace/DeviceRGB/Filter/DCTDecode" % PICTURE
    return stream(out.getvalue(), head)


COLORED: dict[str, tuple[bytes, bytes, tuple[bytes, ...]]] = {
    "operators": (b"1 .3 0 rg 72 300 200 200 re f 0 .4 .8 RG 20 w 72 100 m 400 100 l S", b"", ()),
    "a profile": (b"/S cs .2 .6 .3 sc " + BLOCK, b"/ColorSpace<</S[/ICCBased 5 0 R]>>", (stream(SRGB, b"/N 3"),)),
    "a picture": (WHOLE, b"/XObject<</X 5 0 R>>", (picture(40, 40, b"/DeviceRGB", PLAID.tobytes()),)),
    "a photo": (WHOLE, b"/XObject<</X 5 0 R>>", (jpeg_of(PLAID // 4 + 90),)),
    "a palette": (
        WHOLE, b"/XObject<</X 5 0 R>>",
        (picture(2, 2, b"[/Indexed/DeviceRGB 3<ff0000 00a000 2040ff ffd080>]", b"\0\1\2\3"),),
    ),
    "a picture among operators": (
        b"q 99 0 0 99 72 300 cm BI /W 1/H 1/BPC 8/CS/RGB ID \xf0\x60\x10 EI Q", b"/ProcSet[/PDF]", (),
    ),
    "tones": (
        b"0 0 612 792 re W n /T sh",
        b"/Shading<</T<</ShadingType 2/ColorSpace/DeviceRGB/Coords[72 0 540 0]/Function %b>>>>" % RED_TO_BLUE,
        (),
    ),
    "a tile inked from outside": (
        b"/S cs 1 .2 0 /P scn " + BLOCK, b"/ColorSpace<</S[/Pattern/DeviceRGB]>>/Pattern<</P 5 0 R>>",
        (stream(b"0 0 5 5 re f", TILE.replace(b"PaintType 1", b"PaintType 2")),),
    ),
    "a tile in a form": (
        b"/A Do", b"/XObject<</A 5 0 R>>",
        (stream(b"/Pattern cs /P scn 72 300 200 200 re f", IN_A_FORM + b"/Resources<</Pattern<</P 6 0 R>>>>"),
         stream(b"0 .5 1 rg 0 0 9 9 re f", TILE)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COLORED)
def test_rgb_becomes_the_inks_that_look_the_same(tmp_path, name):
    """Measured by the profile itself: the dots of the RGB file in inks, and back, are what the fixed file shows."""
    content, resources, more = COLORED[name]
    before, after = fixed(tmp_path, a_page(content, resources, *more), FORM, "convert-rgb")
    told_by = subprocess.run(
        ["pdfimages", "-list", str(after)], capture_output=True, text=True, check=True
    ).stdout
    assert " rgb " not in told_by
    assert ("cmyk" in told_by or "index" in told_by) == (
        "picture" in name or name in {"a photo", "a palette"}
    )
    wanted, made = cmyk_dots(before, tmp_path), cmyk_dots(after, tmp_path)
    apart = np.abs(to_rgb(wanted) - to_rgb(made)).max(axis=2)
    assert np.percentile(apart, 99) <= 12, apart.max()


def cmyk_dots(path: Path, folder: Path) -> Image.Image:
    """A page in inks, as Ghostscript separates it by the profile of the press; CMYK stays as it is."""
    out = folder / "page.tif"
    done = run(
        "gs", "-q", "-o", out, "-sDEVICE=tiff32nc", "-r36", f"-sOutputICCProfile={PRESS}",
        f"-sDefaultCMYKProfile={PRESS}",
        f"--permit-file-read={PRESS}", "-dRenderIntent=1", path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Image.open(out).convert("CMYK")


def to_rgb(page: Image.Image) -> np.ndarray:
    made = ImageCms.profileToProfile(page, str(PRESS), ImageCms.createProfile("sRGB"), 1, "RGB")
    return np.asarray(made).astype(int)


def test_gray_and_black_in_rgb_become_black_alone(tmp_path):
    data = a_page(b"1 0 0 rg 500 500 9 9 re f .4 .4 .4 rg 72 300 200 200 re f 0 0 0 rg 72 100 200 100 re f")
    _, after = fixed(tmp_path, data, FORM, "convert-rgb")
    cyan, magenta, _, black = inks(after)
    assert black > 0.1
    assert max(cyan, magenta) < 0.001


def test_spot_inks_become_process_inks(tmp_path):
    resources = b"/ColorSpace<</S %b>>/XObject<</X 5 0 R>>" % spot(b"PANTONE#20286#20C")
    tones = picture(4, 1, spot(b"PANTONE#20286#20C"), bytes([0, 85, 170, 255]))
    content = b"/S cs 1 scn 72 300 200 200 re f .5 SCN q 200 0 0 99 72 100 cm /X Do Q"
    before, after = fixed(tmp_path, a_page(content, resources, tones), FORM, "convert-spots")
    assert b"PANTONE" in before.read_bytes()
    assert (
        b"Separation"
        not in subprocess.run(["qpdf", "--qdf", after, "-"], capture_output=True, check=True).stdout
    )
    assert np.abs(dots(after) - dots(before)).max() <= 3
    cyan, magenta, yellow, black = inks(after)
    assert magenta == yellow > 0.08
    assert cyan == black == 0


def test_several_fixes_at_once_and_the_command_line_names(tmp_path):
    path, out = tmp_path / "file.pdf", tmp_path / "out.pdf"
    path.write_bytes(a_page(b".1 w 1 0 0 RG 99 99 m 299 99 l S"))
    report = fix_file(path, BLED, ["PREFLIGHT_HAIRLINE", "convert-rgb", "PREFLIGHT_BLEED"], out)
    assert (report.verdict, report.findings) == ("pass", [])
    assert boxes(out)["Bleed"] == [-9, -9, 621, 801]
    assert fix_named("PREFLIGHT_BLEED") == "bleed-mirror"
    with pytest.raises(InvalidInput) as caught:
        fix_file(path, FORM, ["polish"], out)
    assert caught.value.instance_code == "FIX_UNKNOWN"


def test_a_file_without_the_finding_is_left_as_it_is(tmp_path):
    before, after = tmp_path / "a.pdf", tmp_path / "b.pdf"
    before.write_bytes(a_page(b"1 w 99 99 m 299 99 l S"))
    fix(str(before), str(after), FORM, list(FIXES))
    with pikepdf.open(before) as old, pikepdf.open(after) as new:
        assert old.pages[0].Contents.read_bytes() == new.pages[0].Contents.read_bytes()
        assert old.pages[0].keys() == new.pages[0].keys()


def test_a_picture_for_the_press_stays_under_the_ink_limit():
    noise = Image.fromarray(np.random.default_rng(2).integers(0, 255, (100, 100, 3), np.uint8))
    assert np.asarray(picture_inks(noise)).sum(axis=2).max() <= 3.0 * 255
    assert picture_inks(Image.new("RGB", (1, 1), "white")).tobytes() == b"\0\0\0\0"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_color_is_never_over_the_limit(red, green, blue):
    shares = color_inks(red, green, blue)
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) <= 3.0


@pytest.mark.parametrize(
    ("code", "inputs", "outputs"),
    [
        (b"{ dup 0.5 mul exch dup 1 exch sub 3 1 roll 0.2 mul }", [0.4], [0.6, 0.2, 0.08]),
        (b"{ dup .5 gt { pop 1 } { pop 0 } ifelse }", [0.7], [1.0]),
        (b"{ 2 copy add 2 div 3 1 roll pop pop }", [0.2, 0.6], [0.4]),
        (b"{ 360 mul sin exch 0 lt { neg } if }", [0.5, 0.25], [1.0]),
    ],
)
def test_calculators_are_worked_out(code, inputs, outputs):
    with pikepdf.new() as pdf:
        bounds = [0, 1] * len(inputs)
        function = pikepdf.Stream(pdf, code, FunctionType=4, Domain=bounds, Range=[0, 1] * len(outputs))
        assert evaluate(function, inputs) == pytest.approx(outputs)


def test_tables_stitches_and_powers_are_worked_out():
    with pikepdf.new() as pdf:
        table = pikepdf.Stream(
            pdf, bytes([0, 255, 100, 0]), FunctionType=0, Domain=[0, 1], Range=[0, 1, 0, 1], Size=[2], BitsPerSample=8
        )  # fmt: skip
        assert evaluate(table, [0.5]) == pytest.approx([50 / 255, 0.5])
        power = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 1], C1=[1, 0], N=2)
        assert evaluate(power, [0.5]) == [0.25, 0.75]
        both = pikepdf.Dictionary(
            FunctionType=3, Domain=[0, 1], Functions=[power, power], Bounds=[0.5], Encode=[0, 1, 1, 0]
        )
        assert evaluate(both, [0.25]) == [0.25, 0.75]
        assert evaluate(both, [1.0]) == [0.0, 1.0]
        with pytest.raises(ValueError, match="no function of type 9"):
            evaluate(pikepdf.Dictionary(FunctionType=9), [0])
