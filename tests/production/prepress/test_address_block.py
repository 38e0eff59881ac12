"""The address block: ink that stays off the bars, and long lines that break while there is room."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal.barcodes.imb_geometry import CLEAR_ABOVE_BELOW
from production.prepress.merge import fonts, text_columns
from production.prepress.merge.fields import Fields, Kind, default_fields
from production.prepress.merge.print_file import (
    CompiledTemplate,
    PageMarks,
    Part,
    compile_template,
    merge_segment,
    text_findings,
)
from production.prepress.merge.read_back import check_print_file
from tests.production.prepress.letters import make_imb, make_table, make_template

FIELDS = default_fields()
IMB, ADDRESS = FIELDS.of_kind(Kind.IMB)[0], FIELDS.of_kind(Kind.ADDRESS)[0]
FACE = fonts.face(ADDRESS.font)
BARS_END = IMB.y + IMB.height
DPI = 600


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> CompiledTemplate:
    return compile_template(
        make_template(tmp_path_factory.mktemp("letter") / "t.pdf"), Fields(FIELDS.of_kind(Kind.ADDRESS))
    )


def addressed(names: list[str], **more: list[str]) -> pa.Table:
    rows = len(names)
    return make_table(rows, recipient=names, **({"company": [""] * rows, "street2": [""] * rows} | more))


def printed(compiled, table, path):
    """The print file; it passes its own check."""
    marks, imb = PageMarks(1, np.arange(1, table.num_rows + 1)), make_imb(table.num_rows)
    made = merge_segment(compiled, table, imb, marks, path)
    assert check_print_file(made.path, [Part(compiled, table, np.arange(table.num_rows))], imb, marks) == []
    return made.path


def gap(path, page: int) -> float:
    """Points between the foot of the bars and the first ink of the address."""
    scale = DPI / 72
    picture = pypdfium2.PdfDocument(path)[page].render(scale=scale, grayscale=True).to_numpy()
    top, left, right = (int(v * scale) for v in (BARS_END - 8, ADDRESS.x, ADDRESS.x + ADDRESS.width))
    inked = (picture.reshape(picture.shape[:2])[top:, left:right] < 128).any(axis=1)
    return top / scale + int(np.argmax(inked)) / scale - BARS_END


NAMES = [
    "ÉMILIE ÑAÑEZ",
    "ÅSA ÔZTÜRK",
    "NGUYỄN THỊ ẮNH",
    "Ẳ",
    "PLAIN NAME",
    "`|",
    "ŮŇ " + "VERY LONG NAME " * 3,
]


@pytest.mark.parametrize("company", ["", "Ổ ẴN CO"])
def test_accents_stay_out_of_the_clear_zone_of_the_bars(tmp_path, compiled, company):
    table = addressed([*NAMES, ""], company=[company] * 8, street2=["APT 2"] * 8)
    path = printed(compiled, table, tmp_path / "o.pdf")
    for page in range(table.num_rows):
        assert gap(path, page) >= CLEAR_ABOVE_BELOW


def block(table, use):
    """The operators of the address block of each row."""
    laid = text_columns.lay_out(ADDRESS, text_columns.field_lines(ADDRESS, table), use, 792.0)
    return text_columns.join_runs(laid.draw(), table.num_rows).to_pylist()


LETTERS = "".join(
    chr(c) for c in (*range(65, 91), *range(0xC0, 0x250), *range(0x1E00, 0x1F00)) if FACE.has_glyph[c]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(LETTERS + "   ", max_size=60), min_size=1, max_size=4))
def test_no_ink_leaves_the_block_at_its_top(names):
    """By the font's own bounds: wherever the first line stands and whatever its size is, its highest ink is inside."""
    table = addressed(names, street=["1 MAIN ST"] * len(names))
    use = text_columns.FontUse(
        b"F", FACE, None if all(map(str.isascii, names)) else np.arange(fonts.TABLE_SIZE)
    )
    for operators, name in zip(block(table, use), names, strict=True):
        head = operators[: operators.index(b" Td")].split()
        size, leading, top = float(head[1]), float(head[3]), float(head[6])
        first = " ".join(name.split(" ")).strip() or "1 MAIN ST"
        highest = max(FACE.ascender, *(float(FACE.reach[ord(letter)]) for letter in first))
        assert top - leading + size * highest <= 792 - ADDRESS.y + 0.02


@pytest.mark.parametrize("mark", ["", "Ł"])
def test_a_long_name_breaks_while_the_block_has_room(tmp_path, compiled, mark):
    long = f"{mark}THE HONORABLE MAXIMILIANE WOLFESCHLEGELSTEINHAUSEN-BERGERDORFF OF LOUISIANA"
    table = addressed([long, "ANN ROE", long], street2=["", "", "APT 2"], company=["", "", "ACME CO"])
    assert text_findings(compiled, table) == []
    path = printed(compiled, table, tmp_path / "o.pdf")
    pages = [page.get_textpage().get_text_bounded().split("\r\n") for page in pypdfium2.PdfDocument(path)]
    for page, others in ((pages[0], 2), (pages[2], 4)):
        lines = [line for line in page if "Static" not in line]
        assert " ".join(lines[:-others]) == long
        assert len(lines) == others + 2
        assert lines[-1].startswith("BATON ROUGE LA 708")


def test_a_row_is_set_alike_alone_and_among_others():
    names = ["WILHELMINA " * 6, "Ẳ " + "WILHELMINA " * 6, "ANN", "É" + "LODIE MARGUERITE " * 4]
    table = addressed(names)
    use = text_columns.FontUse(b"F", FACE, np.arange(fonts.TABLE_SIZE, dtype=np.uint32).astype(np.uint16))
    together = block(table, use)
    for row in range(len(names)):
        assert block(table.slice(row, 1).combine_chunks(), use) == [together[row]]


def test_what_fits_no_way_is_returned(compiled):
    long_city = "SAINT LOUIS DU HA HA DES TROIS RIVIERES SUR LA MONTAGNE DE LA GASPESIE"
    table = addressed(["W" * 90, "WILHELMINA " * 30, "ANN ROE"], city=["X", "X", long_city])
    found = text_findings(compiled, table)
    assert [(f.code, f.place.row) for f in found] == [("ADDRESS_OVERFLOW", row) for row in (2, 3, 4)]
