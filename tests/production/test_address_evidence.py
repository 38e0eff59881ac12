"""What missing and old evidence does to a mailing: it stops, or it loses prices, told in dollars."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from kernel.errors import InvalidInput
from kernel.findings import Severity
from kernel.money import Rate
from postal.address.evidence import NOT_CERTIFIED, Evidence, EvidenceKind, EvidencePolicy, ListEvidence
from postal.data.editions import InForce, editions
from postal.plans.sort_plans import sort_plan
from postal.prices.prices import PriceCell, PriceSet
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import RuleBook
from postal.sorting.streams import Stream
from production.mailings.shop import (
    ShopProfile,
    evidence_findings,
    plan_mailing,
    rated_streams,
    require_evidence,
    shop_rules,
)
from tests.postal.mailings import LAST_YEAR, LETTER, columns

ZIPS = {70802: 400, 70112: 300}
AUTOMATION, MACHINABLE = "fcm-letter-automation", "fcm-letter-machinable"
PLAN = sort_plan(AUTOMATION, InForce(LAST_YEAR, editions()))


def shop(policy=EvidencePolicy.STOP, *, allow_test_only=True) -> ShopProfile:
    return ShopProfile(
        id=1, name="State Printing", origin_zip5="70802", post_office="BATON ROUGE LA 70802", permit_number="1",
        crid="1", service_type_id="310", allow_test_only=allow_test_only, pieces_per_segment=5000, bars="glyphs",
        evidence_policy=policy,
    )  # fmt: skip


def evidence(name="26-1", *, matched=10, updated=10) -> ListEvidence:
    acts = [
        Evidence(kind, method, is_certified=True, software="S 1", processed_on=LAST_YEAR - timedelta(days=age))
        for kind, method, age in (
            (EvidenceKind.MATCHING, "CASS", matched), (EvidenceKind.MOVE_UPDATE, "NCOALink", updated),
        )
        if age is not None
    ]  # fmt: skip
    return ListEvidence(name, tuple(acts))


def pieces(jobs=1) -> PieceColumns:
    made = columns(ZIPS)
    return replace(made, job=(np.arange(len(made)) % jobs).astype(np.int32))


def rules_of(profile, plan_id=AUTOMATION) -> RuleBook:
    return shop_rules(
        profile, plan_id, InForce(LAST_YEAR, editions(), allow_test_only=profile.allow_test_only)
    )


def plan(profile, lists, rules=None):
    stream = Stream(pieces(len(lists)), LETTER)
    return plan_mailing(profile, [stream], rules or rules_of(profile), lists=[lists])[0]


def test_current_evidence_changes_nothing():
    (bare,) = plan_mailing(shop(), [Stream(pieces(), LETTER)], rules_of(shop()))
    done = plan(shop(), [evidence()])
    assert (done.postage, done.assumptions, done.findings) == (bare.postage, bare.assumptions, bare.findings)


@pytest.mark.parametrize(
    ("ages", "code"),
    [({"updated": 96}, "MOVE_UPDATE_AGE"), ({"matched": 181}, "ADDRESS_MATCHING_AGE")],
)
def test_old_evidence_stops(ages, code):
    with pytest.raises(InvalidInput) as stopped:
        plan(shop(), [evidence(), evidence("26-2", **ages)])
    assert stopped.value.instance_code == "ADDRESS_EVIDENCE"
    assert [finding.code for finding in stopped.value.findings] == [code]
    assert "26-2" in stopped.value.findings[0].message


@pytest.mark.parametrize("ages", [{"updated": 96}, {"matched": 181}, {"updated": 400, "matched": 400}])
def test_the_list_concerned_is_re_rated_and_the_dollars_are_told(ages):
    done = plan(shop(EvidencePolicy.RERATE), [evidence(), evidence("26-2", **ages)])
    current = plan(shop(), [evidence(), evidence("26-2")])
    second = np.asarray(done.job) == 1
    assert (np.asarray(done.zip11)[second] == -1).all()
    assert (np.asarray(done.zip11)[~second] >= 0).all()
    assert set(np.asarray(done.level_of_piece)[second].tolist()) == {len(done.levels) - 1}  # single pieces
    assert done.postage > current.postage
    codes = {finding.code: finding for finding in done.findings}
    assert f"${done.postage - current.postage} less" in codes["ADDRESS_EVIDENCE_COST"].message
    assert all(finding.severity is Severity.WARN for finding in done.findings)
    assert done.pieces == current.pieces


def with_machinable_prices(rules: RuleBook) -> RuleBook:
    """A made-up price between automation and single pieces, which no source gives."""
    table = rules.prices.tables[AUTOMATION]
    cells = tuple(
        PriceCell(level, None, Rate.of("0.65"), "not_in_force", entry="") for level in ("AADC", "mixed AADC")
    )
    tables = {**rules.prices.tables, MACHINABLE: replace(table, id=MACHINABLE, cells=cells)}
    return replace(rules, prices=PriceSet(rules.prices.edition, rules.on, tables))


def test_machinable_mail_needs_move_update_and_no_matching():
    live = shop(EvidencePolicy.STOP)
    machinable = with_machinable_prices(rules_of(live, MACHINABLE))
    done = plan(live, [evidence(matched=400)], machinable)
    assert plan(live, [evidence()]).postage < done.postage < done.single_piece_postage
    assert not [finding for finding in done.findings if finding.code.startswith("ADDRESS")]
    for policy in EvidencePolicy:  # one list cannot be left out of such a sort
        with pytest.raises(InvalidInput) as stopped:
            plan(shop(policy), [evidence(), evidence("26-2", updated=96)], machinable)
        assert [finding.code for finding in stopped.value.findings] == ["MOVE_UPDATE_AGE"]


def test_streams_lose_what_their_own_lists_lose():
    rerate = shop(EvidencePolicy.RERATE)
    streams = [Stream(pieces(), LETTER), Stream(pieces(), LETTER)]
    lists = [[evidence()], [evidence("26-2", matched=181)]]
    good, bad = rated_streams(rerate, streams, rules_of(rerate), lists)
    assert good is streams[0]
    assert (bad.pieces.zip11 == -1).all()
    first, second = plan_mailing(rerate, streams, rules_of(rerate), lists=lists)
    assert second.postage == second.single_piece_postage
    assert first.postage < first.single_piece_postage


def test_missing_evidence_is_an_assumption_with_test_data_and_a_stop_without():
    bare = ListEvidence("26-1")
    done = plan(shop(), [bare])
    said = [sentence for sentence in done.assumptions if NOT_CERTIFIED in sentence]
    assert len(said) == 2
    assert done.postage == plan(shop(), [evidence()]).postage
    live = shop(allow_test_only=False)
    found = evidence_findings(live, PLAN, [bare], LAST_YEAR)
    assert [finding.code for finding in found] == ["ADDRESS_MATCHING_MISSING", "MOVE_UPDATE_MISSING"]
    with pytest.raises(InvalidInput):
        require_evidence(live, PLAN, [bare], LAST_YEAR)
    require_evidence(shop(EvidencePolicy.RERATE, allow_test_only=False), PLAN, [bare], LAST_YEAR)
    require_evidence(live, PLAN, [evidence()], LAST_YEAR)
