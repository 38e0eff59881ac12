"""In a real browser: jobs are ticked and the figures follow, another way is chosen, the plan is walked; axe passes."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select

from production.jobs.states import LotState
from production.mailings.models import PresortStream
from tests.e2e.conftest import sign_in
from tests.e2e.test_floor import LONG
from tests.factories import PLANT
from tests.production import mailings


def test_figures_follow_the_ticks_and_the_plan_is_walked(plant, open_page, look_twice):
    jobs = [
        mailings.approved(plant, pieces=450, seed=1, title=LONG),
        mailings.approved(plant, pieces=450, seed=2, agency="OSR", title="Records fee"),
        mailings.approved(plant, pieces=300, seed=3, pages=2, title="Two pages"),
    ]
    with plant.db.unit_of_work(PLANT) as uow:
        mailings.agree_to_least_postage(uow)
    mona = open_page()
    sign_in(mona, "mona")
    mona.goto("/mailroom/build")
    mona.get_by_text("No job is chosen. Tick").wait_for()
    look_twice(mona, "70-builder-empty")
    says = mona.locator("#prediction-says")
    tick(mona, jobs[0])
    says.get_by_text(re.compile("1 job, 450 pieces in .* trays?: ")).wait_for()
    tick(mona, jobs[1])
    says.get_by_text(re.compile("2 jobs, 900 pieces .* less than mailed alone")).wait_for()
    look_twice(mona, "71-builder-two")
    mona.wait_for_url(lambda url: all(job.number in url for job in jobs[:2]))
    tick(mona, jobs[2])
    mona.get_by_text("they are printed as 2 streams").wait_for()
    look_twice(mona, "72-builder-streams")
    mona.get_by_role("link", name=re.compile("least postage")).first.click()
    mona.get_by_text("least postage, chosen").wait_for()
    expect(mona.locator("#prediction [aria-current=true]")).to_be_focused()
    tick(mona, jobs[2])
    says.get_by_text("2 jobs").wait_for()
    mona.get_by_role("button", name="Build the mailing of 2 jobs").click()
    mona.get_by_text("The pieces are being sorted").wait_for()
    with plant.db.read_only(PLANT) as session:
        stream = session.scalars(select(PresortStream).filter_by(state=LotState.PLANNING)).one()
    assert stream.policy == "least"
    mailings.plan(plant, stream)

    mona.goto(f"/mailroom/streams/{stream.number}")
    mona.get_by_role("link", name="Plan: trays by level").click()
    look_twice(mona, "73-plan")
    mona.get_by_label("Only trays less than full").check()
    mona.get_by_role("button", name="Show").click()
    mona.get_by_text("The same as a table").first.click()
    look_twice(mona, "74-plan-loose")
    mona.goto(f"/mailroom/streams/{stream.number}/plan")
    mona.locator("table").first.get_by_role("link").first.click()
    look_twice(mona, "75-level")
    mona.get_by_label("Groups").select_option("missed")
    mona.get_by_role("button", name="Show").click()
    look_twice(mona, "76-level-missed")
    mona.goto(f"/mailroom/streams/{stream.number}/plan")
    mona.locator("a.tray-cell").first.focus()
    mona.keyboard.press("Enter")
    mona.get_by_role("heading", name="Why this tray exists").wait_for()
    look_twice(mona, "77-tray")
    mona.locator("#pieces a").first.click()
    mona.get_by_text("Why this piece has its level").wait_for()
    mona.goto(f"/mailroom/streams/{stream.number}/plan/what-if")
    look_twice(mona, "78-what-if")
    mona.get_by_text("Leave jobs out").click()
    mona.get_by_label(re.compile(jobs[1].number)).check()
    mona.get_by_role("button", name="Work it out").click()
    mona.get_by_text("for what is left out, mailed alone").wait_for()
    look_twice(mona, "79-what-if-less")


def tick(page, job):
    """Tick or untick a job of the pool."""
    page.locator(f"#job-{job.number}").click()


def test_the_builder_works_without_scripts_and_by_keyboard(plant, chromium, server):
    job = mailings.approved(plant, pieces=520)
    with plant.db.unit_of_work(PLANT) as uow:
        mailings.agree_to_least_postage(uow)
    context = chromium.new_context(base_url=server, java_script_enabled=False)
    mona = context.new_page()
    sign_in(mona, "mona")
    mona.goto("/mailroom/build")
    mona.locator(f"#job-{job.number}").focus()
    mona.keyboard.press("Space")
    mona.keyboard.press("Enter")  # the form's own button
    mona.get_by_role("link", name=re.compile("least postage")).first.click()
    mona.get_by_text("least postage, chosen").wait_for()
    mona.get_by_role("button", name="Build the mailing of 1 job").focus()
    mona.keyboard.press("Enter")
    mona.get_by_text("is made and being sorted").wait_for()
    context.close()
