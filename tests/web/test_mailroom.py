"""The mailroom's counter: pool, stream, trays, pieces, papers, account, holds and stopped steps."""

import re

import pytest
from sqlalchemy import func, select

from kernel.clock import today
from postal.barcodes.imb import decode, encode
from postal.data.mail_days import next_mail_day
from production.jobs import lifecycle
from production.jobs.models import Hold, Job, Operation
from production.jobs.states import JobState, LotState, OperationCode, Stops
from production.mailings.models import Mailing, PresortStream, Tray
from production.mailroom.papers.mailing_papers import make_papers, read_facts, record_papers
from production.mailroom.pieces.models import Spoil
from store import outbox
from store.outbox import OutboxMessage
from tests.factories import PLANT, make_job, make_stream
from tests.production import mailings
from tests.web.lists import Page, cents
from web.setup.checklist import assumptions
from workers import parking


@pytest.fixture
def mona(sign_in):
    """A mail operator."""
    return sign_in("mail_operator")


def stream_of(plant, **facts):
    with plant.db.unit_of_work(PLANT) as uow:
        return make_stream(uow, files=plant.files, **facts)


def planned(plant, **facts):
    """A sorted stream of one approved sample mailing, and its job."""
    job = mailings.approved(plant, pieces=400, **facts)
    return mailings.plan(plant, mailings.build(plant, job)), job


def stream_now(plant, number):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(PresortStream).filter_by(number=number)).one()


def merge_all(plant, stream):
    for operation in mailings.operations(plant, stream, OperationCode.MERGE):
        mailings.merge(plant, operation)


def work_floor(plant, stream):
    for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
        for operation in mailings.operations(plant, stream, kind):
            mailings.run(plant, operation)


def page(stream):
    return f"/mailroom/streams/{stream.number}"


def test_jobs_that_fit_are_grouped_and_become_one_stream_once(plant, mona):
    jobs = [
        mailings.approved(plant, pieces=200, seed=seed, agency=agency, title=f"Letter {seed}")
        for seed, agency in ((1, "DEX"), (2, "OSR"))
    ]
    pool = mona.get("/mailroom").text
    assert "2 jobs that fit together, 400 pieces" in pool
    look = "/mailroom/build?" + "&".join(f"job={job.number}" for job in jobs)
    assert "What they share" in mona.get(look).text
    _, hidden = mona.hidden(look, "/mailroom/build")
    body = {
        **{name: value for name, value in hidden.items() if name != "job"},
        "job": [job.number for job in jobs],
    }
    first, second = (mona.post("/mailroom/build", data=body) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    with plant.db.read_only(PLANT) as session:
        (stream,) = session.scalars(select(PresortStream)).all()
    assert "No approved job waits" in mona.get("/mailroom").text
    assert first.headers["Location"].endswith(f"/mailroom/mailings/{stream.mailing.number}")
    assert "The pieces are being sorted" in mona.get(page(stream)).text
    gone = mona.submit(page(stream), f"{page(stream)}/dissolve", reason="Wrong date", follow=True)
    assert "is dissolved" in gone.text
    assert "2 jobs that fit together" in gone.text


def test_the_pool_says_what_going_together_saves_and_ticks_it(plant, mona):
    jobs = [
        mailings.approved(plant, pieces=450, seed=seed, agency=agency)
        for seed, agency in ((1, "DEX"), (2, "OSR"))
    ]
    mailings.approved(plant, pieces=450, seed=3, mail_date=next_mail_day(mailings.MAIL_DATE))
    pool = mona.get("/mailroom").text
    together, saved = re.search(r"Together (\$[\d.]+), (\$[\d.]+) less than each alone", pool).groups()
    first, second, _ = [cents(cell) for cell in Page(pool).column("Alone")]
    assert first + second == cents(together) + cents(saved)
    ticked = re.findall(r'class="pick"[^>]+value="([^"]+)"[^>]* checked', pool)
    assert sorted(ticked) == sorted(job.number for job in jobs)
    assert f"<span>postage together</span><output>{together}</output>" in pool
    fewer = mona.get("/mailroom/build/prediction", query_string={"brief": 1, "job": jobs[0].number}).text
    assert "1 job, 450 pieces" in fewer
    assert "against each alone" not in fewer


def test_misfits_are_named_before_building_and_refused_after(plant, mona):
    jobs = [
        mailings.approved(plant, pieces=200),
        mailings.approved(plant, pieces=200, seed=2, mail_date=next_mail_day(mailings.MAIL_DATE)),
    ]
    look = mona.get("/mailroom/build", query_string={"job": [job.number for job in jobs]})
    assert "The jobs differ in mailing date" in look.text
    assert "Build the mailing" not in look.text
    _, hidden = mona.hidden(f"/mailroom/build?job={jobs[0].number}", "/mailroom/build")
    refused = mona.post("/mailroom/build", data={**hidden, "job": [job.number for job in jobs]})
    assert refused.status_code == 422
    assert "cannot be mailed together" in refused.text


def test_a_job_that_is_not_approved_any_more_is_refused_on_the_page(plant, mona):
    job = mailings.approved(plant, pieces=200)
    _, hidden = mona.hidden(f"/mailroom/build?job={job.number}", "/mailroom/build")
    with plant.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, uow.session.get_one(Job, job.id), "cancel")
    refused = mona.post("/mailroom/build", data={**hidden, "job": job.number})
    assert refused.status_code == 409
    assert f"Not approved: {job.number}" in refused.text


