"""Imposed sheets as other readers see them: qpdf, poppler and pdfium, which had no part in making them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from hashlib import sha256

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kernel.errors import InvalidInput
from production.prepress.fold_check.check import check
from production.prepress.imposition import child
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import MARKS, Asked
from production.prepress.imposition.flat import Source
from production.prepress.imposition.numbering import Numbers
from production.prepress.imposition.schemes import lay_out
from tests.production.prepress.pages import make_pdf

TRIM = (144.0, 216.0)
_WORDS = re.compile(r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(\d{8})<')
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")


def impose(tmp_path, path, scheme="nup", **more):
    """The sheets of a file, what was said, and the layout."""
    asked = Asked(**({"scheme": scheme, "sheet": (1296.0, 1800.0), "trim": TRIM} | more))
    out = tmp_path / "sheets.pdf"
    made = child.impose([Given(str(path), path.name)], asked, str(out), path.name)
    layout, _ = lay_out(asked, [Source(made.pages[0])], frozenset(made.lying))
    return out, [finding.code for finding in made.findings], layout


def refusal(tmp_path, path, **more) -> str:
    with pytest.raises(InvalidInput) as refused:
        impose(tmp_path, path, **more)
    assert not (tmp_path / "sheets.pdf").exists()
    return refused.value.instance_code


def is_sound(path) -> bool:
    said = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    return said.returncode == 0


def pixels(path, page: int, scale: float = 1.0) -> np.ndarray:
    """A page as pdfium shows it (rows from the top)."""
    document = pypdfium2.PdfDocument(path)
    return document[page].render(scale=scale, draw_annots=False).to_numpy()[:, :, :3].astype(int)


def cell(sheet: np.ndarray, box, scale: float = 1.0) -> np.ndarray:
    left, low, right, high = (round(value * scale) for value in box)
    return sheet[sheet.shape[0] - high : sheet.shape[0] - low, left:right]


def book(path, pages: int, *, bleed: float = 0.0, boxes: bool = True):
    """Pages with a number each, a frame within the trim, and gray up to the edge of the bleed."""
    width, height = TRIM
    canvas = Canvas(str(path), pagesize=(width + 2 * bleed, height + 2 * bleed), invariant=1)
    for number in range(1, pages + 1):
        if bleed and boxes:
            canvas.setTrimBox((bleed, bleed, width + bleed, height + bleed))
            canvas.setBleedBox((0, 0, width + 2 * bleed, height + 2 * bleed))
        canvas.setFillGray(0.7)
        canvas.rect(0, 0, width + 2 * bleed, height + 2 * bleed, fill=1, stroke=0)
        canvas.setFillGray(0)
        canvas.drawString(bleed + 20, bleed + height - 40, f"Page{number:03d}")
        canvas.showPage()
    canvas.save()
    return path


# --- pages as a viewer shows them --------------------------------------------------------------------------

TURNS = (0, 90, 180, 270)
# (name, box of the finished page's size as width, height to the page's keys)
BOXES = {
    "plain": lambda w, h: {"/MediaBox": [0, 0, w, h]},
    "origin": lambda w, h: {"/MediaBox": [50, 40, 50 + w, 40 + h]},
    "negative": lambda w, h: {"/MediaBox": [-30, -20, w - 30, h - 20]},
    "inverted": lambda w, h: {"/MediaBox": [w + 7, h + 5, 7, 5]},
    "crop": lambda w, h: {"/MediaBox": [-40, -40, w + 60, h + 50], "/CropBox": [5, 3, 5 + w, 3 + h]},
    "trim": lambda w, h: {
        "/MediaBox": [-20, -20, w + 30, h + 25],
        "/BleedBox": [-9, -9, w + 9, h + 9],
        "/TrimBox": [0, 0, w, h],
    },
    "inherited": lambda w, h: {"/MediaBox": [10, 20, 10 + w, 20 + h]},
}
TRAPS = [(name, turn, 1.0) for name in BOXES for turn in TURNS] + [
    (name, turn, 2.0) for name in BOXES for turn in (0, 90)
]


def trap_page(pdf: pikepdf.Pdf, name: str, turn: int, unit: float) -> pikepdf.Dictionary:
    """A page whose finished part is ``TRIM`` as seen: a frame, a corner and a bar that no turn hides."""
    width, height = (side / unit for side in (TRIM[::-1] if turn % 180 else TRIM))
    boxes = BOXES[name](width, height)
    finished = boxes.get("/TrimBox") or boxes.get("/CropBox") or boxes["/MediaBox"]
    left, low = min(finished[0], finished[2]), min(finished[1], finished[3])
    content = (
        f"1 0 0 rg -200 -200 900 900 re f 1 g {left} {low} {width} {height} re f 0 0 1 rg "
        f"{left + 4 / unit} {low + 8 / unit} {width / 3} {height / 5} re f 0 g "
        f"{left + width - 20 / unit} {low + height / 2} {10 / unit} {height / 3} re f"
    ).encode()
    half = len(content) // 2 + content[len(content) // 2 :].index(b" ")
    parts = [
        pdf.make_stream(content[:half]),
        pdf.make_stream(content[half:]),
    ]  # an operator begins in one, ends in the other
    page = {
        "/Type": pikepdf.Name.Page,
        "/Contents": pikepdf.Array(parts),
        "/UserUnit": unit,
        "/Rotate": turn,
        **boxes,
    }
    if turn == 0:
        page["/Rotate"] = 360
    return pikepdf.Dictionary(page)


def test_forty_two_traps_stand_as_a_viewer_shows_them(tmp_path):
    pdf = pikepdf.new()
    nodes = []
    for name, turn, unit in TRAPS:
        page = trap_page(pdf, name, turn, unit)
        if name == "inherited":  # a node of the tree holds what the page leaves out
            node = pikepdf.Dictionary(
                Type=pikepdf.Name.Pages, Count=1, Kids=pikepdf.Array([pdf.make_indirect(page)])
            )
            for key in ("/MediaBox", "/Rotate"):
                node[key] = page[key]
                del page[key]
            nodes.append(pdf.make_indirect(node))
            page["/Parent"] = nodes[-1]
        else:
            nodes.append(pdf.make_indirect(page))
    pdf.Root.Pages["/Kids"], pdf.Root.Pages["/Count"] = pikepdf.Array(nodes), len(nodes)
    for node in nodes:
        node["/Parent"] = pdf.Root.Pages
    path = tmp_path / "traps.pdf"
    pdf.save(path)
    out, codes, layout = impose(tmp_path, path)
    assert (len(TRAPS), codes, is_sound(out)) == (42, [], True)
    sheet = pixels(out, 0)
    for number, (name, turn, unit) in enumerate(TRAPS, start=1):
        placed = next(one for one in layout.placements if one.page == number)
        seen = pixels(path, number - 1, unit)
        if name == "trim":  # a viewer shows the bleed as well
            margins = np.array([20, 20, 30, 25]) * unit
            rows, columns = seen.shape[:2]
            left, low, right, high = np.roll(margins, -(turn // 90))
            seen = seen[round(high) : round(rows - low), round(left) : round(columns - right)]
        shown = cell(sheet, placed.trim)
        assert abs(shown.shape[0] - seen.shape[0]) + abs(shown.shape[1] - seen.shape[1]) <= 2
        height, width = min(shown.shape[0], seen.shape[0]), min(shown.shape[1], seen.shape[1])
        apart = np.abs(shown[:height, :width] - seen[:height, :width]).mean()
        assert apart < 4, (name, turn, unit, apart)


def test_bleed_reaches_half_the_gutter_and_no_page_crosses_a_spine(tmp_path):
    path = book(tmp_path / "book.pdf", 4, bleed=9)
    out, codes, layout = impose(tmp_path, path, "saddle", bleed=9, caliper=1.0)
    assert codes == []
    sheet = pixels(out, 0)
    right = next(one for one in layout.placements if one.side == 1 and one.page == 1)
    left, low, _, high = right.clip
    assert (cell(sheet, (left, low, right.clip[2], high)) < 255).all(axis=2).mean() > 0.97
    outside = sheet.copy()
    for one in (one for one in layout.placements if one.side == 1):
        a, b, c, d = (round(value) for value in one.clip)
        outside[sheet.shape[0] - d - 1 : sheet.shape[0] - b + 1, a - 1 : c + 1] = 255
    assert (outside == 255).all()


def test_marks_that_a_file_brings_along_are_not_printed(tmp_path):
    """What stands beyond the bleed box is not the page's, however wide the gutter is."""
    path = make_pdf(
        tmp_path / "t.pdf", "0 g 0 0 612 792 re f", page="/TrimBox[50 50 562 742]/BleedBox[41 41 571 751]"
    )
    out, codes, layout = impose(tmp_path, path, trim=(512.0, 692.0), bleed=18, up=1)
    left, low, right, high = layout.placements[0].trim
    sheet = pixels(out, 0)
    assert (cell(sheet, (left - 8, low - 8, right + 8, high + 8)) < 10).all()
    assert (cell(sheet, (left - 17, low - 17, left - 11, high + 17)) == 255).all()
    assert "PREFLIGHT_BLEED" in codes


