"""The papers of a real little mailing: read back as text, scanned as pictures, made twice."""

from __future__ import annotations

from datetime import date

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from kernel.money import Money, Rate
from postal.data.editions import InForce, editions
from postal.money.meters import MeterRun, Registers, tie_out
from postal.papers.documentation import qualification_report
from postal.papers.statement import StatementHeader, line_map, preview
from production.prepress.papers import job_papers
from production.prepress.papers.sheet import NOT_LIVE
from production.prepress.preflight.pdf import preflight_pdf
from tests.postal.mailings import LAST_YEAR, columns, planned

TICKET = job_papers.JobTicketPaper(
    number="27-004218-1",
    title="Renewal notices <b>& reminders</b>",
    agency="Department of Health",
    barcode="27-004218-1",
    facts=(("Due", "November 24, 2026"), ("Quantity", "48,211 letters"), ("Stock", "20 lb bond")),
    operations=(
        job_papers.TicketOperation("Print", "Press 2", "96,422", "Segment 1 of 3"),
        job_papers.TicketOperation("Insert", "Inserter", "48,211"),
    ),
    instructions=("Keep the pieces in print order.",),
)  # fmt: skip


def texts(path) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path)]


def picture(path, page: int = 0) -> np.ndarray:
    image = pypdfium2.PdfDocument(path)[page].render(scale=300 / 72, grayscale=True).to_numpy()
    return image.reshape(image.shape[:2])


def label(tray: int) -> job_papers.TrayLabelPaper:
    return job_papers.TrayLabelPaper(
        tray, "BATON ROUGE LA 708", "FCM LTR 5D BC", "STATE PRINT BATON ROUGE LA", f"708012421123456{tray:08d}8",
        "2 ft MM", "5D", 400, tray * 400 - 399, tray * 400,
    )  # fmt: skip


def test_the_ticket_scans_and_says_what_to_do(tmp_path):
    made = job_papers.job_ticket(TICKET, tmp_path / "t.pdf")
    (text,) = texts(made.path)
    for words in (
        "27-004218-1",
        "<b>& reminders</b>",
        "Press 2",
        "Segment 1 of 3",
        "48,211",
        "Page 1 of 1",
        "print order",
    ):
        assert words in text
    assert NOT_LIVE not in text
    assert [code.text for code in zxingcpp.read_barcodes(picture(made.path))] == ["27-004218-1"]
    assert made.pages == 1
    assert made.bytes == made.path.stat().st_size


def test_tray_labels_scan(tmp_path):
    made = job_papers.tray_labels([label(k) for k in range(1, 14)], tmp_path / "l.pdf")
    assert made.pages == 2
    found = [code.text for page in (0, 1) for code in zxingcpp.read_barcodes(picture(made.path, page))]
    assert sorted(found) == [label(k).barcode for k in range(1, 14)]
    first, second = texts(made.path)
    assert first.count("BATON ROUGE LA 708") == 10
    assert "4,801–5,200" in second


def test_a_label_without_content_identifier_has_no_barcode(tmp_path):
    bare = job_papers.TrayLabelPaper(1, "MIXED", "FCM LTR", "ORIGIN", "", "1 ft", "MAADC", 9, 1, 9)
    made = job_papers.tray_labels([bare], tmp_path / "l.pdf")
    assert "no tray barcode" in texts(made.path)[0]
    assert zxingcpp.read_barcodes(picture(made.path)) == []
    with pytest.raises(ValueError, match="no trays"):
        job_papers.tray_labels([], tmp_path / "n.pdf")


def test_caution_stands_on_every_page(tmp_path):
    caution = ("The AADC list is a stand-in.",)
    ticket = job_papers.job_ticket(
        job_papers.JobTicketPaper("1", "t", "a", "1", (), TICKET.operations * 60, (), caution),
        tmp_path / "t.pdf",
    )
    labels = job_papers.tray_labels([label(k) for k in range(1, 14)], tmp_path / "l.pdf", caution=caution)
    for made in (ticket, labels):
        assert made.pages > 1
        assert all(NOT_LIVE in text for text in texts(made.path))
    assert "stand-in" in texts(ticket.path)[0]
    assert f"Page {ticket.pages} of {ticket.pages}" in texts(ticket.path)[-1]


@pytest.mark.parametrize(("closing", "verdict"), [(65_500, "ties out"), (65_433, "DOES NOT TIE OUT")])
def test_the_meter_sheet_names_its_gap(tmp_path, closing, verdict):
    opening = Registers(Money(1_000_000), Money(500_000), 1000)
    after = Registers(Money(1_000_000 + closing), Money(500_000 - closing), 1800)
    runs = [MeterRun("1-07", 500, Rate.of("0.74")), MeterRun("1-09", 300, Rate.of("0.95"))]
    lines = tuple(job_papers.MeterRunLine(run, "Health", "First-Class", "letter", "1 oz") for run in runs)
    result = tie_out(opening, after, runs=runs)
    sheet = job_papers.MeterSheetPaper("PB-1", date(2026, 11, 20), opening, after, lines, (), result)
    (text,) = texts(job_papers.meter_sheet(sheet, tmp_path / "m.pdf").path)
    assert verdict in text
    assert "655.00" in text
    assert ("0.67" in text) == (closing == 65_433)


def test_papers_of_a_presort_plan(tmp_path):
    plan = planned(columns({70801: 400, 70802: 90, 70112: 300, 10001: 30}))
    header = StatementHeader("State of Louisiana", "BATON ROUGE LA 70826", mail_owner="Department of Health")
    statement = preview(plan, header, lines=line_map("3600-FCM", InForce(LAST_YEAR, editions())))
    shown = "\n".join(texts(job_papers.statement_preview(statement, tmp_path / "s.pdf").path))
    assert f"{statement.postage}" in shown
    assert all(f"{line.pieces:,}" in shown and str(line.postage) in shown for line in statement.lines)
    assert "Department of Health" in shown
    report = qualification_report(plan, mailer="State", preparer="Print shop", permit="1", software="Indicia")
    shown = "\n".join(texts(job_papers.qualification_paper(report, tmp_path / "q.pdf").path))
    assert all(f"{row[-1]:,}" in shown for row in report.rows)
    assert all(level in shown and postage in shown for level, _, _, _, postage in report.totals)
    labels = [job_papers.TrayLabelPaper.of(plan.label(k), "") for k in range(1, len(plan.trays) + 1)]
    shown = "\n".join(texts(job_papers.tray_labels(labels, tmp_path / "l.pdf").path))
    assert all(label.line_1 in shown for label in labels)


def test_the_same_values_give_the_same_bytes(tmp_path):
    for make, value in ((job_papers.job_ticket, TICKET), (job_papers.tray_labels, [label(1)])):
        assert make(value, tmp_path / "a.pdf").sha256 == make(value, tmp_path / "b.pdf").sha256


def test_every_font_is_embedded(tmp_path):
    for make, value in ((job_papers.job_ticket, TICKET), (job_papers.tray_labels, [label(1)])):
        found = preflight_pdf(make(value, tmp_path / "a.pdf").path, "a.pdf")
        assert found.findings == []
        assert found.fonts
        assert all("DejaVu" in name and is_embedded for name, is_embedded in found.fonts)