def test_what_is_assumed_is_said_once_and_only_led_to_from_a_mailing(plant, mona, sign_in):
    stream, _ = planned(plant)
    said = [*stream.summary.figures.assumptions, "Not for live mail"]
    of_stream, of_mailing = (
        mona.get(url).text.replace("&#39;", "'")
        for url in (page(stream), f"/mailroom/mailings/{stream.mailing.number}")
    )
    assert [words for words in said if words in of_stream] == []
    assert [words for words in said if words in of_mailing] == ["Not for live mail"]
    assert int(re.search(r"lists what is assumed \((\d+)\)", of_mailing)[1]) > 0
    assert mona.get(re.search(r'<a href="([^"]+)">What this plant assumes', of_mailing)[1]).status_code == 200
    setup = sign_in("administrator").get("/setup").text.replace("&#39;", "'")
    assert [words for words in assumptions(plant.files, today()) if words not in setup] == []


def test_the_stream_shows_postage_beside_single_pieces(plant, mona):
    stream, _ = planned(plant)
    text = mona.get(page(stream)).text
    single, postage = stream.summary.figures.single_piece.cents, stream.summary.figures.postage.cents
    for amount in (single, postage, single - postage):
        assert f"${amount / 100:,.2f}" in text
    assert "Never printed" in text
    assert f"{stream.number}-40-01" in text
    assert 'href="/jobs/' in text  # every job of the stream opens from it


def test_progress_answers_only_when_something_happened(plant, mona):
    stream = stream_of(plant)
    with plant.db.unit_of_work(PLANT) as uow:  # a stream of the factory has a plan of one column only
        uow.session.get_one(PresortStream, stream.id).plan_sha256 = None
        lifecycle.note(uow, uow.session.get_one(PresortStream, stream.id), "held")
    block = mona.get(f"{page(stream)}/progress")
    since = block.text.split('data-since="')[1].split('"')[0]
    assert mona.get(f"{page(stream)}/progress?since={since}").status_code == 204
    assert mona.get(f"{page(stream)}/acts?since=in_production").status_code == 204
    assert "Withdraw pieces" in mona.get(f"{page(stream)}/acts?since=planning").text


