"""The qualification report agrees with plan and statement."""

from __future__ import annotations

from postal.papers.documentation import qualification_report, to_csv
from tests.postal.mailings import columns, planned

PLAN = planned(columns({70801: 2600, 70802: 149, 70806: 30, 10001: 5}, {70801: 3}))
REPORT = qualification_report(
    PLAN, mailer="Agency", preparer="State Mail", permit="1", software="Indicia 0.1"
)


def test_one_row_a_tray_with_running_totals():
    assert REPORT.columns == (
        "tray_no",
        "level",
        "label_zip",
        "tray_size",
        "cin",
        "pieces_5D",
        "pieces_AADC",
        "pieces_MAADC",
        "pieces_SP",
        "tray_total",
        "running_total",
    )
    assert REPORT.rows == (
        (1, "5D", "70801", "T", "242", 1050, 0, 0, 0, 1050, 1050),
        (2, "5D", "70801", "T", "242", 1050, 0, 0, 0, 1050, 2100),
        (3, "5D", "70801", "O", "242", 500, 0, 0, 0, 500, 2600),
        (4, "AADC", "70700", "O", "245", 0, 179, 0, 0, 179, 2779),
        (5, "MAADC", "70700", "O", "246", 0, 0, 5, 0, 5, 2784),
        (6, "SP", "70700", "O", "", 0, 0, 0, 3, 3, 2787),
    )


def test_totals_agree_with_the_plan():
    assert REPORT.totals == (
        ("5D", 3, 2600, "0.593", "1541.8000"),
        ("AADC", 1, 179, "0.641", "114.7390"),
        ("MAADC", 1, 5, "0.672", "3.3600"),
        ("SP", 1, 3, "0.74", "2.2200"),
    )
    assert REPORT.trays == (("2-foot MM", 2), ("1-foot MM", 4))
    assert REPORT.assumptions == PLAN.assumptions


def test_csv_holds_every_tray():
    rows = list(to_csv(REPORT))
    start = rows.index(list(REPORT.columns)) + 1
    assert [row[-1] for row in rows[start : start + 6]] == ["1050", "2100", "2600", "2779", "2784", "2787"]