def test_pictures_are_on_both_halves(tmp_path):
    path = tmp_path / "pictures.pdf"
    canvas = Canvas(str(path), pagesize=TRIM, invariant=1)
    for number in range(4):
        canvas.drawImage(ImageReader(Image.new("RGB", (8, 8), (40 * number, 0, 90))), 20, 20, 100, 100)
        canvas.showPage()
    canvas.save()
    out, _, layout = impose(tmp_path, path, "saddle")
    for one in layout.placements:
        left, low, _, _ = one.trim
        shown = cell(pixels(out, one.side - 1), (left + 30, low + 30, left + 110, low + 110))
        assert np.abs(shown.mean(axis=(0, 1)) - pixels(path, one.page - 1)[120, 60]).max() < 2


def test_an_unboxed_bleed_is_found_around_the_middle(tmp_path):
    path = book(tmp_path / "book.pdf", 1, bleed=9, boxes=False)
    _, codes, _ = impose(tmp_path, path, bleed=9)
    assert codes == ["PREFLIGHT_TRIM_MISSING"]


def test_a_page_without_its_bleed_is_named(tmp_path):
    assert impose(tmp_path, book(tmp_path / "book.pdf", 1), bleed=9)[1] == ["PREFLIGHT_BLEED"]


def test_a_page_of_another_size_keeps_it(tmp_path):
    """Smaller pages stand in the middle; nothing is scaled to the first page or to the sheet."""
    path = tmp_path / "small.pdf"
    canvas = Canvas(str(path), pagesize=(100, 150), invariant=1)
    canvas.rect(0, 0, 100, 150, fill=1, stroke=0)
    canvas.save()
    out, codes, layout = impose(tmp_path, path, sheet=(300.0, 400.0), up=1)
    dark = np.argwhere((pixels(out, 0) < 128).all(axis=2))
    assert (np.ptp(dark, axis=0) + 1).tolist() == [150, 100]
    assert codes == ["PREFLIGHT_SIZE"]
    with pikepdf.open(out) as sheets:
        assert list(sheets.pages[0].MediaBox) == [0, 0, *layout.sheet]