def test_every_piece_tells_why_it_has_its_level_and_is_found_in_every_way(plant, mona):
    stream, job = planned(plant)
    trays = mona.get(f"{page(stream)}/trays").text
    assert "1 to " in trays
    assert "Where they go" in mona.get(f"{page(stream)}/trays/1").text
    assert mona.get(f"{page(stream)}/trays/999").status_code == 404
    told = mona.get(f"{page(stream)}/pieces/5").text
    assert "Piece 5 is in tray" in told
    routing = re.search(r"Routing</dt><dd><code>(\d+)<", told)[1]
    letters = re.search(r'class="hash">([FADT]{65})<', told)[1]
    assert decode(letters) == (
        f"00{stream.service_type_id}{stream.mailer_id}{stream.first_serial + 4:09d}",
        routing,
    )
    assert told.count('class="bar"') == 65
    assert "Nobody was shown to whom it goes" in told
    assert job.number in told
    tracking = f"00{stream.service_type_id}{stream.mailer_id}{stream.first_serial + 4:09d}"
    assert tracking in told
    here = f"{page(stream)}/pieces/5"
    mark = f"{stream.id:08d}{5:08d}00010002"
    for text in (f"{stream.number} 5", mark, tracking, f"{tracking}70001", encode(tracking, "70001").lower()):
        assert mona.get("/mailroom/find", query_string={"q": text}).headers.get("Location") == here, text
        assert mona.submit("/mailroom/find", q=text).headers.get("Location") == here, text
    assert mona.get(f"{page(stream)}/pieces/401").status_code == 404


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("1234567", 422, "neither a piece"),
        ("00310999999000000001", 404, "No piece of ours"),
        ("F" * 65, 422, "not an Intelligent Mail barcode"),
        ("27-000001-0 4", 422, "Number not accepted"),
        ("999999990000000100010001", 404, "No stream carries"),
        ("Zz", 422, "too short"),
        ("Nobody Of This Name", 200, "Nothing found"),
    ],
)
def test_what_cannot_be_found_is_said(mona, text, status, words):
    answer = mona.submit("/mailroom/find", q=text)
    assert answer.status_code == status
    assert words in answer.text


def test_papers_open_in_the_browser(plant, mona, tmp_path):
    stream, _ = planned(plant)
    mailing = f"/mailroom/mailings/{stream.mailing.number}"
    assert "Being drawn." in mona.get(mailing).text
    with plant.db.read_only(PLANT) as session:
        facts = read_facts(session, session.get_one(Mailing, stream.mailing_id))
    papers = make_papers(plant.files, facts, tmp_path)
    with plant.db.unit_of_work(PLANT) as uow:
        record_papers(uow, stream.mailing_id, papers)
    moved = mona.get(f"/mailroom/batches/{stream.number}?from=mail")
    assert (moved.status_code, moved.location) == (308, f"{page(stream)}?from=mail")
    moved = mona.get(f"{page(stream)}/papers/statement")
    assert (moved.status_code, moved.location) == (308, f"{mailing}/papers/statement")
    text = mona.get(mailing).text
    for role in ("tickets", "tray-labels", "statement", "qualification"):
        assert f"{mailing}/papers/{role}" in text
        answer = mona.get(f"{mailing}/papers/{role}", buffered=True)
        assert answer.data.startswith(b"%PDF")
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert "sandbox" not in answer.headers["Content-Security-Policy"]
        answer.close()
    data = mona.get(f"{mailing}/papers/statement-data", buffered=True)
    assert data.content_type.startswith("text/csv")
    data.close()
    assert mona.get(f"{mailing}/papers/other").status_code == 404


def test_withdraw_reprint_and_close_the_account(plant, mona):
    stream, _ = planned(plant)
    refused = mona.submit(page(stream), f"{page(stream)}/withdraw", pieces="9999", reason="Moved")
    assert refused.status_code == 422
    assert "outside the stream" in refused.text
    assert 'value="9999"' in refused.text
    mona.submit(page(stream), f"{page(stream)}/withdraw", pieces="4-5", reason="Moved")
    assert "Withdrawn: 4 to 5." in mona.get(page(stream)).text
    _, hidden = mona.hidden(page(stream), f"{page(stream)}/withdraw")
    early = mona.post(f"{page(stream)}/finish", data=hidden)
    assert early.status_code == 409
    assert "Pieces are unexplained" in early.text


