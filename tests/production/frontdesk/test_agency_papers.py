"""Papers for an agency, read by poppler and pikepdf, which had no part in making them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import pikepdf
import pytest

from kernel.errors import Corrupt
from production.frontdesk.orders.confirmation import ConfirmationPaper, confirmation_paper
from production.frontdesk.quoting.quote_paper import OfferPaper, QuotePaper, quote_paper
from production.prepress.papers import agency_paper
from production.prepress.papers.agency_paper import PriceTable

TITLE = "Guía de caza: Hướng dẫn săn bắn, Phở & Ñandú <b>#strong[x]</b> $1.00 " + "m" * 131
LINES = [
    ("Job set-up", "1", "$0.00", "$0.00"),
    *(((f"Work {n}", "2,500", "$0.0125", "$31.25")) for n in range(40)),
]


def quote(title=TITLE, lines=LINES, total="$2,500.00"):
    offer = OfferPaper(
        "Alternative 1: Rack card", [("How many", "2,500")], ["Added: sorted"], PriceTable(lines, total)
    )
    return QuotePaper(
        title=title, number="27-000001-3, quote 1, revision 2", revision=2, about=[("For", "Nguyễn Thị Hồng")],
        words=["Paper as last time."], offers=[offer], small=["x"],
        changes=["Rack card: $2,500.00 instead of $2,400.00."],
    )  # fmt: skip


@pytest.fixture(scope="module")
def paper():
    return quote_paper(quote())


def read(data, folder):
    (folder / "paper.pdf").write_bytes(data)
    command = ["pdftotext", "-layout", folder / "paper.pdf", "-"]
    return re.sub(r"\s+", " ", subprocess.run(command, capture_output=True, text=True, check=True).stdout)


needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")


@needs_poppler
def test_all_that_is_said_stands_on_the_paper(paper, tmp_path):
    assert len(TITLE) == 200
    text = read(paper, tmp_path)
    for part in (
        "Guía de caza: Hướng dẫn săn bắn, Phở & Ñandú <b>#strong[x]</b> $1.00",
        "For: Nguyễn Thị Hồng",
    ):
        assert part in text, part
    assert (
        text.replace("\u200b", "").replace(" ", "").count("m" * 131) == 1
    )  # a word too long for a line is broken
    assert "since revision 1 • Rack card: $2,500.00 instead of $2,400.00." in text
    assert all(" ".join(line) in text for line in LINES) and "Total $2,500.00" in text


def test_it_is_tagged_in_its_language_with_heads_of_columns_on_each_page(paper):
    assert paper == quote_paper(quote())
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked and str(root.Lang) == "en-US" and root.ViewerPreferences.DisplayDocTitle
        assert "pdfuaid:part" in str(root.Metadata.read_bytes())
        kinds = list(_kinds(root.StructTreeRoot))
        assert pdf.docinfo["/Title"] == TITLE
        assert all(font.get("/ToUnicode") for page in pdf.pages for font in page.Resources.Font.values())
    assert kinds.count("H1") == 1 and kinds.count("TH") == 4 and kinds.count("TD") >= 4 * len(LINES)


def _kinds(node):
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _kinds(one)
    elif isinstance(node, pikepdf.Dictionary):
        yield str(node.get("/S", "/"))[1:]
        if "/K" in node:
            yield from _kinds(node.K)


@needs_poppler
def test_letters_that_the_font_lacks_stop_no_paper(tmp_path):
    hostile = ["\x00a\x07b", "漢字", "a\u20ddb", "\ue000", "", "العربية", "e\u0301"]
    value = ConfirmationPaper(
        title="".join(hostile), number="27-000002-1, version 1", about=[("For", one) for one in hostile], facts=[],
        stops=hostile, prices=PriceTable([], "$0.00"), shares=[], small=[],
    )  # fmt: skip
    text = read(confirmation_paper(value), tmp_path)
    assert (
        "Order confirmation" in text
        and "Total $0.00" in text
        and "• \ufffda\ufffdb • \ufffd\ufffd • a\ufffdb" in text
    )
    assert "• é" in text


def test_a_figure_that_another_reader_does_not_find_stops_it():
    with pytest.raises(Corrupt):
        agency_paper.tagged_paper(
            agency_paper._ROOT / "frontdesk/quoting/quote.typ", quote(lines=[]), figures=["$2,500.01"]
        )
