"""The incentives of the shop on the screen: what is claimed on a day, why not, and entering the claims."""

from __future__ import annotations

import re

import pytest

from production.mailings.setup import SHOPS
from production.mailings.shop import shop_profile
from production.people.setup import ONE, history
from tests.factories import PLANT

URL = "/mailroom/incentives"
CLAIMS = {"full_service": "yes", "crid": "1234567", "seamless_crid": "1234567", "payment_account": "88"}


def test_what_the_shop_claims_is_entered_and_another_person_agrees(sign_in, plant):
    ada = sign_in("administrator")
    before = ada.get(f"{URL}?on=2025-08-01").text
    assert "The shop claims no incentive" in before
    assert "The shop&#39;s CRID, which electronic documents name, is not entered." in before
    assert "carry the new numbers" in ada.submit(URL, **CLAIMS).text
    asked = ada.submit(URL, **CLAIMS, knowing=["PERMIT_CHANGE"], follow=True).text
    assert "Shop: the change waits for a second person." in asked
    assert "The shop claims no incentive" in asked
    assert "Another change of this waits" in ada.submit(URL, **CLAIMS | {"payment_account": "89"}).text
    clerk = sign_in("billing_clerk")
    question = clerk.get("/second-person").text
    assert "Enterprise payment account: nothing becomes 88" in question
    clerk.submit("/second-person", re.search(r"/second-person/setup/\w+", question)[0])
    with plant.db.read_only(PLANT) as session:
        profile = shop_profile(session)
        assert (profile.full_service, profile.crid, profile.payment_account) == (True, "1234567", "88")
        assert history(session, SHOPS, ONE)[0].why == "Incentives."
    page = ada.get(f"{URL}?on=2025-08-01").text
    assert "The shop claims no incentive" not in page
    assert "$0.005 a piece" in page
    assert "This amount is unconfirmed: trade press announcement" in page
    assert "$7,000.00" in page
    early = ada.get(f"{URL}?on=2020-08-01").text
    assert "No sort plan for automation mail is in force on this day." in early


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (CLAIMS | {"crid": ""}, "Full-Service needs the CRID that submits the documents."),
        (CLAIMS | {"seamless_crid": "12 34"}, "This is a number of at most 12 digits."),
        (CLAIMS | {"payment_account": "x"}, "This is a number of at most 20 digits."),
        (CLAIMS | {"service_type_id": "999"}, "Service type 999 is not in"),
        (CLAIMS | {"service_type_id": "311"}, "Service type 311 is for marketing mail, not for first class."),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(sign_in, typed, words):
    answer = sign_in("administrator").submit(URL, **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed["payment_account"]}"' in answer.text


def test_the_service_type_that_advice_sends_an_administrator_here_for_is_entered_here(sign_in, plant):
    ada = sign_in("administrator")
    assert 'name="service_type_id"' in ada.get(URL).text
    kept = ada.submit(URL, crid="SAMPLE", service_type_id="300", follow=True).text
    assert "Shop is changed. The version before is in the history." in kept
    with plant.db.read_only(PLANT) as session:
        assert shop_profile(session).service_type_id == "300"
    assert 'value="300"' in ada.get(URL).text


def test_a_mail_operator_reads_and_does_not_enter(sign_in):
    mona = sign_in("mail_operator")
    page = mona.get(URL)
    assert page.status_code == 200
    assert "An administrator enters what the shop claims." in page.text
    assert mona.post(URL, data=CLAIMS).status_code in (400, 403)
    assert sign_in("requester").get(URL).status_code == 403