def test_the_account_closes_when_every_piece_is_there(plant, mona):
    stream, _ = planned(plant)
    merge_all(plant, stream)
    work_floor(plant, stream)
    done = mona.submit(page(stream), f"{page(stream)}/finish", follow=True)
    assert "Every piece is accounted for: 400 go to the dock." in done.text
    assert stream_now(plant, stream.number).state is LotState.PRODUCED
    assert f"/dock/leave/{stream.number}" in done.text


def test_spoils_are_reprinted_from_the_stream_page(plant, mona):
    stream, _ = planned(plant)
    merge_all(plant, stream)
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.scalars(
            select(Operation).filter_by(lot_id=stream.id, type=OperationCode.PRINT)
        ).first()
        mailings.floor.start(uow, row.ticket, work_center="Press 1")
        mailings.floor.finish(uow, row.ticket, files=plant.files, spoiled="7", reason="Jam")
    assert "Spoiled and not reprinted" in mona.get(page(stream)).text
    mona.submit(page(stream), f"{page(stream)}/reprint")
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Spoil.replacement_id)).one() is not None


def test_a_hold_stops_the_stream_until_it_is_lifted(plant, mona, sign_in):
    stream, _ = planned(plant)
    mona.submit(page(stream), f"{page(stream)}/hold", words="The agency called")
    assert "The agency called" in mona.get(page(stream)).text
    ada = sign_in("administrator")
    assert "The agency called" in ada.get("/stopped").text
    with plant.db.read_only(PLANT) as session:
        hold = session.scalars(select(Hold)).one()
    lifted = ada.submit("/stopped", f"/stopped/holds/{hold.id}/lift", follow=True)
    assert f"{stream.number} goes on." in lifted.text
    assert "Nothing stands still" in lifted.text


def test_a_parked_step_is_tried_again_and_its_hold_ends(plant, mona):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.SUBMITTED)
        key = outbox.request(uow, "prepare", job.ulid, revision=1)
    with plant.db.unit_of_work(PLANT) as uow:
        message = uow.session.scalars(select(OutboxMessage).filter_by(key=key)).one()
        parking.park(uow, message, cause="Prices are missing.", incident="ABCD1234", stops=Stops.PRODUCTION)
    shown = mona.get("/stopped").text
    assert "Prices are missing. Incident ABCD1234." in shown
    assert "Lift the hold" not in shown  # the step's own hold ends with the step
    with plant.db.read_only(PLANT) as session:
        hold = session.scalars(select(Hold)).one()
    _, hidden = mona.hidden("/stopped", f"/stopped/steps/{key}/again")
    refused = mona.post(f"/stopped/holds/{hold.id}/lift", data=hidden)
    assert refused.status_code == 409
    assert "Try the step again" in refused.text
    mona.submit("/stopped", f"/stopped/steps/{key}/again")
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Hold)).one().lifted_at is not None
        assert outbox.open_keys(session)[0] == [key.removesuffix("-1") + "-2"]
    assert "Nothing stands still" in mona.get("/stopped").text


def test_a_stopped_sort_is_said_with_its_reason_where_the_mailing_is_looked_at(plant, mona):
    stream = mailings.build(plant, mailings.approved(plant, pieces=150))
    mailing = f"/mailroom/mailings/{stream.mailing.number}"
    assert "The pieces are being sorted." in mona.get(mailing).text
    with plant.db.unit_of_work(PLANT) as uow:
        message = uow.session.scalars(select(OutboxMessage).filter_by(task="presort")).one()
        parking.park(uow, message, cause="Prices are missing.", incident="ABCD1234", stops=Stops.PRODUCTION)
    for shown in (mona.get(mailing).text, mona.get(page(stream)).text):
        assert "Prices are missing. Incident ABCD1234." in shown
        assert f"/stopped/steps/{message.key}/again" in shown
        assert "being sorted" not in shown
    mona.submit(mailing, f"/stopped/steps/{message.key}/again")
    assert "The pieces are being sorted." in mona.get(mailing).text


