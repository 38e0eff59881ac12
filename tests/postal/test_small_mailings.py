"""Mailings too small for how they are paid or classed, and pieces of Marketing Mail that go on as First-Class Mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.findings import Severity
from kernel.money import Money, to_cents, total
from postal.barcodes.stids import service_type
from postal.data.editions import InForce, editions
from postal.data.limits import limits, load_limits
from postal.maildat.mailing import Owner, describe
from postal.maildat.overview import piece_list
from postal.maildat.records import to_arrow
from postal.maildat.reprice import reprice
from postal.maildat.validate import validate
from postal.papers.documentation import qualification_report
from postal.papers.documentation import to_csv as report_rows
from postal.papers.statement import StatementHeader, line_map, preview
from postal.papers.statement import to_csv as statement_rows
from postal.papers.tie import maildat_figures, report_figures, statement_figures, tie
from postal.piece.mailpiece import Mailpiece
from postal.sorting.plan_file import read_plan, write_plan
from postal.sorting.presort import plan_presort
from postal.sorting.rule_book import rule_book
from postal.sorting.volume import CLASS_MINIMUM, PERMIT_MINIMUM, permit_stop, volume_stops
from tests.postal.maildat_sets import mailing
from tests.postal.mailings import LETTER, columns

DAY = date(2025, 9, 15)
LIMITS = limits(InForce(DAY, editions()))
HEADER = StatementHeader("Division of Administration", "BATON ROUGE LA 70826")
FLAT = Mailpiece(Decimal(12), Decimal(9), Decimal("0.1"), Decimal(2))


def planned(plan_id="mm-letter-automation", with_point=None, without=None, *, piece=LETTER, payment="permit"):
    rules = rule_book(plan_id, InForce(DAY, editions(), allow_test_only=True), origin_zip5=70802)
    pieces = columns(with_point or {70801: 400, 71101: 200}, without or {})
    return plan_presort(pieces, rules, mailpiece=piece, mailer_line="X", payment=payment)


@given(st.integers(1, 400), st.decimals("0.1", 16, places=1))
@settings(deadline=None)
def test_a_permit_imprint_needs_200_pieces_or_50_pounds(pieces, ounces):
    weight = (ounces / 16).quantize(Decimal("0.0001")) * pieces
    found = permit_stop([(pieces, ounces)], LIMITS, Money(12_00))
    if pieces >= 200 or weight >= 50:
        assert not found
        return
    (stop,) = found
    assert (stop.code, stop.severity) == (PERMIT_MINIMUM, Severity.STOP)
    assert "Pay by meter, $12.00 at single-piece prices, or mail it with another job." in stop.remedy


def test_streams_of_one_mailing_count_together():
    assert not permit_stop([(150, Decimal(1)), (50, Decimal(2))], LIMITS)
    assert permit_stop([(150, Decimal(1)), (49, Decimal(2))], LIMITS)


def test_the_exceptions_of_a_limit_are_data_with_their_source():
    (residual,) = LIMITS.exceptions
    assert (residual.limit, residual.name, residual.status) == (
        "permit-imprint-pieces",
        "residual",
        "unconfirmed",
    )
    assert "604.5.1.2" in residual.source


def test_a_limit_file_with_an_exception_of_nothing_is_refused(tmp_path):
    path = tmp_path / "limits.toml"
    text = LIMITS.edition.path.read_text("utf-8")
    path.write_text(text.replace('limit = "permit-imprint-pieces"', 'limit = "no-such"'), "utf-8")
    with pytest.raises(ValueError, match="exception"):
        load_limits(replace(LIMITS.edition, path=path))


def test_forty_letters_are_too_few_and_the_meter_takes_them():
    plan = planned("fcm-letter-automation", {70801: 40})
    (stop,) = volume_stops([plan], LIMITS)
    assert stop.code == PERMIT_MINIMUM
    assert "$29.60" in stop.remedy  # 40 x 0.74
    assert volume_stops([planned("fcm-letter-automation", {70801: 40}, payment="metered")], LIMITS) == ()
    assert planned("fcm-letter-automation", {70801: 40}, payment="metered").postage == Money(29_60)


def test_marketing_mail_under_its_minimum_stops_and_offers_first_class_with_its_price():
    stops = volume_stops([planned(with_point={70801: 199})], LIMITS)
    assert [stop.code for stop in stops] == [CLASS_MINIMUM, PERMIT_MINIMUM]
    assert "First-Class Mail, $147.26 as single pieces" in stops[0].remedy  # 199 x 0.74
    assert volume_stops([planned(with_point={70801: 200})], LIMITS) == ()


def test_what_is_left_of_marketing_mail_has_a_statement_of_its_own():
    plan = planned(without={70801: 7, 10001: 3})
    main, residual = plan.statements
    assert (main.mail_class, main.form, main.pieces) == ("STD", "3602-R", 600)
    assert (residual.mail_class, residual.form, residual.pieces) == ("FCM", "3600-FCM", 10)
    assert residual.postage == Money(7_40)
    assert plan.postage == main.postage + residual.postage
    assert [(one.words, one.first_piece, one.last_piece) for one in plan.markings] == [
        ("PRSRT STD", 1, 600),
        ("FIRST-CLASS MAIL", 601, 610),
    ]
    of_main, of_residual = (
        preview(plan, HEADER, lines=line_map(part.form, InForce(DAY, editions()))) for part in plan.statements
    )
    assert (of_main.mail_class, of_main.pieces) == ("STD", 600)
    assert (of_residual.mail_class, of_residual.pieces, of_residual.postage) == ("FCM", 10, Money(7_40))
    assert [row.part_name for row in of_residual.lines] == ["Single-piece residual"]


def test_first_class_mail_keeps_its_residual_on_one_statement():
    plan = planned("fcm-letter-automation", {70801: 600}, {10001: 5})
    assert [(part.mail_class, part.pieces) for part in plan.statements] == [("FCM", 605)]
    assert not plan.goes_on_apart(np.arange(1, 606)).any()


@pytest.mark.parametrize(
    ("plan_id", "piece"),
    [("mm-letter-automation", LETTER), ("np-letter-automation", LETTER), ("mm-flat-automation", FLAT)],
)
def test_maildat_has_a_segment_for_what_goes_on_as_first_class(plan_id, piece, tmp_path):
    plan = planned(plan_id, without={70801: 7, 10001: 3}, piece=piece)
    owners = tuple(Owner(f"Agency {n}", crid=f"100000{n}") for n in range(int(plan.job.max()) + 1))
    sent = replace(
        mailing(plan),
        service_type=service_type("311", InForce(DAY, editions())),
        residual_service_type_id="310",
        owners=owners,
        owner_of_job=tuple(range(len(owners))),
    )
    maildat = describe(plan, sent, version="26-1").maildat
    segments = to_arrow(maildat["seg"]).to_pylist()
    assert [(row["SEG-1002"], row["SEG-1102"]) for row in segments] == [("0001", "3"), ("0002", "1")]
    units = to_arrow(maildat["mpu"]).to_pylist()
    rate = "N" if plan_id.startswith("np-") else "R"
    assert {(row["MPU-1002"], row["MPU-1111"], row["MPU-1112"]) for row in units} == {
        ("0001", "3", rate),
        ("0002", "1", "R"),
    }
    trays = to_arrow(maildat["csm"]).to_pylist()
    apart = [row["CSM-1120"] for row in trays if row["CSM-1002"] == "0002"]
    assert sum(apart) == 10
    service = [row["tracking"][2:5] for row in piece_list(maildat).to_pylist()]
    assert service == ["311"] * 600 + ["310"] * 10
    assert [finding for finding in validate(maildat) if finding.severity is Severity.STOP] == []
    assert reprice(maildat, among=editions(), allow_test_only=True).postage in {
        plan.postage,
        to_cents(total([level.postage for level in plan.levels])),
    }
    statements = [
        statement_figures(
            statement_rows(preview(plan, HEADER, lines=line_map(part.form, InForce(DAY, editions()))))
        )
        for part in plan.statements
    ]
    report = report_rows(qualification_report(plan, mailer="", preparer="", permit="", software=""))
    tie(
        plan,
        [*statements, report_figures(report), maildat_figures(maildat)],
        barcodes=sent.tray_barcodes,
    )
    write_plan(plan, tmp_path / "plan")
    again = read_plan(tmp_path / "plan")
    assert (again.statements, again.markings) == (plan.statements, plan.markings)


@given(
    st.integers(200, 500),
    st.integers(0, 40),
    st.sampled_from(["mm-letter-automation", "np-letter-automation"]),
)
@settings(deadline=None, max_examples=20)
def test_statements_add_to_the_postage_and_pieces(many, few, plan_id):
    plan = planned(plan_id, {70801: many}, {10001: few} if few else {})
    assert sum(part.pieces for part in plan.statements) == plan.pieces == many + few
    assert sum(part.postage.cents for part in plan.statements) == plan.postage.cents
    assert len(plan.statements) == (2 if few else 1)