def test_a_page_that_lies_across_is_turned(tmp_path):
    path = tmp_path / "across.pdf"
    canvas = Canvas(str(path), pagesize=TRIM[::-1], invariant=1)
    canvas.rect(0, 0, 40, 144, fill=1, stroke=0)  # at the left: below, once its head is at the left
    canvas.save()
    out, codes, layout = impose(tmp_path, path, up=1)
    assert codes == ["PREFLIGHT_ROTATION"]
    shown = cell(pixels(out, 0), layout.placements[0].trim)
    assert (shown[-38:] < 128).all()
    assert (shown[:-42] > 128).all()
    assert layout.placements[0].rotate == 270


# --- words where they belong -------------------------------------------------------------------------------


@needs_poppler
@pytest.mark.parametrize(
    ("scheme", "more"),
    [
        ("saddle", {}),
        ("saddle", {"signature": 16, "caliper": 0.4}),
        ("saddle", {"sheet": (260.0, 600.0)}),
        ("perfect", {"signature": 8, "nest": 2, "turn": "head-to-foot"}),
        ("cutstack", {"turn": "left-right"}),
        ("work-tumble", {"up": 4}),
        ("work-turn", {"up": 4}),
        ("perfecting", {}),
    ],
)
def test_every_page_is_printed_where_the_layout_says(tmp_path, scheme, more):
    out, _, layout = impose(tmp_path, book(tmp_path / "book.pdf", 21), scheme, marks=MARKS, **more)
    said = subprocess.run(["pdftotext", "-bbox", out, "-"], capture_output=True, text=True, check=True).stdout
    height, found = layout.sheet[1], []
    for side, page in enumerate(said.split("<page ")[1:], start=1):
        for x0, y0, x1, y1, number in re.findall(
            r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">Page(\d{3})<', page
        ):
            found.append(
                (side, int(number), (float(x0) + float(x1)) / 2, height - (float(y0) + float(y1)) / 2)
            )
    expected = [one for one in layout.placements if one.page]
    assert len(found) == len(expected)
    for one in expected:
        left, low, _right, _high = one.trim
        x, y = {0: (45, 180), 90: (180, 99), 180: (99, 36), 270: (36, 45)}[
            one.rotate
        ]  # of the word in its trim
        near = [
            number
            for side, number, at_x, at_y in found
            if side == one.side and abs(at_x - left - x) < 12 and abs(at_y - low - y) < 12
        ]
        assert near == [one.page], (one, [f for f in found if f[0] == one.side])


