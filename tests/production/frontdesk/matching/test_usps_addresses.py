"""The look-up at the Postal Service against a real local server: tokens, limits, faults, turns."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta

import pytest

from kernel.errors import AttentionNeeded, InvalidInput, Unavailable
from production.frontdesk.address_matching.base import Asked, Matched, Waiting, addresses_of, require_form
from production.frontdesk.address_matching.usps_addresses import UspsAddresses
from production.frontdesk.address_matching.usps_api import Access, Found, Limited, UspsApi
from tests.production.frontdesk.matching.accepted_lists import accepted
from tests.production.frontdesk.matching.usps_server import CLIENT, SECRET, usps_server

TODAY = date(2026, 11, 26)
WHOLE = Found("70802", "4321", "07", "Y", "C005")
ADDRESS = ("1 oak st", "", "Baton Rouge", "LA", "70802")


@pytest.fixture
def usps():
    with usps_server() as server:
        yield server


@pytest.fixture
def api(usps):
    waits = []
    made = UspsApi(Access(usps.url, CLIENT, SECRET, timeout=1.5), sleep=waits.append)
    made.waits = waits
    yield made
    made.close()


def adapter(api, *, per_hour=120):
    return UspsAddresses(api, per_hour=per_hour, today=lambda: TODAY)


def test_one_address_with_one_token_for_many(usps, api):
    assert [api.look_up(*ADDRESS) for _ in range(3)] == [WHOLE] * 3
    assert usps.tokens == ["token-1"]
    assert usps.questions[0] == {
        "streetAddress": "1 oak st", "city": "Baton Rouge", "state": "LA", "ZIPCode": "70802",
    }  # fmt: skip


def test_a_token_that_ended_early_is_got_anew_once(usps, api):
    api.look_up(*ADDRESS)
    usps.forget_tokens()
    assert api.look_up(*ADDRESS) == WHOLE
    assert usps.tokens == ["old-token-1", "token-2"]


def test_a_token_is_not_used_to_its_last_second(usps, api):
    usps.expires_in = 0
    api.look_up(*ADDRESS)
    api.look_up(*ADDRESS)
    assert len(usps.tokens) == 2


def test_no_match_is_an_answer(usps, api):
    usps.unknown.add("1 oak st")
    assert api.look_up(*ADDRESS) == Found(note="no match")


def test_a_short_wish_to_wait_is_granted_and_a_long_one_passed_on(usps, api):
    usps.faults = [(429, {"Retry-After": "2"}, b"{}")]
    assert api.look_up(*ADDRESS) == WHOLE
    assert api.waits == [2.0]
    usps.faults = [(429, {"Retry-After": "900"}, b"{}")]
    with pytest.raises(Limited) as limit:
        api.look_up(*ADDRESS)
    assert limit.value.seconds == 900
    assert len(usps.questions) == 3  # and it is left alone


@pytest.mark.parametrize("fault", [(500, {}, b"oops"), (503, {}, b""), "slow", "drop"])
def test_a_passing_fault_is_tried_again(usps, api, fault):
    usps.faults = [fault]
    assert api.look_up(*ADDRESS) == WHOLE
    assert len(api.waits) == 1


def test_a_lasting_fault_is_unavailable(usps, api):
    usps.faults = [(502, {}, b"")] * 9
    with pytest.raises(Unavailable) as error:
        api.look_up(*ADDRESS)
    assert error.value.instance_code == "USPS_UNAVAILABLE"
    assert len(usps.faults) == 6  # three tries


@pytest.mark.parametrize(
    "body",
    [b"<html>", b'{"address": {"ZIPCode": ', b"[]", b'{"other": 1}', b'{"address": {}, "additionalInfo": 7}'],
)
def test_nonsense_is_no_answer(usps, api, body):
    usps.faults = [(200, {}, body)]
    with pytest.raises(Unavailable) as error:
        api.look_up(*ADDRESS)
    assert error.value.instance_code == "USPS_ANSWER"


def test_values_that_are_not_in_their_form_are_not_taken_over(usps, api):
    said = {
        "address": {"ZIPCode": "7080", "ZIPPlus4": 4321},
        "additionalInfo": {"deliveryPoint": "777", "DPVConfirmation": "X", "carrierRoute": "<b>"},
    }
    body = json.dumps(said).encode()
    usps.faults = [(200, {}, body)]
    assert api.look_up(*ADDRESS) == Found("70802")


def test_an_unknown_client_needs_a_person_and_no_secret_is_told(usps, caplog):
    caplog.set_level(logging.DEBUG)
    access = Access(usps.url, CLIENT, "not-the-secret")
    with pytest.raises(AttentionNeeded) as error:
        UspsApi(access).look_up(*ADDRESS)
    assert error.value.instance_code == "USPS_ACCESS"
    told = f"{error.value} {access!r} {caplog.text}"
    assert "not-the-secret" not in told
    assert "oak" not in told.lower()


def test_addresses_stay_out_of_the_log(usps, api, caplog):
    caplog.set_level(logging.DEBUG)
    api.look_up(*ADDRESS)
    assert "oak" not in caplog.text.lower()
    assert "token-1" not in caplog.text


def test_a_list_in_turns_keeps_what_it_has_and_ends_not_certified(usps, api):
    given = accepted([f"{n} OAK ST" for n in range(1, 26)])
    usps.unknown.add("3 OAK ST")
    asked, done, sizes = addresses_of(given), None, []
    for turn in range(1, 10):
        answer = adapter(api).match(Asked(asked, "r", turn=turn, done=done))
        if isinstance(answer, Matched):
            break
        assert answer.again_after == timedelta(minutes=5)  # 120 an hour: ten in five minutes
        done = answer.done
        sizes.append(len(done))
    assert sizes == [10, 20]
    assert len(usps.questions) == 25  # nobody is asked twice
    require_form(answer.rows, given)
    (evidence,) = answer.evidence
    assert not evidence.is_certified
    assert (evidence.counts["matched"], evidence.counts["unmatched"]) == (24, 1)
    assert answer.rows.column("note")[2].as_py() == "no match"


def test_a_turn_ended_by_a_limit_or_a_fault_keeps_its_rows(usps, api):
    given = addresses_of(accepted())
    usps.faults = [None, None, (429, {"Retry-After": "900"}, b"{}")]
    answer = adapter(api).match(Asked(given, "r", turn=1))
    assert isinstance(answer, Waiting)
    assert (len(answer.done), answer.again_after) == (2, timedelta(seconds=900))
    usps.faults = [None, *[(500, {}, b"")] * 3]
    answer = adapter(api).match(Asked(given, "r", turn=2, done=answer.done))
    assert len(answer.done) == 3
    usps.faults = [(500, {}, b"")] * 3
    with pytest.raises(Unavailable):
        adapter(api).match(Asked(given, "r", turn=3, done=answer.done))
    answer = adapter(api).match(Asked(given, "r", turn=3, done=answer.done))
    assert isinstance(answer, Matched)


def test_a_list_beyond_the_allowance_is_refused_before_anybody_is_asked(usps, api):
    given = addresses_of(accepted(["1 OAK ST"] * 49))
    with pytest.raises(InvalidInput) as refusal:
        adapter(api, per_hour=1).match(Asked(given, "r", turn=1))
    assert refusal.value.findings[0].code == "MATCH_TOO_MANY"
    assert usps.questions == []
