"""The setting that opens least postage: who at the Postal Service agreed, when, in which writing."""

from __future__ import annotations

from production.mailings.sort_agreement import agreement_in_force
from tests.factories import PLANT

PAGE = "/admin/sorting"
WHOLE = {
    "agreed_by": "A. Clerk, Baton Rouge BMEU",
    "agreed_on": "2026-01-05",
    "writing": "letter of 2026-01-05",
}


def test_an_administrator_enters_and_ends_it_and_nobody_else(plant, sign_in):
    ada = sign_in("administrator")
    assert "every mailing is sorted level by level" in ada.get(PAGE).text
    refused = ada.submit(PAGE, **(WHOLE | {"writing": " ", "agreed_on": "2999-01-01"}))
    assert refused.status_code == 422
    for words in ("Say in which writing", "not one to come", "A. Clerk"):
        assert words in refused.text
    assert ada.submit(PAGE, **WHOLE).status_code == 303
    text = ada.get(PAGE).text
    assert "A. Clerk, Baton Rouge BMEU" in text
    assert "letter of 2026-01-05" in text
    with plant.db.read_only(PLANT) as session:
        assert agreement_in_force(session).writing == "letter of 2026-01-05"
    assert ada.submit(PAGE, f"{PAGE}/end").status_code == 303
    assert "every mailing is sorted level by level" in ada.get(PAGE).text
    assert sign_in("mail_operator").get(PAGE).status_code == 403