@needs_poppler
def test_numbers_are_the_same_on_all_parts(tmp_path):
    path = book(tmp_path / "set.pdf", 3)
    numbers = Numbers(8, 12, "N{:06d}-{check}")
    out, _, _layout = impose(
        tmp_path, path, "cutstack", up=2, parts=3, numbers=numbers, number_at=(60.0, 10.0)
    )
    said = subprocess.run(
        ["pdftotext", "-layout", out, "-"], capture_output=True, text=True, check=True
    ).stdout
    shown = [re.findall(r"N(\d{6})-\d", side) for side in said.split("\f")[:-1]]
    assert shown == [["000008", "000011"]] * 3 + [["000009", "000012"]] * 3 + [["000010"]] * 3
    assert is_sound(out)
    fonts = subprocess.run(["pdffonts", out], capture_output=True, text=True, check=True).stdout
    assert re.search(r"DejaVuSans .* yes yes yes", fonts)


@needs_poppler
@pytest.mark.parametrize(("sheet", "rotate"), [((310.0, 240.0), 0), ((450.0, 160.0), 90)])
def test_a_number_stands_where_it_was_asked_for(tmp_path, sheet, rotate):
    """Also on a sheet that lies the other way."""
    path, numbers = book(tmp_path / "form.pdf", 1), Numbers(1, 2, "{:08d}")
    out, _, layout = impose(
        tmp_path, path, "cutstack", sheet=sheet, up=2, numbers=numbers, number_at=(30.0, 15.0)
    )
    said = subprocess.run(["pdftotext", "-bbox", out, "-"], capture_output=True, text=True, check=True).stdout
    found = {int(words[4]): [float(value) for value in words[:4]] for words in _WORDS.findall(said)}
    for one in layout.placements:
        left, low, _, high = one.trim
        x0, y0, _, y1 = found[one.number]
        start = (x0, sheet[1] - y1) if rotate == 0 else (x0, sheet[1] - y0)
        expected = (left + 30, low + 15) if rotate == 0 else (left + 15, high - 30)
        assert one.rotate == rotate
        assert start == pytest.approx(
            expected, abs=4
        )  # the box of a word reaches below the line it stands on


def test_a_number_format_with_letters_that_nobody_has_is_refused(tmp_path):
    path = book(tmp_path / "set.pdf", 1)
    assert refusal(tmp_path, path, numbers=Numbers(1, 2, "\u0e01{}")) == "GLYPH_MISSING"


@pytest.mark.parametrize(
    ("scheme", "more"),
    [
        ("saddle", {"caliper": 0.4}), ("saddle", {"signature": 16, "turn": "head-to-foot"}),
        ("saddle", {"sheet": (260.0, 600.0), "blanks": "before-back"}), ("perfect", {"signature": 8, "nest": 2}),
        ("nup", {"up": 4}), ("stepandrepeat", {"turn": "left-right"}), ("cutstack", {"turn": "head-to-foot", "up": 4}),
        ("work-turn", {"up": 4}), ("work-tumble", {"up": 8}), ("perfecting", {"up": 4}), ("gang", {"up": 6}),
    ],
)  # fmt: skip
def test_the_checker_folds_and_reads_them(tmp_path, scheme, more):
    """It shares nothing with what made them."""
    path = book(tmp_path / "book.pdf", 14, bleed=9)
    out, _, layout = impose(tmp_path, path, scheme, bleed=9, marks=MARKS, **more)
    (tmp_path / "layout.json").write_text(json.dumps(layout.as_data()))
    found = check(str(out), [str(path)], str(tmp_path / "layout.json"))
    assert (found.ok, found.findings) == (True, [])
    assert {page for page in found.reading_order if page} == set(range(1, 15))


# --- what hangs on pages and documents ---------------------------------------------------------------------

