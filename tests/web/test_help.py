"""Help for each role leads only where that role may go; the first tour is offered until it was taken or declined."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from production.people.models import Role, User
from tests.factories import PLANT
from tests.web.conftest import PERSON_OF
from web.guide import TOURS

MOST_BYTES = 45_000  # of a picture


@pytest.mark.parametrize("role", [role for role in PERSON_OF if role != "other_agency"])
def test_help_and_tour_of_a_role(sign_in, plant, role) -> None:
    browser = sign_in(role)
    page = browser.get("/help").text
    main = page[page.index('<div class="stack help">') : page.index("For other roles")]
    links = re.findall(r'<a href="(/[^"]*)"', main)
    assert len(links) >= 2
    assert [link for link in links if browser.get(link).status_code not in (200, 302, 303)] == []
    assert "Sam Service" in page
    pictures = re.findall(r'<img src="([^"]+/img/help/[^"]+)" alt="([^"]{40,})" width="700"', main)
    assert pictures
    assert all(MOST_BYTES > len(browser.get(url).data) > 0 for url, _ in pictures)
    home = browser.get("/", follow_redirects=True)
    here = home.request.path
    assert "Show me around" in home.text
    stops = re.findall(r'data-at="([^"]+)" data-title="([^"]+)"', home.text)
    assert [title for _, title in stops] == [stop.title for stop in TOURS[Role(role)]] + [
        "Find anything",
        "You",
    ]
    for at, _ in stops:
        if "href" in at:
            assert at.split("&#34;")[1] in home.text.split("<main")[0], at
    assert browser.submit(here, "/help/toured").status_code == 303
    assert "Show me around" not in browser.get(here).text
    with plant.db.read_only(PLANT) as session:
        shown = session.scalars(select(User.sign_in_name).where(User.toured_at.is_not(None))).all()
        acts = session.execute(sql("SELECT act FROM audit_entry WHERE act = 'shown_around'")).all()
    assert (shown, len(acts)) == ([PERSON_OF[role]], 1)


def test_help_of_other_roles_is_read_by_all_and_the_contact_is_the_shops(sign_in, client) -> None:
    ada = sign_in("administrator")
    for role in Role:
        assert ada.get(f"/help/{role.value}").status_code == 200
    assert ada.get("/help/nobody").status_code == 404
    ada.submit(
        "/setup/rows/contact",
        "/setup/rows/contact/plant",
        name="Ann Answer",
        phone="",
        email="ann@example.gov",
    )
    footer = sign_in("requester").get("/jobs").text
    assert "Questions? Ann Answer" in footer
    assert "mailto:ann@example.gov" in footer
    assert "Ann Answer" not in client.get("/sign-in").text
