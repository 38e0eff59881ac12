"""Evidence of address quality: ages on the mailing date, what a list loses, what is told of several lists."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.address.evidence import (
    NOT_CERTIFIED,
    SEVERAL_WAYS,
    WAYS_OF_MOVE_UPDATE,
    Evidence,
    EvidenceKind,
    ListEvidence,
    judge,
    told,
)
from postal.data.editions import InForce, editions
from postal.plans.sort_plans import sort_plan
from tests.postal.mailings import TODAY

PLAN = sort_plan("fcm-letter-automation", InForce(TODAY, editions()))
ROUTES = sort_plan("mm-letter-carrier-route", InForce(TODAY, editions(), allow_test_only=True))


def matched(age: int, *, is_certified: bool = True) -> Evidence:
    return Evidence(EvidenceKind.MATCHING, "CASS", is_certified, "Coder 5.1", TODAY - timedelta(days=age))


def updated(age: int, *, method: str = "NCOALink") -> Evidence:
    return Evidence(
        EvidenceKind.MOVE_UPDATE,
        method,
        is_certified=True,
        software="Mover 2",
        processed_on=TODAY - timedelta(days=age),
    )


def listed(*evidence: Evidence, name: str = "26-1") -> ListEvidence:
    return ListEvidence(name, evidence)


def codes_of(plan, *evidence, assume_missing=False):
    verdict = judge(plan, listed(*evidence), mail_date=TODAY, assume_missing=assume_missing)
    return [finding.code for finding in verdict.stops], verdict.may_automate, verdict.may_presort


@pytest.mark.parametrize(
    ("move_update_age", "matching_age", "codes", "may_automate", "may_presort"),
    [
        (95, 180, [], True, True),
        (96, 180, ["MOVE_UPDATE_AGE"], False, False),
        (95, 181, ["ADDRESS_MATCHING_AGE"], False, True),
        (400, 400, ["ADDRESS_MATCHING_AGE", "MOVE_UPDATE_AGE"], False, False),
    ],
)
def test_old_evidence_stops_the_mailing(move_update_age, matching_age, codes, may_automate, may_presort):
    found = codes_of(PLAN, matched(matching_age), updated(move_update_age))
    assert found == (codes, may_automate, may_presort)


@pytest.mark.parametrize(("age", "codes"), [(90, []), (91, ["CARRIER_ROUTE_AGE"])])
def test_route_codes_age_sooner_than_the_matching(age, codes):
    assert codes_of(ROUTES, matched(age), updated(1))[0] == codes
    assert codes_of(PLAN, matched(age), updated(1))[0] == []


def test_missing_and_uncertified_evidence_are_the_same_to_the_rules():
    missing = ["ADDRESS_MATCHING_MISSING", "MOVE_UPDATE_MISSING"]
    assert codes_of(PLAN) == (missing, False, False)
    assert codes_of(PLAN, matched(1, is_certified=False)) == (missing, False, False)
    assert codes_of(ROUTES, updated(1)) == (["CARRIER_ROUTE_MISSING"], False, True)


def test_a_shop_with_test_data_assumes_what_is_missing_and_says_so_but_not_what_is_old():
    verdict = judge(PLAN, listed(updated(96)), mail_date=TODAY, assume_missing=True)
    assert [finding.code for finding in verdict.stops] == ["MOVE_UPDATE_AGE"]
    assert [NOT_CERTIFIED in sentence for sentence in verdict.assumed] == [True]
    assert verdict.may_presort is False
    assert judge(PLAN, listed(), mail_date=TODAY, assume_missing=True).may_automate is True


@given(st.integers(-10, 400), st.integers(-10, 400))
def test_growing_older_never_helps(younger, days):
    young = judge(PLAN, listed(matched(younger), updated(younger)), mail_date=TODAY, assume_missing=False)
    older = younger + abs(days)
    old = judge(PLAN, listed(matched(older), updated(older)), mail_date=TODAY, assume_missing=False)
    assert len(old.stops) >= len(young.stops)
    assert old.may_automate <= young.may_automate <= young.may_presort


def test_the_newest_certified_evidence_counts():
    assert codes_of(PLAN, matched(300), matched(10), matched(1, is_certified=False), updated(5))[0] == []


def test_of_several_lists_the_oldest_date_is_told_and_one_bare_list_leaves_nothing():
    first, second = listed(updated(10)), listed(updated(40), name="26-2")
    found = told([first, second], EvidenceKind.MOVE_UPDATE)
    assert (found.on, found.code) == (TODAY - timedelta(days=40), WAYS_OF_MOVE_UPDATE["NCOALink"])
    assert found.method == "NCOALink (Mover 2)"
    other = told([first, listed(updated(3, method="ACS"), name="26-3")], EvidenceKind.MOVE_UPDATE)
    assert other.code == SEVERAL_WAYS
    bare = told([first, listed(name="26-4")], EvidenceKind.MOVE_UPDATE)
    assert (bare.method, bare.on, bare.code) == (NOT_CERTIFIED, None, "")
    assert told([], EvidenceKind.MATCHING).method == NOT_CERTIFIED


def test_words_say_when_nobody_certifies():
    assert listed(matched(0)).words(EvidenceKind.MATCHING) == f"CASS, Coder 5.1, {date.isoformat(TODAY)}"
    assert listed(matched(0, is_certified=False)).words(EvidenceKind.MATCHING).startswith(NOT_CERTIFIED)
    assert listed().words(EvidenceKind.MATCHING) == NOT_CERTIFIED


def test_mail_sorted_without_delivery_points_needs_no_matching():
    machinable = sort_plan("fcm-letter-machinable", InForce(TODAY, editions()))
    assert codes_of(machinable, updated(95)) == ([], True, True)
    assert codes_of(machinable, matched(1)) == (["MOVE_UPDATE_MISSING"], False, False)