LOOK = "<</Type/XObject/Subtype/Form/BBox[0 0 200 40]>>stream:0 g 0 0 200 40 re f"
LETTER = {"trim": (612.0, 792.0), "up": 1}


def test_what_is_laid_over_a_page_is_printed_and_said(tmp_path):
    stamp = "<</Type/Annot/Subtype/Stamp/F 4/Rect[72 600 272 640]/AP<</N 11 0 R>>>>"
    path = make_pdf(tmp_path / "t.pdf", "1 g 0 0 9 9 re f", f"{stamp}\n{LOOK}", page="/Annots[10 0 R]")
    out, codes, layout = impose(tmp_path, path, **LETTER)
    assert "PDF_ANNOTATIONS" in codes
    left, low, _, _ = layout.placements[0].trim
    assert (cell(pixels(out, 0), (left + 74, low + 602, left + 270, low + 638)) < 10).all()


def test_what_would_vanish_is_refused(tmp_path):
    stamp = "<</Type/Annot/Subtype/Stamp/F 4/Rect[72 600 272 640]>>"
    path = make_pdf(tmp_path / "t.pdf", "1 g 0 0 9 9 re f", stamp, page="/Annots[10 0 R]")
    assert refusal(tmp_path, path, **LETTER) == "PDF_NO_APPEARANCE"


def test_a_bleed_survives_a_stamp(tmp_path):
    """A page with an annotation is drawn anew with it, and keeps what lies beyond its trim."""
    boxes = "/TrimBox[9 9 603 783]/BleedBox[0 0 612 792]"
    stamp = "<</Type/Annot/Subtype/Stamp/F 4/Rect[72 600 272 640]/AP<</N 11 0 R>>>>"
    path = make_pdf(
        tmp_path / "t.pdf", "0.5 g 0 0 612 792 re f", f"{stamp}\n{LOOK}", page=f"/Annots[10 0 R]{boxes}"
    )
    out, _, layout = impose(tmp_path, path, trim=(594.0, 774.0), bleed=9, up=1)
    assert (cell(pixels(out, 0), layout.placements[0].clip) < 250).all(axis=2).mean() > 0.995


def test_pages_blend_in_the_colors_of_their_group(tmp_path):
    group = "/Group<</S/Transparency/CS/DeviceCMYK/I true>>"
    path = make_pdf(tmp_path / "t.pdf", "0 1 1 0 k 72 72 200 200 re f", page=group)
    with pikepdf.open(impose(tmp_path, path, **LETTER)[0]) as sheets:
        assert pikepdf.Name.DeviceCMYK == sheets.pages[0].Group.CS
        assert "/Group" not in sheets.pages[0].Resources.XObject.P1
    with pikepdf.open(path) as pdf:  # beside one without, each page keeps its own
        pdf.add_blank_page(page_size=(612, 792))
        pdf.save(tmp_path / "two.pdf")
    with pikepdf.open(impose(tmp_path, tmp_path / "two.pdf", trim=LETTER["trim"])[0]) as sheets:
        assert "/Group" not in sheets.pages[0]
        assert pikepdf.Name.DeviceCMYK == sheets.pages[0].Resources.XObject.P1.Group.CS


def test_nothing_of_a_document_comes_along_but_its_pages(tmp_path):
    path = make_pdf(
        tmp_path / "t.pdf",
        "0 g 72 72 200 200 re f",
        "<</S/JavaScript/JS(app.alert(1))>>\n<</Type/Metadata/Subtype/XML>>stream:<x/>",
        catalog="/OutputIntents[<</S/GTS_PDFX/OutputConditionIdentifier(CGATS TR 006)>>]"
        "/OpenAction 10 0 R/Metadata 11 0 R/Names<</JavaScript<</Names[(a) 10 0 R]>>>>",
    )
    out, codes, _ = impose(tmp_path, path, **LETTER)
    assert "PDF_ACTIVE_CONTENT" in codes
    with pikepdf.open(out) as sheets:
        assert set(sheets.Root.keys()) == {"/Type", "/Pages", "/OutputIntents"}
        assert "/Info" not in sheets.trailer


def test_the_same_files_give_the_same_bytes(tmp_path):
    path = book(tmp_path / "book.pdf", 8)
    first = impose(tmp_path, path, "saddle", marks=MARKS)[0].read_bytes()
    assert impose(tmp_path, path, "saddle", marks=MARKS)[0].read_bytes() == first


