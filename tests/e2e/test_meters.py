"""In a browser, both widths: a stream paid by meter and its run, mail days, a small sorter run, a nameless piece."""

from __future__ import annotations

import os
from datetime import timedelta

from playwright.sync_api import expect

from kernel import clock
from kernel.money import Money
from postal.data.mail_days import mail_day_from, next_mail_day
from postal.sorting.volume import METERED
from production.jobs.models import Job
from production.mailroom.metering import days as metering
from production.mailroom.metering import queries
from production.records.purge import purge
from tests.e2e.conftest import sign_in
from tests.factories import PLANT, end_job
from tests.production import mailings, sorting


def test_a_stream_is_paid_by_a_run_that_its_page_and_the_sheet_compare(open_page, look_twice, plant):
    stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant), payment=METERED))
    postage = stream.summary.figures.postage
    with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
        meter = queries.find_meter(uow.session, "SAMPLE-0001")
        day = mail_day_from(clock.today())
        metering.open_sheet(uow, meter, day=day, ascending=Money(100_00), descending=Money(900_00))
    page = open_page()
    sign_in(page, "mona")
    page.goto(f"/mailroom/streams/{stream.number}")
    page.get_by_text("No meter run is entered").wait_for()
    look_twice(page, "metered-stream-waits")
    page.get_by_role("link", name="To the meters").click()
    look_twice(page, "meters")
    page.get_by_role("link", name="Open the sheet").first.click()
    page.get_by_role("link", name="Enter its run").click()
    expect(page.get_by_label("Stream, if sorted")).to_have_value(stream.number)
    page.get_by_label("Agency and account").fill("DEX DEX-100")
    page.get_by_label("Pieces", exact=True).fill("58")
    page.get_by_role("button", name="Add").click()
    words = f"60 pieces for ${postage} planned, 58 pieces for ${postage} metered, 2 pieces too few"
    page.get_by_text(words).wait_for()
    look_twice(page, "metered-sheet")
    page.get_by_role("cell", name=stream.number).get_by_role("link").or_(
        page.get_by_role("rowheader").get_by_role("link", name=stream.number)
    ).first.click()
    page.get_by_text(words).wait_for()
    look_twice(page, "metered-stream")


def test_mail_days_are_told_where_a_date_is_given(open_page, look_twice, plant):
    page = open_page()
    sign_in(page, "mona")
    saturday = mail_day_from(clock.today()) + timedelta(days=7)
    saturday += timedelta(days=(5 - saturday.weekday()) % 7)
    page.goto("/metering/meters/SAMPLE-0001/new")
    page.get_by_label("Mail date").fill(saturday.isoformat())
    page.get_by_label("Ascending register, $").fill("1.00")
    page.get_by_label("Descending register, $").fill("1.00")
    page.get_by_role("button", name="Begin").click()
    following = next_mail_day(saturday)
    page.get_by_text(f"The next mail day is {following:%A, %B} {following.day}").first.wait_for()
    look_twice(page, "meter-on-saturday")


def test_a_small_run_of_the_sorter_goes_by_meter(open_page, look_twice, plant):
    job = sorting.bring_in(plant, counted=120)
    page = open_page()
    sign_in(page, "mona")
    page.goto(f"/mailroom/sorter/new?job={job.number}")
    page.get_by_label("Machine", exact=True).fill("SORTER-1")
    page.get_by_label("Bins").fill("6")
    density = {"name": "zips.csv", "mimeType": "text/csv", "buffer": sorting.DENSITY.encode()}
    page.locator("input[type=file]").set_input_files(density)
    page.get_by_role("button", name="Make the run").click()
    page.get_by_text("A permit imprint needs 200 pieces").wait_for()
    look_twice(page, "sorter-too-few")
    page.get_by_label("Postage paid by").select_option("metered")
    page.get_by_label("Machine", exact=True).fill("SORTER-1")
    page.get_by_label("Bins").fill("6")
    page.locator("input[type=file]").set_input_files(density)
    page.get_by_role("button", name="Make the run").click()
    page.get_by_text("its bin plan is being worked out").wait_for()
    look_twice(page, "sorter-run-metered")


def test_a_piece_without_its_names(open_page, look_twice, plant):
    job = mailings.approved(plant, pieces=210)
    stream = mailings.plan(plant, mailings.build(plant, job))
    with plant.db.unit_of_work(PLANT) as uow:
        end_job(uow, uow.session.get_one(Job, job.id))
    for path in plant.files.root.glob("??/*"):
        os.utime(path, (1, 1))
    assert purge(plant, PLANT, clock.now() + timedelta(days=370))
    page = open_page()
    sign_in(page, "mona")
    page.goto(f"/mailroom/streams/{stream.number}/pieces/7")
    page.get_by_text("under the retention rule for lists").wait_for()
    look_twice(page, "piece-without-names")
