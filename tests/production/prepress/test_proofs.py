from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from kernel.errors import UserError
from production.prepress.merge.print_file import compile_template
from production.prepress.proofs import choose_records, merge_proof, render, render_pages
from tests.production.prepress.letters import letter_fields, make_imb, make_table, make_template


def test_records_worth_a_look():
    names = ["A B", "THE LONGEST NAME OF THEM ALL", "C D", "É È Ê", "E F", "G H"]
    table = make_table(
        6, recipient=names, company=["", "", "X CO", "", "", ""], street2=["", "", "APT", "", "", ""]
    )
    chosen = dict(choose_records(table, np.array([1, 1, 1, 0, 0, 2], np.uint8)))
    assert chosen == {
        0: "first record, sort level 1",
        1: "longest name",
        2: "most address lines",
        3: "most unusual characters, sort level 0",
        5: "sort level 2",
    }


def test_plain_lists_and_empty_lists():
    assert choose_records(make_table(1, recipient=["A"])) == [
        (0, "first record, longest name, most address lines")
    ]
    assert choose_records(make_table(0)) == []


def test_the_proof_holds_the_chosen_records(tmp_path):
    compiled = compile_template(make_template(tmp_path / "t.pdf"), letter_fields())
    made = merge_proof(compiled, make_table(30), make_imb(30), rows=[7, 2], out=tmp_path / "proof.pdf")
    texts = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(made.path)]
    assert ["R00007" in texts[0], "R00002" in texts[1], len(texts)] == [True, True, 2]
    assert make_imb(30)[7].tobytes().decode() in texts[0]


def test_pictures_of_pages(tmp_path):
    path = make_template(tmp_path / "t.pdf", 2)
    one, two = render_pages(path, [1, 2], dpi=50)
    picture = Image.open(io.BytesIO(one))
    assert picture.size == (425, 550)
    assert one != two
    assert np.asarray(picture.convert("L")).min() < 100
    assert render(path, 2, dpi=50) == two


def test_what_cannot_be_shown(tmp_path):
    path = tmp_path / "no.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(UserError) as raised:
        render(path, 1)
    assert raised.value.instance_code == "PROOF_RENDER"
    with pytest.raises(UserError):
        render(make_template(tmp_path / "t.pdf"), 9)
