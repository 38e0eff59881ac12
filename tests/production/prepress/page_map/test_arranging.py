"""Files arranged anew, read by poppler and qpdf, which had no part in making them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from kernel.errors import InvalidInput
from production.prepress.page_map.arrangement import read, whole
from production.prepress.page_map.arranging import arrange, looks_of, pick_pages
from production.prepress.page_map.child import looks, write
from tests.production.prepress.preflight.test_against_order import (
    BLANK,
    OWN_FONT,
    PLAIN,
    SHOWN,
    WITH_BLEED,
    field,
    pages,
    stream,
)
from tests.production.prepress.preflight.test_pdf import SHARED
from tests.production.prepress.test_fixes import boxes, dots, run

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("pdftoppm", "pdfinfo", "qpdf"))), reason="needs poppler and qpdf"
)
GRAYS = (0.1, 0.3, 0.5, 0.7, 0.9)


def shaded(
    folder: Path, name: str = "shaded.pdf", grays: tuple[float, ...] = GRAYS, keys: bytes = PLAIN
) -> Path:
    """A page for each gray, filled with it."""
    path = folder / name
    path.write_bytes(pages(*((b"%g g 0 0 700 900 re f" % gray, b"") for gray in grays), keys=(keys,)))
    return path


def grays_of(path: Path, count: int) -> list[float]:
    """The gray in the middle of each page, white is 1."""
    found = [dots(path, page, 18) for page in range(1, count + 1)]
    return [round(float(one[one.shape[0] // 2, one.shape[1] // 2, 0]) / 255, 1) for one in found]


def made(tmp_path: Path, leaves: str, *sources: Path) -> Path:
    out = tmp_path / "made.pdf"
    write([str(one) for one in sources], read(leaves), str(out))
    assert run("qpdf", "--check", out).returncode == 0
    return out


def test_pages_stand_where_they_were_put(tmp_path):
    first, other = shaded(tmp_path), shaded(tmp_path, "other.pdf", (0.2, 0.4))
    out = made(tmp_path, "3,1,b,2.2,5,5", first, other)
    assert grays_of(out, 6) == [0.5, 0.1, 1.0, 0.4, 0.9, 0.9]


def test_a_turned_page_turns_with_its_boxes_and_a_blank_one_is_cut_as_its_neighbor(tmp_path):
    content = b"0 g 0 600 100 192 re f"  # the upper left corner
    path = tmp_path / "corner.pdf"
    path.write_bytes(pages((content, b""), keys=(WITH_BLEED,)))
    out = made(tmp_path, "1r90,b,1", path)
    turned, upright = dots(out, 1, 36), dots(out, 3, 36)
    assert turned.shape == upright.transpose(1, 0, 2).shape
    assert (turned[20, -30] == 0).all() and (turned[20, 30] == 255).all()
    assert boxes(out, 2) == boxes(out, 3)
    assert (dots(out, 2, 18) == 255).all()


def test_values_of_fields_and_hidden_layers_come_along(tmp_path):
    form, layered = tmp_path / "form.pdf", tmp_path / "layered.pdf"
    form.write_bytes(field(4, SHOWN))
    hidden = b"/OC /L BDC 0 g 0 0 700 900 re f EMC"
    group = b"<</Type/OCG/Name(hidden)>>"
    root = b"/OCProperties<</OCGs[5 0 R]/D<</OFF[5 0 R]/Order[5 0 R]>>>>"
    layered.write_bytes(pages((hidden, b"/Properties<</L 5 0 R>>"), keys=(PLAIN,), more=(group,), root=root))
    out = made(tmp_path, "1,2.1", form, layered)
    assert (dots(out, 1) == dots(form)).all() and dots(out, 1).min() == 0
    assert dots(out, 2).min() == 255
    with pikepdf.open(out) as pdf:
        assert "/AcroForm" not in pdf.Root and "/OCProperties" not in pdf.Root


def test_a_page_that_is_left_out_is_not_in_the_file_any_more(tmp_path):
    secret = (b"BT /F 9 Tf 99 99 Td (a) Tj ET %secret-words", b"/Font<</F 7 0 R>>")
    link = b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Dest[5 0 R/Fit]>>"
    path = tmp_path / "two.pdf"
    path.write_bytes(
        pages(BLANK, secret, keys=(PLAIN + b"/Annots[9 0 R]", PLAIN),
              more=(OWN_FONT.replace(b"6 0 R", b"8 0 R"), stream(b""), link))
    )  # fmt: skip
    plain = tmp_path / "plain.pdf"
    subprocess.run(["qpdf", "--qdf", made(tmp_path, "1", path), plain], check=True)
    assert b"secret-words" in path.read_bytes()
    assert b"secret-words" not in plain.read_bytes()


def test_a_file_with_fewer_pages_and_one_that_is_none_are_refused(tmp_path):
    out, path = tmp_path / "out.pdf", shaded(tmp_path)
    with pytest.raises(InvalidInput, match=r"5 pages; page 6 .*") as refusal:
        arrange([path], read("1-6"), out)
    assert refusal.value.instance_code == "COMPONENT_PAGES"
    with pytest.raises(InvalidInput, match="0 pages; page 1") as refusal:
        arrange([path], read("2.1"), out)
    for data, code in ((b"", "PDF_EMPTY"), (b"<html>", "TYPE_MISMATCH")):
        path.write_bytes(data)
        with pytest.raises(InvalidInput) as refusal:
            pick_pages(path, "1", out, field="files.0.pages")
        assert refusal.value.instance_code == code
    assert not out.exists()


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared PDF files")
@pytest.mark.parametrize(
    "name", ["hostile_cyclic_pages.pdf", "encrypted_user_password.pdf", "broken_no_root.pdf"]
)
def test_hostile_files_are_refused_in_words(tmp_path, name):
    with pytest.raises(InvalidInput) as refusal:
        arrange([SHARED / name], whole(1), tmp_path / "out.pdf")
    assert refusal.value.instance_code.startswith("PDF_")
    assert not (tmp_path / "out.pdf").exists()


def test_looks_tell_equal_pages_from_unlike_ones(tmp_path):
    path = shaded(tmp_path, grays=(0.1, 0.1, 0.12, 0.9))
    one, same, near, far = looks(str(path))
    assert one == same and len({one, near, far}) == 3
    turned = made(tmp_path, "1r90,1", path)
    assert looks(str(turned))[1] == one != looks(str(turned))[0]
    assert looks_of(SHARED / "encrypted_user_password.pdf") == []