def test_empty_pages_say_so(mona):
    assert "No approved job waits for a mailing" in mona.get("/mailroom").text
    assert "No mailing was made yet" in mona.get("/mailroom/mailings").text
    assert "No job is chosen." in mona.get("/mailroom/build").text
    assert mona.get("/mailroom/streams/27-000001-8").status_code == 404


@pytest.mark.parametrize(
    "role", ["requester", "approver", "other_agency", "print_operator", "billing_clerk", "administrator"]
)
def test_only_mail_operators_come_to_the_mailroom(plant, sign_in, role):
    stream = stream_of(plant)
    browser = sign_in(role)
    paths = ["", "/mailings", "/build", "/find", f"/streams/{stream.number}", f"/streams/{stream.number}/pieces/1",
             *(f"/mailings/{stream.mailing.number}{part}" for part in ("", "/trays", "/papers/statement")),
             f"/streams/{stream.number}/papers/statement", f"/streams/{stream.number}/progress"]  # fmt: skip
    assert {browser.get(f"/mailroom{path}").status_code for path in paths} == {403}
    _, hidden = browser.hidden("/account", "/sign-out")
    body = hidden | {"idempotency_key": "k"}
    posts = [
        "/build",
        *(f"/streams/{stream.number}/{verb}" for verb in ("finish", "withdraw", "hold", "dissolve")),
    ]
    assert {browser.post(f"/mailroom{path}", data=body).status_code for path in posts} == {403}
    assert browser.get("/stopped").status_code == (200 if role == "administrator" else 403)


def test_jobs_in_other_envelopes_are_mailed_together_as_streams(plant, mona):
    jobs = [
        mailings.approved(plant, pieces=300, seed=seed, envelope=envelope)
        for seed, envelope in ((1, "window10"), (2, "booklet6x9"))
    ]
    look = "/mailroom/build?" + "&".join(f"job={job.number}" for job in jobs)
    assert "printed as 2 streams" in mona.get(look).text
    _, hidden = mona.hidden(look, "/mailroom/build")
    made = mona.post("/mailroom/build", data={**hidden, "job": [job.number for job in jobs]})
    with plant.db.read_only(PLANT) as session:
        streams = session.scalars(select(PresortStream).order_by(PresortStream.id)).all()
    here = f"/mailroom/mailings/{streams[0].mailing.number}"
    assert made.headers["Location"].endswith(here)
    told = mona.get(here).text
    assert "Stream B" in told
    assert "The pieces are being sorted" in told
    seen = re.search(r'data-poll="[^"]+/progress" data-since="(\d+)"', told)[1]
    assert mona.get(f"{here}/progress?since={seen}").status_code == 204
    assert mona.get(f"{here}/trays").status_code == 404
    mailings.plan(plant, streams[0])  # and the other with it
    news = mona.get(f"{here}/progress?since={seen}").text
    assert "Levels and postage" in news
    assert "being sorted" not in news
    trays = mona.get(f"{here}/trays").text
    assert "of stream B" in trays
    assert f"{page(streams[1])}/trays/1" in trays
    told = mona.get(here).text
    with plant.db.read_only(PLANT) as session:
        standing = session.scalar(select(func.count()).select_from(Tray))
    assert len(re.findall(r'<a href="[^"]+/trays/\d+"><title>Tray', told)) == standing
    shown = Page(told)
    assert sum(cents(cell) for cell in shown.column("Pieces", "map-head")) == 600 * 100
    postage = re.search(r">Postage</dt><dd>([^<]+)<", told)[1]
    assert sum(cents(cell) for cell in shown.column("Postage", "levels-head")) == cents(postage)
    saved = re.search(r"going together</dt><dd>([^<]+)<", told)[1]
    assert f"<dt>Department of Examples</dt><dd>{saved}</dd>" in told
    assert here in mona.get(page(streams[0])).text
    assert "Mailed with stream " + streams[1].number in mona.get(page(streams[0])).text
    assert mona.get("/mailroom/mailings/M27-9999").status_code == 404
    with plant.db.read_only(PLANT) as session:
        assert {stream.summary.figures.levels["SP"] for stream in session.scalars(select(PresortStream))} == {
            0
        }
