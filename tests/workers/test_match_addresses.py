"""Addresses of a job that go outside, by the real steps: asked, waited for, applied, refused, killed in between."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.csv
import pytest
import time_machine
from sqlalchemy import select

from kernel import clock
from postal.address.evidence import NOT_CERTIFIED, EvidenceKind
from production.frontdesk.address_matching.layouts import layout
from production.frontdesk.lists.samples import SAMPLE_MAPPING
from production.frontdesk.orders import intake
from production.frontdesk.orders.job_page import job_page
from production.jobs.models import Job, JobFile
from production.jobs.states import JobState
from production.mailings.accepted import read_accepted
from production.mailings.address_evidence import evidence_of
from production.mailings.list_order import ListOrder
from production.mailings.models import Mailing
from production.mailings.planned import PlannedMailing
from production.mailings.shop import shop_profile
from production.mailroom.maildat import put_together
from production.mailroom.papers import mailing_papers
from store.outbox import OutboxMessage
from store.plant import open_plant
from store.settings import Settings
from tests.factories import PLANT
from tests.production import mailings
from tests.production.frontdesk.matching.engine_simulator import Engine
from tests.production.frontdesk.matching.usps_server import CLIENT, SECRET, usps_server
from workers.runtime import Outcome, deliver, drain
from workers.steps.match_addresses import wake_answered

PIECES = 12


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "engine"


@pytest.fixture
def shop(empty_database, tmp_path, folder):
    """The sample plant with an address engine."""
    settings = Settings(data_dir=tmp_path / "var", match_exchange_dir=str(folder))
    opened = open_plant(settings, empty_database())
    mailings.open_sample(opened)
    yield opened
    opened.db.dispose()


def submitted(shop, *, matching="exchange", pieces=PIECES, **wishes):
    files = mailings.mailing_files(shop, pieces=pieces)
    options = ListOrder(mapping=dict(SAMPLE_MAPPING), matching=matching)
    return mailings.submit(shop, mailings.wishes(files, options=options, **wishes))


def look(shop, job):
    with shop.db.read_only(PLANT) as session:
        row = session.get_one(Job, job.id)
        return job_page(session, PLANT, row.number)


def accepted(shop, job):
    with shop.db.read_only(PLANT) as session:
        row = session.get_one(Job, job.id)
        query = select(JobFile).filter_by(job_id=job.id, revision=row.revision, role="accepted_list")
        return read_accepted(shop.files.path(session.scalars(query).one().sha256))


def codes(page):
    return {group.code for group in page.findings}


def test_a_list_goes_to_the_engine_and_comes_back_certified(shop, folder):
    job = submitted(shop, accept_findings=True)
    drain(shop)
    page = look(shop, job)
    assert (page.facts.state, page.matching.sent_at is not None, page.matching.ended_at) == (
        JobState.SUBMITTED, True, None,
    )  # fmt: skip
    before = accepted(shop, job)
    assert wake_answered(shop) == 0  # nothing there yet
    streets = before.column("street").to_pylist()
    engine = Engine(folder, layout("plain-csv"), day=clock.today(), moved=streets[:1], left=streets[1:2])
    engine.run()
    assert wake_answered(shop) == 1
    assert wake_answered(shop) == 0  # it is awake
    drain(shop)
    page = look(shop, job)
    assert page.facts.state is JobState.PROOF_READY
    assert page.addresses.matching == f"CASS, Simulator 4.2, cycle O, {clock.today().isoformat()}"
    assert page.addresses.move_update.startswith("NCOALink")
    assert "ADDRESS_MOVED_AWAY" in codes(page)
    assert page.facts.quantity == len(before) - streets.count(streets[1])
    after = accepted(shop, job)
    assert after.column("street")[0].as_py() == f"1 NEW {streets[0]}"
    assert set(page.files) >= {"address_changes", "rows_to_fix", "accepted_list", "proof"}
    assert not any(NOT_CERTIFIED in sentence for sentence in page.offer.assumptions)
    assert not list((folder / "outgoing").iterdir())


def test_the_statement_and_the_maildat_say_who_did_it(shop, folder):
    job = submitted(shop)
    drain(shop)
    Engine(folder, layout("plain-csv"), day=clock.today()).run()
    wake_answered(shop)
    drain(shop)
    bare = submitted(shop, matching="", pieces=5)
    drain(shop)
    today = clock.today().isoformat()
    for jobs, matching, moved, coded in (
        ((job,), "CASS (Simulator 4.2, cycle O)", "NCOALink (Simulator 4.2, cycle O)", clock.today()),
        ((job, bare), NOT_CERTIFIED, NOT_CERTIFIED, None),
    ):
        with shop.db.unit_of_work(PLANT) as uow:
            rows = [uow.session.get_one(Job, one.id) for one in jobs]
            lists = evidence_of(uow.session, rows)
            sender = put_together.sender_of(shop_profile(uow.session), put_together.NO_SETTINGS, lists)
        assert (sender.coding_date, sender.move_update_date) == (coded, coded)
        assert sender.move_update_method == ("2" if coded else "")
        header = mailing_papers.header_of(mailings_facts(shop, jobs, lists))
        assert (header.address_matching_method, header.move_update_method) == (matching, moved)
        assert [str(header.move_update_date)] == [today if coded else "None"]


def mailings_facts(shop, jobs, lists):
    """What the papers know, without a stream of them."""
    with shop.db.read_only(PLANT) as session:
        rows = [session.get_one(Job, one.id) for one in jobs]
        return mailing_papers.PapersFacts(
            planned=PlannedMailing(Mailing(number="M26-0001"), (), (), rows, ()),
            profile=shop_profile(session),
            operations=(),
            evidence=lists,
            nonprofit={},
        )


def test_an_answer_serves_again_for_the_same_rows_and_keeps_its_age(shop, folder):
    job = submitted(shop)
    drain(shop)
    Engine(folder, layout("plain-csv"), day=clock.today() - timedelta(days=3), left=["x"]).run()
    wake_answered(shop)
    drain(shop)
    with shop.db.unit_of_work(mailings.actor(shop, "rita")) as uow:
        row = uow.session.get_one(Job, job.id)
        intake.accept_findings(uow, row)
    drain(shop)
    page = look(shop, job)
    assert (page.facts.revision, page.facts.state) == (2, JobState.PROOF_READY)
    assert (clock.today() - timedelta(days=3)).isoformat() in page.addresses.matching
    assert not list((folder / "outgoing").iterdir())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("half", "MATCH_RESULT_PARTIAL"),
        ("tampered", "MATCH_RESULT_CHANGED"),
        ("odd code", "MATCH_RESULT_FORM"),
    ],
)
def test_a_refused_answer_is_told_and_nothing_is_lost(shop, folder, fault, code):
    job = submitted(shop)
    drain(shop)
    before = accepted(shop, job)
    Engine(folder, layout("plain-csv"), day=clock.today(), fault=fault).run()
    wake_answered(shop)
    drain(shop)
    page = look(shop, job)
    assert page.facts.state is JobState.NEEDS_FIX
    assert code in codes(page)
    assert page.offer is None
    assert page.addresses.matching == NOT_CERTIFIED
    assert accepted(shop, job).equals(before)


def test_an_engine_that_never_answers_ends_the_wait(shop, folder):
    job = submitted(shop)
    drain(shop)
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=True):
        assert wake_answered(shop) == 1
        drain(shop)
    page = look(shop, job)
    assert (page.facts.state, codes(page) & {"MATCH_RESULT_LATE"}) == (
        JobState.NEEDS_FIX,
        {"MATCH_RESULT_LATE"},
    )


@pytest.mark.parametrize("point", ["mid_work", "before_record", "mid_record"])
def test_a_step_killed_anywhere_gives_the_same_when_repeated(shop, folder, point, monkeypatch):
    """Sending and taking in, each interrupted once: one request, one result."""
    died = []

    def reach(name):
        if name == point and (tuple(died) or "") != (point, point) and allowed.pop() == "die":
            died.append(name)
            raise RuntimeError("killed")

    allowed = ["live"] * 50
    for module in ("workers.runtime", "workers.steps.match_addresses"):
        monkeypatch.setattr(f"{module}.reach", reach)
    job = submitted(shop)
    _only(shop, "prepare")
    allowed.append("die")
    drain(shop)
    (request,) = (folder / "outgoing").iterdir()
    sent = request.read_bytes()
    Engine(folder, layout("plain-csv"), day=clock.today()).run()
    wake_answered(shop)
    allowed.append("die")
    drain(shop)
    assert died == [point, point]
    assert look(shop, job).facts.state is JobState.PROOF_READY
    assert len(pyarrow.csv.read_csv(pa.py_buffer(sent))) == PIECES
    assert not list((folder / "outgoing").iterdir())
    with shop.db.read_only(PLANT) as session:
        row = session.get_one(Job, job.id)
        assert [one.kind for one in evidence_of(session, [row])[0].evidence] == list(EvidenceKind)


def _only(shop, task):
    """Run the open steps of one task."""
    from store import outbox

    with shop.db.read_only(PLANT) as session:
        due, _ = outbox.open_keys(session)
    outcomes = [deliver(shop, key) for key in due if key.startswith(task)]
    assert outcomes == [Outcome.RECORDED]


def test_a_look_up_at_the_postal_service_is_used_but_not_certified(empty_database, tmp_path):
    with usps_server() as usps:
        for name, text in (("id", CLIENT), ("secret", SECRET)):
            (tmp_path / name).write_text(f"{text}\n")
        settings = Settings(
            data_dir=tmp_path / "var", usps_addresses_url=usps.url, usps_addresses_per_hour=36_000,
            usps_client_id_file=str(tmp_path / "id"), usps_client_secret_file=str(tmp_path / "secret"),
        )  # fmt: skip
        shop = open_plant(settings, empty_database())
        mailings.open_sample(shop)
        job = submitted(shop, matching="usps")
        usps.faults = [None, None, (429, {"Retry-After": "1"}, b"{}"), (503, {}, b"")]
        drain(shop)
        page = look(shop, job)
        assert page.facts.state is JobState.PROOF_READY
        assert page.addresses.matching.startswith(f"{NOT_CERTIFIED} (USPS Addresses API")
        assert any(NOT_CERTIFIED in sentence for sentence in page.offer.assumptions)
        assert set(accepted(shop, job).column("plus4").to_pylist()) == {"4321"}
        shop.db.dispose()


def test_a_service_that_stays_away_is_asked_again_and_then_left_to_a_person(empty_database, tmp_path):
    with usps_server() as usps:
        for name, text in (("id", CLIENT), ("secret", SECRET)):
            (tmp_path / name).write_text(text)
        settings = Settings(
            data_dir=tmp_path / "var", usps_addresses_url=usps.url, usps_client_id_file=str(tmp_path / "id"),
            usps_client_secret_file=str(tmp_path / "secret"),
        )  # fmt: skip
        shop = open_plant(settings, empty_database())
        mailings.open_sample(shop)
        job = submitted(shop, matching="usps")
        _only(shop, "prepare")
        usps.token_faults = [(502, {}, b"")] * 99
        assert _deliver(shop) == [Outcome.POSTPONED]
        with time_machine.travel(clock.now() + timedelta(hours=2), tick=True):
            assert _deliver(shop) == [Outcome.PARKED]
        page = look(shop, job)
        assert (page.facts.state, page.offer, page.matching.ended_at) == (JobState.SUBMITTED, None, None)
        shop.db.dispose()


def _deliver(shop):
    """The one open step, due or not."""
    with shop.db.read_only(PLANT) as session:
        keys = session.scalars(select(OutboxMessage.key).filter_by(done_at=None)).all()
    return [deliver(shop, key) for key in keys]


def test_access_that_is_not_set_up_waits_for_a_person(empty_database, tmp_path):
    shop = open_plant(
        Settings(data_dir=tmp_path / "var", usps_addresses_url="http://127.0.0.1:9"), empty_database()
    )
    mailings.open_sample(shop)
    job = submitted(shop, matching="usps")
    drain(shop)
    page = look(shop, job)
    assert page.facts.state is JobState.SUBMITTED
    assert page.offer is None
    shop.db.dispose()
