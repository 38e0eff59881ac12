"""Every class and shape that can be sorted, with bundles, routes and entry: a Mail.dat that validates and ties."""

from __future__ import annotations

from collections import Counter

import pytest

from kernel.money import to_cents
from postal.maildat.mailing import describe
from postal.maildat.overview import postage, statement_rows
from postal.maildat.records import to_arrow
from postal.maildat.validate import validate
from postal.plans.routes import route_text
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PresortPlan
from tests.postal.maildat_sets import mailing
from tests.postal.test_every_plan import PLANS, book, mail, piece_for


def planned(plan_id: str, **more) -> PresortPlan:
    """Random mail of three jobs on several routes."""
    return plan_presort(
        mail(1, 3_000),
        book(plan_id, **more),
        mailpiece=piece_for(plan_id),
        mailer_line="STATE MAIL BATON ROUGE LA 708",
    )


@pytest.fixture(scope="module", params=PLANS)
def plan(request):
    return planned(request.param)


@pytest.mark.parametrize("version", ["25-1", "26-1"])
def test_it_validates_and_ties_to_the_piece_and_the_cent(plan, version):
    maildat = describe(plan, mailing(plan), version=version).maildat
    assert [finding for finding in validate(maildat) if finding.severity.value == "stop"] == []
    expected: Counter[tuple[str, str]] = Counter()
    rates = {}
    for level in plan.levels:
        expected[level.mail_dat_price, {"DSCF": "S", "DDU": "D"}.get(level.entry, "N")] += level.pieces
        rates.setdefault(level.mail_dat_price, set()).add(level.rate)
    written: Counter[tuple[str, str]] = Counter()
    for row in statement_rows(maildat):
        written[row.price, row.entry] += row.pieces
    assert written == +expected
    assert len(to_arrow(maildat["csm"])) == len(plan.trays)
    if all(len(some) == 1 for some in rates.values()):
        single = {price: rate for price, some in rates.items() for rate in some if rate is not None}
        assert to_cents(postage(maildat, single)) == plan.postage


def test_bundles_are_packages_with_their_pieces_and_routes(plan):
    maildat = describe(plan, mailing(plan), version="26-1").maildat
    pqt = to_arrow(maildat["pqt"]).to_pylist()
    if plan.bundles is None:
        assert {row["PQT-1012"] for row in pqt} == {"000001"}
        return
    pieces: Counter[str] = Counter()
    for row in pqt:
        pieces[row["PQT-1012"]] += row["PQT-1104"]
    assert pieces == {f"{n:06d}": count for n, count in enumerate(plan.bundles.pieces.tolist(), start=1)}
    if plan.route is not None:
        by_route = [row for row in pqt if row["PQT-1102"] == "B"]
        firsts = plan.bundles.first_piece
        assert by_route or "route" not in plan.sort_plan
        for row in by_route:
            assert row["PQT-1101"] == route_text(int(plan.route[firsts[int(row["PQT-1012"]) - 1] - 1]))
