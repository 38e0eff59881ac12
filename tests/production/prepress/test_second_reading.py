"""Print files and papers read again by pypdf: what is right passes, and every kind of fault is named."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pytest

from kernel.errors import Corrupt
from production.prepress.merge.fonts import WINDOWS_1252
from production.prepress.merge.print_file import Part, compile_template, merge_parts
from production.prepress.papers import sheet
from production.prepress.second_reading import CODE, Shown, read_again, read_print_file, spread
from tests.production.prepress.letters import letter_fields, make_imb, make_table, make_template
from tests.production.prepress.merge.test_print_file import marks_of

LETTER = (612.0, 792.0)
NAMES = ["RENÉE (D\\)", "ŁUKASZ Ąę", "Nguyễn Thị Hạnh", "Ἀθηνᾶ", "ДМИТРИЙ"]
_LETTERS = "".join(sorted(WINDOWS_1252 - {"\n"}))
NAMES += [_LETTERS[start : start + 40] for start in range(0, len(_LETTERS), 40)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A print file of two pages a piece, over several nodes of the page tree, and what it was made from."""
    return _made(tmp_path_factory.mktemp("print"), make_table(700))


def _made(folder, table, *, bars="glyphs"):
    compiled = compile_template(make_template(folder / "t.pdf", 2), letter_fields())
    parts, imb, marks = (
        [Part(compiled, table, np.arange(len(table)))],
        make_imb(len(table)),
        marks_of(len(table)),
    )
    merge_parts(parts, imb, marks, folder / "print.pdf", bars=bars)
    return folder / "print.pdf", parts, imb, marks


def messages(path, parts, imb, marks, *, bars="glyphs"):
    found = read_print_file(path, parts, imb, marks, bars=bars)
    assert {(one.code, one.severity) for one in found} <= {(CODE, "stop")}
    return [one.message for one in found]


def test_a_good_print_file_passes(made):
    assert messages(*made) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bars", ["glyphs", "rectangles"])
def test_letters_of_all_kinds_read_as_they_were_written(tmp_path, name, bars):
    made = _made(tmp_path, make_table(3, recipient=[name] * 3), bars=bars)
    assert messages(*made, bars=bars) == []


@pytest.mark.parametrize("place", [0, 699])
def test_another_record_on_a_page_is_found(made, place):
    path, (part,), imb, marks = made
    order = np.arange(700)
    order[[place, 350]] = order[[350, place]]
    other = [Part(part.compiled, part.table.take(order), part.places)]
    assert messages(path, other, imb, marks) != []
    assert messages(path, [part], imb[order], marks) != []
    assert len(messages(path, [part], imb, marks_of(700, 1))) == 6  # three pieces of two pages


def test_nobodys_name_is_in_what_is_said(made):
    path, (part,), imb, marks = made
    other = [Part(part.compiled, make_table(700, recipient=["NAME NOT TOLD"] * 700), part.places)]
    assert "NOT TOLD" not in " ".join(messages(path, other, imb, marks))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda pdf: pdf.pages[1399].obj.__setitem__("/MediaBox", [0, 0, 612, 800]), "612 by 800 points"),
        (lambda pdf: pdf.pages[0].obj.__setitem__("/CropBox", [0, 0, 600, 792]), "its size is"),
        (lambda pdf: pdf.pages[0].obj.__setitem__("/Rotate", 90), "unturned"),
        (lambda pdf: pdf.pages.__delitem__(700), "1,399 pages, not 1,400"),
    ],
)
def test_boxes_and_pages_are_what_was_meant(made, tmp_path, change, says):
    with pikepdf.open(made[0]) as pdf:
        change(pdf)
        pdf.save(tmp_path / "changed.pdf")
    (said,) = messages(tmp_path / "changed.pdf", *made[1:])
    assert says in said


def test_a_torn_file_is_refused_not_repaired(made, tmp_path):
    data = made[0].read_bytes()
    damaged = [data.replace(b"/Pages/Count 1400", b"/Pages/Count 1401"), data.replace(b"/XRef", b"/XReg")]
    for wrong in (data[:-400], data[: len(data) // 2], b"", *damaged):
        (tmp_path / "torn.pdf").write_bytes(wrong)
        assert len(messages(tmp_path / "torn.pdf", *made[1:])) == 1


def test_a_paper_that_says_something_else_is_not_kept(tmp_path):
    sheet.use_fonts()
    out = tmp_path / "paper.pdf"

    def story():
        return [sheet.text("Total 1,234"), *(sheet.text(f"Line {k}") for k in range(120))]

    made = sheet.write(out, story(), title="A paper", subtitle="27-000001-6", figures=["1,234", "Line 119"])
    assert made.pages > 1
    data = out.read_bytes()
    assert read_again(io.BytesIO(data), made.pages, {1: Shown(LETTER, ["A paper", "Page 2 of"])}) == []
    with pytest.raises(Corrupt, match="1,235 stands nowhere") as refusal:
        sheet.write(tmp_path / "no.pdf", story(), title="A paper", subtitle="x", figures=["1,235"])
    assert refusal.value.instance_code == CODE
    assert not (tmp_path / "no.pdf").exists()
    with pytest.raises(Corrupt, match="pages, not 9"):
        sheet.keep(tmp_path / "no.pdf", data, [()] * 9, size=LETTER)


def test_a_sample_has_both_ends():
    assert spread(3, 8) == [0, 1, 2]
    assert spread(100, 3) == [0, 50, 99]
    assert spread(1, 8) == [0]
