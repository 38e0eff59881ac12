"""Notices go out by e-mail through a real mail server: each once, in time, and what is in doubt says so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller
from sqlalchemy import select

from kernel import clock
from kernel.clock import SHOP_ZONE
from production.jobs import lifecycle
from production.jobs.states import JobState
from production.notices import choices, posting
from production.notices.checks import notices_end_with_what_they_are_about
from production.notices.kinds import ByMail
from production.notices.models import Notice, NoticeMail
from production.people.models import Role
from production.purchasing import links as vendor_links
from production.purchasing.models import VendorMail
from production.records.purge import purge
from store import outbox
from store.keeping.verify import Survey
from store.plant import open_plant
from store.settings import CHECKOUT, as_environment
from tests.factories import PLANT, make_agency, make_job, make_user
from tests.production.purchasing import bidding as bids
from workers import runtime, telling

NOON = datetime(2026, 12, 8, 12, 0, tzinfo=SHOP_ZONE)


class Server:
    """A mail server that keeps what it took; ``answers`` are given to the next messages instead of taking them."""

    def __init__(self):
        self.messages, self.answers = [], []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


class AnyPort(Controller):
    """At a port that is free: it is known once the server listens."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def server():
    kept = Server()
    running = AnyPort(kept, hostname="127.0.0.1", port=0)
    running.start()
    kept.port = running.port
    yield kept
    running.stop()


@pytest.fixture
def posting_plant(plant, server):
    """A plant with that mail server."""
    settings = replace(
        plant.settings, database_url=plant.db.url, smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls="none",
        mail_from="Print shop <notices@shop.example>", public_url="https://shop.example",
    )  # fmt: skip
    return open_plant(settings, plant.db.url)


@pytest.fixture
def people(plant):
    """Rita orders; Andy approves, and Sam stands in for him on December 8."""
    with plant.db.unit_of_work(PLANT) as uow:
        agency = make_agency(uow)
        rita = make_user(uow, name="rita@x.example", agency=agency)
        andy = make_user(uow, name="andy@x.example", agency=agency, roles=(Role.APPROVER,))
        sam = make_user(uow, name="sam", agency=agency)
        sam.email = "sam@x.example"
        andy.stand_in_id, andy.stand_in_from, andy.stand_in_until = sam.id, NOON.date(), NOON.date()
    return {"agency": agency, "rita": rita, "andy": andy, "sam": sam}


def ask_for_approval(plant, people, title="Notice of renewal"):
    """A job whose proof is ready."""
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(
            uow, state=JobState.SUBMITTED, agency=people["agency"], requester=people["rita"], title=title
        )
        lifecycle.advance(uow, job, "show_proof", total="213.40")
    return job


def deliver(plant):
    """Make what is due and hand it over, in this process."""
    made = telling.post(plant)
    with plant.db.read_only(PLANT) as session:
        keys = outbox.open_keys(session)[0]
    return made, [runtime.deliver(plant, key).value for key in keys]


def to(server) -> list[str]:
    return sorted(message["To"] for message in server.messages)


@time_machine.travel(NOON, tick=False)
def test_an_approval_is_asked_of_the_approver_and_the_stand_in_once(posting_plant, people, server):
    job = ask_for_approval(posting_plant, people)
    assert deliver(posting_plant) == (2, ["recorded", "recorded"])
    assert deliver(posting_plant) == (0, [])
    assert to(server) == ["andy@x.example", "sam@x.example"]
    message = server.messages[0]
    assert message["Subject"] == f"{job.number} Notice of renewal waits for your approval"
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    link = re.search(r"https://shop\.example/notices/mail/[\w.-]+", plain)
    assert link and link[0] in html
    assert "before" not in plain
    with posting_plant.db.read_only(PLANT) as session:
        assert all(mail.sent_at for mail in session.scalars(select(NoticeMail)))


@time_machine.travel(NOON, tick=False)
def test_a_task_repeated_after_it_was_sent_sends_nothing(posting_plant, people, server):
    ask_for_approval(posting_plant, people)
    deliver(posting_plant)
    with posting_plant.db.unit_of_work(PLANT) as uow:
        for mail in uow.session.scalars(select(NoticeMail)):
            outbox.request(uow, posting.TASK, mail.ulid, nth=9)
    assert deliver(posting_plant) == (0, ["recorded", "recorded"])
    assert len(server.messages) == 2


@time_machine.travel(NOON, tick=False)
def test_a_worker_killed_after_the_server_took_it_sends_again_and_says_so(posting_plant, people, server):
    people["sam"].email = None
    with posting_plant.db.unit_of_work(PLANT) as uow:
        uow.session.merge(people["sam"])
    ask_for_approval(posting_plant, people)
    telling.post(posting_plant)
    with posting_plant.db.read_only(PLANT) as session:
        (key,) = outbox.open_keys(session)[0]
    environment = os.environ | as_environment(posting_plant.settings) | {"INDICIA_CRASH_AT": "after_temp"}
    line = "import sys; from workers.runtime import run_step; run_step(sys.argv[1])"
    died = subprocess.run([sys.executable, "-c", line, key], cwd=CHECKOUT, env=environment, check=False)
    assert died.returncode == -signal.SIGKILL
    assert len(server.messages) == 1
    with posting_plant.db.unit_of_work(PLANT) as uow:  # the lease runs out, as the sweeper sees it
        message = outbox.open_message(uow.session, key)
        outbox.request_again(uow, message)
        uow.session.execute(runtime.claims.StepClaim.__table__.delete())
    assert deliver(posting_plant)[1] == ["recorded"]
    first, second = server.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert "You may have had this message before" in second.get_body(("plain",)).get_content()
    assert "You may have had" not in first.get_body(("plain",)).get_content()


