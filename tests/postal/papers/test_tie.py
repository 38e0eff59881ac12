"""Papers agree with their plan and each other to the piece and the cent; whatever figure is changed is caught."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import Corrupt
from kernel.money import Money
from postal.data.editions import InForce, editions
from postal.maildat.mailing import describe
from postal.papers import documentation, statement
from postal.papers.tie import label_figures, maildat_figures, report_figures, statement_figures, tie
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PresortPlan
from tests.postal.maildat_sets import changed, mailing, sample_plan
from tests.postal.test_every_plan import PLANS, book, mail, piece_for

PLAN = sample_plan()
MAILING = mailing(PLAN)
BARCODES = list(MAILING.tray_barcodes)
MAIL_DAT = describe(PLAN, MAILING, version="26-1").maildat


def statement_rows(plan: PresortPlan, form: str = "") -> list[list[str]]:
    header = statement.StatementHeader("State Mail", "BATON ROUGE LA")
    lines = statement.line_map(form or plan.form, InForce(plan.mail_date, editions()))
    return list(statement.to_csv(statement.preview(plan, header, lines=lines)))


def report_rows(plan: PresortPlan) -> list[list[str]]:
    made = documentation.qualification_report(plan, mailer="A", preparer="B", permit="1", software="x")
    return list(documentation.to_csv(made))


STATEMENT, REPORT = statement_rows(PLAN), report_rows(PLAN)
LABELS = [(PLAN.label(tray), BARCODES[tray - 1]) for tray in range(1, len(PLAN.trays) + 1)]


def refused(*figures) -> str:
    with pytest.raises(Corrupt) as refusal:
        tie(PLAN, figures, barcodes=BARCODES)
    assert refusal.value.instance_code == "PAPERS_TIE"
    return refusal.value.sentence


@pytest.mark.parametrize("plan_id", PLANS)
def test_the_papers_of_every_plan_tie(plan_id):
    plan = plan_presort(
        mail(1, 3_000),
        book(plan_id),
        mailpiece=piece_for(plan_id),
        mailer_line="STATE MAIL BATON ROUGE LA 708",
    )
    made = mailing(plan)
    papers = [
        *(statement_figures(statement_rows(plan, part.form)) for part in plan.statements),
        report_figures(report_rows(plan)),
        label_figures((plan.label(t), made.tray_barcodes[t - 1]) for t in range(1, len(plan.trays) + 1)),
        maildat_figures(describe(plan, made, version="26-1").maildat),
    ]
    tie(plan, papers, barcodes=made.tray_barcodes)
    assert plan.form in {"3600-FCM", "3602-R", "3602-N"}
    with pytest.raises(Corrupt):
        tie(replace(plan, postage=plan.postage + Money(1)), papers, barcodes=made.tray_barcodes)


def counted(rows: list[list[str]], kinds: set[str]) -> list[tuple[int, int]]:
    """Cells of a statement that hold a figure."""
    return [
        (k, column)
        for k, row in enumerate(rows)
        if row and row[0] in kinds
        for column, cell in enumerate(row)
        if column and cell.replace(".", "").isdigit()
    ]


def raised(rows: list[list[str]], place: tuple[int, int], by: int) -> list[list[str]]:
    """A copy with one figure changed in its last place."""
    k, column = place
    cell = rows[k][column]
    digits = cell.replace(".", "")
    last = f"{(int(digits[-1]) + by) % 10}"
    other = [list(row) for row in rows]
    other[k][column] = cell[: len(cell) - 1] + last
    return other


@given(st.sampled_from(counted(STATEMENT, {"line", "part", "containers", "total"})), st.integers(1, 9))
@settings(deadline=None)
def test_any_figure_changed_on_the_statement_is_caught(place, by):
    if STATEMENT[place[0]][1:2] == ["net_due"]:
        return  # what is due depends on what is affixed; the plan does not say it
    assert "statement" in refused(statement_figures(raised(STATEMENT, place, by)))


REPORT_TABLE = [k for k, row in enumerate(REPORT) if row and row[0] in {"tray_no", "level"}]
REPORT_CELLS = [
    (k, column)
    for k, row in enumerate(REPORT)
    if row and REPORT_TABLE[0] < k and k != REPORT_TABLE[1] and row[0] != "assumption"
    for column, cell in enumerate(row)
    if cell.replace(".", "").isdigit() and not (k > REPORT_TABLE[1] and len(row) == 5 and column == 1)
]


@given(st.sampled_from(REPORT_CELLS), st.integers(1, 9))
@settings(deadline=None, max_examples=150)
def test_any_figure_changed_on_the_report_is_caught(place, by):
    refused(report_figures(raised(REPORT, place, by)))


@given(
    st.sampled_from(range(len(LABELS))),
    st.sampled_from(
        ["line_1", "line_2", "line_3", "label_zip", "cin", "tray_type", "level", "pieces", "first_piece"]
    ),
)
@settings(deadline=None)
def test_any_label_changed_is_caught(row, name):
    label, barcode = LABELS[row]
    value = getattr(label, name)
    other = replace(label, **{name: value + 1 if isinstance(value, int) else f"{value}X"})
    refused(label_figures([*LABELS[:row], (other, barcode), *LABELS[row + 1 :]]))


def test_a_barcode_of_another_tray_a_label_lost_and_a_label_twice_are_caught():
    swapped = [(LABELS[0][0], LABELS[1][1]), (LABELS[1][0], LABELS[0][1]), *LABELS[2:]]
    refused(label_figures(swapped))
    refused(label_figures(LABELS[:-1]))
    refused(label_figures([*LABELS, LABELS[-1]]))


@given(st.sampled_from(["CQT-1103", "CSM-1121", "CSM-1150", "CSM-1103", "CQT-1008", "CSM-1159"]), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_figure_changed_in_the_maildat_is_caught(code, data):
    held = MAIL_DAT[code[:3].lower()]
    row = data.draw(st.integers(0, len(held) - 1))
    cell = bytes(held.bytes_of(code)[row])
    other = b"S " if code == "CQT-1008" and cell.strip() != b"S" else cell[:1] + b"123456789"[: len(cell) - 1]
    if cell.ljust(len(other)) == other.ljust(len(cell)) or (code == "CQT-1008" and cell.strip() == b"S"):
        return
    refused(maildat_figures(changed(MAIL_DAT, code, other, row=row)))


def test_unreadable_figures_are_told_not_raised():
    broken = [[cell.replace("0", "?") if k == 5 else cell for k, cell in enumerate(row)] for row in STATEMENT]
    assert "cannot be read" in refused(statement_figures(broken))
    refused(statement_figures([]))
    refused(report_figures([]))


BUNDLED = plan_presort(
    mail(2, 1_500),
    book("fcm-flat-automation-bundle"),
    mailpiece=piece_for("fcm-flat-automation-bundle"),
    mailer_line="STATE MAIL BATON ROUGE LA 708",
)
BUNDLE_ROWS = report_rows(BUNDLED)
BUNDLE_HEAD = next(k for k, row in enumerate(BUNDLE_ROWS) if row[:2] == ["tray_no", "bundle_no"])


def test_bundles_are_documented_one_by_one():
    head, rows = BUNDLE_ROWS[BUNDLE_HEAD], BUNDLE_ROWS[BUNDLE_HEAD + 1 :]
    assert len(rows) == len(BUNDLED.bundles)
    assert sum(int(row[head.index("bundle_pieces")]) for row in rows) == BUNDLED.pieces
    by_level = {level.code: level for level in BUNDLED.levels}
    for row, first in zip(rows, BUNDLED.bundles.first_piece.tolist(), strict=True):
        cell = dict(zip(head, row, strict=True))
        if by_level[cell["bundle_level"]].key == "zip5":
            assert cell["bundle_zip"] == f"{BUNDLED.zip5[first - 1]:05d}"


@given(st.integers(BUNDLE_HEAD + 1, len(BUNDLE_ROWS) - 1), st.sampled_from([0, 5]), st.integers(1, 9))
@settings(deadline=None)
def test_any_bundle_changed_is_caught(row, column, by):
    barcodes = mailing(BUNDLED).tray_barcodes
    tie(BUNDLED, [report_figures(BUNDLE_ROWS)], barcodes=barcodes)
    with pytest.raises(Corrupt):
        tie(BUNDLED, [report_figures(raised(BUNDLE_ROWS, (row, column), by))], barcodes=barcodes)
