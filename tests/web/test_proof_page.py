"""The proof page by page: any letter, its words, what changed, pages seen, and the decision under it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from production.jobs.models import Job
from production.jobs.states import JobState
from store.audit import AuditEntry
from store.db import system_actor
from tests.databases import begin
from tests.web import ordering
from workers.runtime import drain

PLANT = system_actor("test")


def one_job(plant) -> Job:
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Job)).one()


def looks(plant) -> list[str]:
    with plant.db.read_only(PLANT) as session:
        found = session.scalars(select(AuditEntry).filter_by(act="names_shown").order_by(AuditEntry.number))
        return [f"{one.actor}: {one.details['what']}" for one in found]


@pytest.fixture
def twelve(sign_in, plant):
    """The number of a mailing of twelve letters that was checked."""

    def make():
        number = ordering.submit_mailing(sign_in("requester"), rows=ordering.address_list(good=12))
        drain(plant)
        return number

    return begin(plant, "a mailing of twelve", make)


def test_any_letter_is_looked_at_and_the_decision_stands_under_it(sign_in, plant, twelve) -> None:
    rita, andy, number = sign_in("requester"), sign_in("approver"), twelve
    url = f"/jobs/{number}/proof"
    assert url in andy.get("/approvals").text
    page = andy.get(url).text
    for words in (
        "Page 1 of 2", "You have seen 1 of 2 pages", "Show the other one", "Pat Example1", "Longest name",
        "of 12, row 2 of the list", "Approve version 1 for $", "DEX-100", "Send it back instead", "Version 1.",
    ):  # fmt: skip
        assert words in page, words
    later = andy.get(f"{url}?record=9&page=2").text
    assert "row 10 of the list" in later
    assert "page=1&amp;record=9" in later.replace(
        "record=9&amp;page=1", "page=1&amp;record=9"
    )  # turning keeps the letter
    assert "You have seen 2 of 2 pages" in later
    assert "Pat Example9" in andy.get(f"{url}?record=9").text  # not one of the proof's own
    image = andy.get(f"{url}/now/9/1.png")
    assert image.data.startswith(b"\x89PNG")
    assert "private" in image.headers["Cache-Control"]
    assert andy.get(f"{url}/now/9/3.png").status_code == 404
    assert "of 12, row 13 of the list" in andy.get(f"{url}?record=999999&page=77").text  # the last there is
    assert "andy: proof of letter 9, page 1" in looks(plant)
    refused = andy.submit(url, f"/jobs/{number}/reject", reject_reason="")
    assert refused.status_code == 422
    assert "Say why, in a few words." in refused.text
    assert "Page 1 of 2" in refused.text
    assert andy.submit(url, f"/jobs/{number}/approve").status_code == 303
    assert one_job(plant).state is JobState.APPROVED
    assert "Approved by Andy Approver" in rita.get(url).text


def test_what_changed_since_the_version_before_is_told(sign_in, plant) -> None:
    rita, andy = sign_in("requester"), sign_in("approver")
    number = ordering.submit_mailing(rita, rows=ordering.address_list(good=3))
    drain(plant)
    boxes = ordering.FIELDS.read_text("utf-8").replace("Dear {", "Hello {")
    change = rita.submit(f"/jobs/{number}", f"/jobs/{number}/change").location.rpartition("/")[0] + "/letter"
    review = rita.submit(change, go="keep", boxes=boxes).location
    assert rita.submit(review, review).status_code == 303
    drain(plant)
    page = andy.get(f"/jobs/{number}/proof").text
    for words in (
        "Changed since version 1", "Given anew: the boxes on the letter.", "1 of 2 pages look different",
        "<del>Dear</del>", "<ins>Hello</ins>", "<rect ", "Approve version 2 for $",
    ):  # fmt: skip
        assert words in page, words
    assert "1 place changed since version 1" in page
    before = andy.get(f"/jobs/{number}/proof?view=before").text
    assert "/proof/before/1/1.png" in before
    assert "<rect " not in before
    assert (
        andy.get(f"/jobs/{number}/proof/before/1/1.png").data
        != andy.get(f"/jobs/{number}/proof/now/1/1.png").data
    )


def test_the_proof_is_for_its_agency_and_nobody_approves_their_own(sign_in, plant) -> None:
    rita = sign_in("requester")
    number = ordering.submit_mailing(rita, rows=ordering.address_list(good=2))
    url = f"/jobs/{number}/proof"
    assert rita.get(url).status_code == 404  # nothing to look at yet
    drain(plant)
    page = rita.get(url).text
    assert "An approver of the agency decides." in page
    assert f"/jobs/{number}/approve" not in page
    oscar, mona = sign_in("other_agency"), sign_in("mail_operator")
    for path in (url, f"{url}/now/1/1.png", f"{url}/before/1/1.png"):
        assert oscar.get(path).status_code == 404
        assert mona.get(path).location.startswith(f"/jobs/{number}/recipients")  # asked why first
        assert sign_in("billing_clerk").get(path).status_code == 403
    assert not [one for one in looks(plant) if one.startswith(("oscar", "mona", "bill"))]


def test_comments_stand_on_their_page_until_they_are_done(sign_in, plant, twelve) -> None:
    rita, andy, number = sign_in("requester"), sign_in("approver"), twelve
    url, post = f"/jobs/{number}/proof", f"/jobs/{number}/proof/comments"
    for typed, words in (
        ({"words": ""}, "Say what is to be changed"),
        ({"words": "Here", "left": "20"}, "A place needs both numbers"),
        ({"words": "Here", "left": "20", "top": "101"}, "beyond the page"),
        ({"words": "Here", "left": "x", "top": "20"}, "not a number"),
    ):
        refused = andy.submit(url, post, page="2", **typed)
        assert refused.status_code == 422
        assert words in refused.text, words
    assert (
        andy.submit(url, post, page="2", words="The law says 400.", left="33.5", top="20").status_code == 303
    )
    page = rita.get(f"{url}?page=2").text
    for words in ("Andy Approver", "The law says 400.", "34% from the left, 20% from the top", 'cx="33.50%"'):
        assert words in page, words
    assert 'page=2">page 2</a>' in rita.get(url).text  # named on the other page too
    assert "Andy Approver commented on" in rita.get("/notices").text
    assert "Page 2: The law says 400." in andy.get(url).text  # what it would be sent back with
    mark = page.split('name="comment" value="')[1].split('"')[0]
    assert rita.submit(f"{url}?page=2", f"{post}/done", comment=mark).status_code == 303
    assert "Done by Rita Requester" in andy.get(f"{url}?page=2").text
    assert "Page 2: The law" not in andy.get(url).text
    other = sign_in("other_agency")
    _, hidden = other.hidden("/keys")
    assert other.post(post, data=hidden | {"page": "1", "words": "Not mine"}).status_code == 404
    _, hidden = andy.hidden(url, post)
    assert andy.submit(url, f"/jobs/{number}/approve").status_code == 303
    assert andy.post(post, data=hidden | {"page": "1", "words": "Too late"}).status_code == 409
    assert "Keep the comment" not in rita.get(url).text