@time_machine.travel(NOON, tick=False)
def test_a_server_that_says_later_is_asked_later_and_one_that_refuses_is_not(posting_plant, people, server):
    server.answers = ["451 come back", "550 no"]
    ask_for_approval(posting_plant, people)
    deliver(posting_plant)
    assert server.messages == []
    with posting_plant.db.read_only(PLANT) as session:
        mails = session.scalars(select(NoticeMail)).all()
        waits = session.scalars(select(outbox.OutboxMessage).filter_by(done_at=None)).all()
    assert sorted(mail.failure for mail in mails) == [
        f"The mail server refused the message, {n}." for n in (451, 550)
    ]
    assert [mail.given_up_at is not None for mail in sorted(mails, key=lambda mail: mail.failure)] == [
        False,
        True,
    ]
    assert [mail.begun_at for mail in mails] == [None, None]  # certainly not sent
    assert [one.arguments["nth"] for one in waits] == [2]
    assert waits[0].not_before is not None


def test_the_hours_without_e_mail_and_the_e_mail_of_the_day(posting_plant, people, server):
    andy = people["andy"].as_actor()
    with posting_plant.db.unit_of_work(andy) as uow:
        choices.choose(uow, [], {"approval_asked": ByMail.DAILY})
    with time_machine.travel(NOON, tick=False):
        for title in ("First", "Second", "Third"):
            job = ask_for_approval(posting_plant, people, title)
        with posting_plant.db.unit_of_work(PLANT) as uow:
            lifecycle.advance(uow, uow.session.merge(job), "reject", reason="Jane Doe moved")
        deliver(posting_plant)
    assert to(server) == ["rita@x.example", "sam@x.example", "sam@x.example"]  # Andy's wait for the afternoon
    assert not any("Jane" in str(message) for message in server.messages)  # what was typed stays inside
    with time_machine.travel(NOON + timedelta(hours=5), tick=False):
        deliver(posting_plant)
        deliver(posting_plant)
    (daily,) = [one for one in server.messages if one["To"] == "andy@x.example"]
    assert daily["Subject"] == "2 notices of today"
    with time_machine.travel(NOON + timedelta(hours=10), tick=False):
        ask_for_approval(posting_plant, people, "Night")
        assert deliver(posting_plant) == (0, [])
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert deliver(posting_plant)[0] == 1  # Sam's; Andy has chosen the daily one
    assert not posting.is_quiet(NOON, "", "")
    assert posting.is_quiet(NOON, "11:00", "13:00")


@time_machine.travel(NOON, tick=False)
def test_without_a_mail_server_nobody_is_promised_an_e_mail(plant, people, server):
    ask_for_approval(plant, people)
    assert telling.post(plant) == 0
    later = replace(plant.settings, smtp_host="127.0.0.1", smtp_port=server.port)
    assert telling.post(open_plant(later, plant.db.url)) == 0  # what was before stays unsent
    assert server.messages == []


def test_approvals_that_wait_are_asked_for_again_by_the_rule(plant, people):
    with time_machine.travel(NOON, tick=False):
        job = ask_for_approval(plant, people)
        telling.remind(plant)
    for days, told in ((1, 1), (1, 1), (2, 1), (3, 2)):  # after a day of work, then every second one
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            telling.remind(plant)
        with plant.db.read_only(PLANT) as session:
            query = select(Notice).filter_by(kind="approval_still_asked", about=job.number)
            assert len(session.scalars(query).all()) == told, days


def test_an_open_notice_that_its_job_has_behind_it_is_named(plant, people):
    job = ask_for_approval(plant, people)
    with plant.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, uow.session.merge(job), "approve")
    with plant.db.unit_of_work(PLANT) as uow:
        assert list(notices_end_with_what_they_are_about(Survey(uow.session, plant.files))) == []
        for notice in uow.session.scalars(select(Notice).filter_by(kind="approval_asked")):
            notice.answered_at = None
        uow.session.flush()
        (found,) = notices_end_with_what_they_are_about(Survey(uow.session, plant.files))
    assert job.number in found.sentence


@time_machine.travel(NOON, tick=False)
def test_old_notices_go_with_their_e_mails(posting_plant, people, server):
    ask_for_approval(posting_plant, people)
    deliver(posting_plant)
    for days, left in ((179, 1), (181, 0)):
        purge(posting_plant, PLANT, NOON + timedelta(days=days))
        with posting_plant.db.read_only(PLANT) as session:
            assert len(session.scalars(select(Notice).filter_by(kind="approval_asked")).all()) == left
            assert bool(session.scalars(select(NoticeMail)).all()) == bool(left)


def test_a_vendor_gets_a_link_that_stands_nowhere_else(posting_plant, server):
    with clock.at(bids.TUESDAY):
        bids.posted(posting_plant)
    assert deliver(posting_plant)[1] == ["recorded", "recorded"]
    assert to(server) == ["bids@acme.example", "bids@bind.example"]  # the third has no address
    plain = next(one for one in server.messages if "acme" in one["To"]).get_content()
    (token,) = re.findall(r"https://shop\.example/bids/([\w.-]+)", plain)
    with posting_plant.db.read_only(PLANT) as session:
        found = vendor_links.invitation_of(session, posting_plant.settings.secret_key(), token)
        assert (found.vendor.code, token == found.token_hash) == ("ACME", False)
        assert all(mail.sent_at and token not in mail.words for mail in session.scalars(select(VendorMail)))