def test_pages_are_never_made_pictures_nor_fonts_doubled(tmp_path):
    path = book(tmp_path / "book.pdf", 40)
    out, _, _ = impose(tmp_path, path, "saddle", marks=MARKS)
    assert out.stat().st_size < 1.05 * path.stat().st_size + 10_000  # the font of the slug
    with pikepdf.open(out) as sheets:
        kinds = [thing.get("/Subtype") for thing in sheets.objects if isinstance(thing, pikepdf.Stream)]
    assert "/Image" not in kinds


def test_a_gang_takes_pages_of_several_files(tmp_path):
    files = [book(tmp_path / f"{name}.pdf", 1) for name in "ab"]
    asked = Asked("gang", sheet=(612.0, 792.0), trim=TRIM, up=6)
    out = tmp_path / "sheets.pdf"
    made = child.impose(
        [Given(str(path), path.name, copies) for path, copies in zip(files, (2, 4), strict=True)],
        asked,
        str(out),
        "gang",
    )
    assert made.pages == [1, 1]
    assert is_sound(out)
    text = pypdfium2.PdfDocument(out)[0].get_textpage().get_text_range()
    assert text.count("Page001") == 6


# --- files that cannot be imposed --------------------------------------------------------------------------


def test_a_page_that_reaches_over_the_trim_is_refused(tmp_path):
    path = book(tmp_path / "book.pdf", 1, bleed=30, boxes=False)
    assert refusal(tmp_path, path) == "TRIM_OVERLAP"


def test_damaged_encrypted_and_endless_files_are_refused(tmp_path):
    path = book(tmp_path / "book.pdf", 2)
    with pikepdf.open(path) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="u", owner="o"))
        pdf.pages[1].obj["/Rotate"] = 45
        pdf.save(tmp_path / "turned.pdf")
        pdf.pages[1].obj["/Rotate"] = 0
        pdf.pages[1].obj["/UserUnit"] = -1
        pdf.save(tmp_path / "unit.pdf")
        del pdf.pages[1].obj["/UserUnit"]
        media = pdf.pages[1].obj["/MediaBox"]
        pdf.pages[1].obj["/MediaBox"] = pikepdf.Dictionary()
        pdf.save(tmp_path / "boxless.pdf")
        pdf.pages[1].obj["/MediaBox"] = media
        pdf.pages[1].obj["/Contents"] = pikepdf.Dictionary()
        pdf.save(tmp_path / "contents.pdf")
        del pdf.pages[:]
        pdf.save(tmp_path / "none.pdf")
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\nnothing\n%%EOF" + b" " * 100)
    codes = {
        "locked": "PDF_ENCRYPTED",
        "turned": "PDF_BAD_PAGE",
        "unit": "PDF_BAD_PAGE",
        "boxless": "PDF_BAD_PAGE",
        "none": "PDF_NO_PAGES",
        "contents": "PDF_DAMAGED",
        "cut": "PDF_UNREADABLE",
    }
    assert {name: refusal(tmp_path, tmp_path / f"{name}.pdf") for name in codes} == codes


def test_ten_thousand_pages_are_refused(tmp_path):
    pdf = pikepdf.new()
    page = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=[0, 0, *TRIM]))
    kids = [pdf.make_indirect(pikepdf.Dictionary(page)) for _ in range(10_000)]
    pdf.Root.Pages["/Kids"], pdf.Root.Pages["/Count"] = pikepdf.Array(kids), len(kids)
    pdf.save(tmp_path / "long.pdf")
    assert refusal(tmp_path, tmp_path / "long.pdf") == "PDF_TOO_MANY_PAGES"


def test_what_pages_inherit_is_written_once(tmp_path):
    """Resources that stand in the tree of pages, not as an object of their own."""
    with pikepdf.open(book(tmp_path / "book.pdf", 60)) as pdf:
        shared = pdf.pages[0].Resources
        names = {f"/M{k}": pikepdf.Dictionary(Name=sha256(b"%d" % k).hexdigest()) for k in range(1_000)}
        shared["/Properties"] = pikepdf.Dictionary(names)  # more than a packer remembers
        pdf.Root.Pages["/Resources"] = pikepdf.Dictionary(shared)
        for page in pdf.pages:
            del page.obj["/Resources"]
        pdf.save(tmp_path / "shared.pdf")
    out, _, _ = impose(tmp_path, tmp_path / "shared.pdf", "saddle")
    assert out.stat().st_size < 1.2 * (tmp_path / "shared.pdf").stat().st_size
