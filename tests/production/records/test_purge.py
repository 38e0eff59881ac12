"""What goes after its time, what stays, and the proof: class by class."""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from billing.verify import verify
from kernel import clock
from kernel.errors import Corrupt, Gone, NotFound
from kernel.ids import new_ulid, show_ulid
from production.frontdesk.address_matching.base import AdapterName
from production.frontdesk.address_matching.models import AddressMatch
from production.frontdesk.orders.models import OrderDraft
from production.jobs import lifecycle
from production.jobs.models import Job, JobFile, Operation
from production.jobs.states import JobState, LotState, OperationCode, Stops
from production.mailroom.pieces.recipients import ensure_partition
from production.records import purge as removal
from production.records.due import references
from production.records.models import RetentionRun
from production.records.rules import rules_on
from store import outbox
from store.audit import AuditEntry
from store.claims import finish, take
from store.files import StoredFile, record_file
from tests.factories import PLANT, end_job, make_job, make_stream, make_user

DAY = timedelta(days=1)
LATER = clock.now() + 400 * DAY  # lists, prints and proofs of what is closed today are due; artwork is not


def give(plant, uow, job, role, content):
    """A file of the job in this role; gives its hash."""
    sha256 = record_file(uow, plant.files.keep_bytes(content, "text/plain"))
    uow.session.add(JobFile(job_id=job.id, revision=1, role=role, sha256=sha256, given_name="x", pages=None))
    uow.session.flush()
    plant.files.path(sha256).chmod(0o600)
    os.utime(plant.files.path(sha256), (1, 1))
    return sha256


def gone(plant, now=LATER):
    """Hashes that went in a run at that time, by class."""
    runs = removal.purge(plant, PLANT, now)
    with plant.db.read_only(PLANT) as session:
        rows = session.execute(select(StoredFile.purge_rule, StoredFile.sha256, StoredFile.purge_run)).all()
    here = {run.ulid for run in runs}
    return {(kind, sha256) for kind, sha256, run in rows if run in here}


def test_every_reference_to_a_file_has_a_rule(plant):
    """By the catalog: a table made tomorrow must say how long it keeps its files."""
    ruled = {what for rule in rules_on(clock.today()).by_class.values() for what in rule.what}
    with plant.db.read_only(PLANT) as session:
        named = {f"{table}.{column}" for table, column in references(session)}
    roles = (
        "template",
        "fields",
        "list",
        "accepted_list",
        "joined_rows",
        "rows_to_fix",
        "row_faults",
        "repairs",
        "repairs_draft",
        "proof",
        "artwork",
        "stated",
        "quote",
        "confirmation",
        "print_file",
        "gang",
        "names",
        "spec",
        "standards",
        "worksheet",
        "sheets",
        "layout",
        "quote",
        "confirmation",
    )
    assert named - {"job_file.sha256"} | {f"job_file.{role}" for role in roles} == ruled


def test_rules_are_dated_and_say_what_is_unconfirmed(tmp_path):
    rules = rules_on(date(2030, 1, 1))
    assert {rule.status for rule in rules.by_class.values()} <= {"unconfirmed", "shop to confirm"}
    assert rules.by_class["lists"].status == rules.by_class["recipients"].status == "unconfirmed"
    assert rules_on(date(2026, 11, 28)).by_class == {}
    changed = tmp_path / "rules.toml"
    row = '[[rule]]\nclass="lists"\nsays="x"\nafter="x"\ndays={}\neffective_from={}\nstatus="x"\nsource="x"\n'
    changed.write_text('edition="e"\n' + row.format(9, "2027-01-01") + row.format(7, "2026-01-01"))
    assert [rules_on(day, changed).days("lists") for day in (date(2026, 12, 31), date(2027, 1, 1))] == [7, 9]


def test_files_of_a_closed_job_go_by_class_and_the_rest_stays(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        closed, running = make_job(uow), make_job(uow, state=JobState.DELIVERED)
        end_job(uow, closed)
        rows = give(plant, uow, closed, "list", b"Ann Example")
        letter = give(plant, uow, closed, "template", b"letter")
        waiting = give(plant, uow, running, "list", b"Bob Example")
    assert gone(plant, clock.now() + 364 * DAY) == set()
    assert gone(plant) == {("lists", rows)}
    assert [plant.files.path(one).exists() for one in (rows, letter, waiting)] == [False, True, True]
    with pytest.raises(Gone, match=r"removed on .* by the retention rule for lists"):
        plant.files.checked_path(rows)
    with pytest.raises(Corrupt):
        plant.files.checked_path("0" * 64)
    assert gone(plant) == set()
    assert not [str(found) for found in verify(plant).violations if found.check.startswith("files")]


def test_content_that_an_open_job_or_draft_names_stays(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        closed, running = make_job(uow), make_job(uow, state=JobState.PROOF_READY)
        end_job(uow, closed)
        shared = give(plant, uow, closed, "list", b"the same list")
        give(plant, uow, running, "list", b"the same list")
        drafted = give(plant, uow, closed, "accepted_list", b"in a draft")
        user = make_user(uow, agency=running.agency)
        uow.session.add(
            OrderDraft(
                ulid=new_ulid(uow.now), agency_id=running.agency_id, user_id=user.id, product="letter",
                answers={"files": {"files": {"list": {"sha256": drafted}}}}, created_at=uow.now,
                changed_at=uow.now,
            )
        )  # fmt: skip
    assert gone(plant) == set()  # this night the draft ends, the next its list goes
    assert gone(plant) == {("lists", drafted)}
    with plant.db.unit_of_work(PLANT) as uow:
        end_job(uow, uow.session.merge(running))
    assert gone(plant) == {("lists", shared)}


def test_a_hold_of_job_or_stream_keeps_everything(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        jobs = [make_job(uow), make_job(uow)]
        stream = make_stream(uow, state=LotState.DELIVERED, jobs=jobs, files=plant.files)
        for job in jobs:
            end_job(uow, job)
        kept = [give(plant, uow, job, "list", job.number.encode()) for job in jobs]
        lifecycle.hold(uow, jobs[0], reason="by_person", words="billing asks", stops=Stops.BILLING)
    with plant.db.unit_of_work(PLANT) as uow:
        hold = removal.keep(uow, stream.number, "Court order")
        assert hold.stops is Stops.REMOVAL
    assert gone(plant) == set()
    with plant.db.unit_of_work(PLANT) as uow:
        lifecycle.lift(uow, stream, "by_person")
        with pytest.raises(NotFound):
            removal.keep(uow, "none", "why")
    assert {sha256 for _, sha256 in gone(plant)} == {kept[1]}


def test_a_print_file_waits_for_every_job_in_it(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        jobs = [make_job(uow), make_job(uow)]
        stream = make_stream(uow, state=LotState.DELIVERED, jobs=jobs, files=plant.files)
        end_job(uow, jobs[0])
        merge = select(Operation).filter_by(lot_id=stream.id, type=OperationCode.MERGE, segment=1)
        sha256 = record_file(uow, plant.files.keep_bytes(b"%PDF names", "application/pdf"))
        uow.session.scalars(merge).one().file_sha256 = sha256
    assert gone(plant) == set()
    with plant.db.unit_of_work(PLANT) as uow:
        end_job(uow, uow.session.merge(jobs[1]))
    assert {("prints", sha256)} < gone(plant)
    assert plant.files.path(stream.plan_sha256).exists()  # plans are kept


def test_what_nothing_names_goes_and_comes_back_when_it_is_kept_again(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        sha256 = record_file(uow, plant.files.keep_bytes(b"left over", "text/plain"))
    os.utime(plant.files.path(sha256), (1, 1))
    assert gone(plant, clock.now() + 29 * DAY) == set()
    assert gone(plant, clock.now() + 31 * DAY) == {("unnamed", sha256)}
    with plant.db.unit_of_work(PLANT) as uow:
        record_file(uow, plant.files.keep_bytes(b"left over", "text/plain"))
    assert plant.files.checked_path(sha256).read_bytes() == b"left over"
    with plant.db.read_only(PLANT) as session:
        assert session.get_one(StoredFile, sha256).purged_at is None


def test_a_month_of_recipients_goes_with_its_last_job(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        for day in (date(2025, 1, 31), date(2025, 2, 1), date(2026, 11, 30)):
            ensure_partition(uow, day)
        make_stream(uow, mail_date=date(2025, 2, 14))  # still in production

    def months():
        with plant.db.read_only(PLANT) as session:
            query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'recipient'::regclass"
            return set(session.scalars(text(query)))

    removal.purge(plant, PLANT, datetime(2026, 1, 1, tzinfo=UTC))  # no rule was in force then
    assert len(months()) == 3
    (run,) = removal.purge(plant, PLANT, clock.now())
    assert months() == {"recipient_2025_02", "recipient_2026_11"}
    assert json.loads(plant.files.path(run.proof_sha256).read_bytes())["months"] == ["2025-01-01"]
    with pytest.raises(Exception, match="not over long enough"), plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(text("SELECT drop_recipient_month(:day)"), {"day": clock.today()})


def test_done_steps_go_and_what_waits_for_a_person_stays(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        keys = {word: outbox.request(uow, word, job.ulid) for word in ("done", "failed", "open", "tried")}
        for step in ("done", "open"):
            claim = take(uow, keys[step].removesuffix("-1"), DAY)
            assert claim is not None
            if step == "done":
                finish(uow, claim)
        outbox.close(uow, keys["done"])
        outbox.close(uow, keys["failed"], "no list")
        outbox.close(uow, keys["tried"], "no paper")
        outbox.close(uow, outbox.try_parked(uow, keys["tried"]))
    gone(plant, clock.now() + 89 * DAY)
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(text("SELECT count(*) FROM outbox")) == 5
    gone(plant, clock.now() + 91 * DAY)
    with plant.db.read_only(PLANT) as session:
        assert set(session.scalars(select(outbox.OutboxMessage.task))) == {"failed", "open"}
        assert session.scalar(text("SELECT count(*) FROM step_claim")) == 1
        assert [message.task for message in outbox.parked(session)] == ["failed"]


def test_copies_for_the_presses_go_when_their_stream_left(plant):
    folder = plant.settings.print_folder
    folder.mkdir(parents=True)
    with plant.db.unit_of_work(PLANT) as uow:
        left, here = make_stream(uow, state=LotState.DISPATCHED), make_stream(uow)
        lifecycle.note(uow, left, "dispatch", to_state="dispatched")
        query = select(Operation.lot_id, Operation.ticket).filter_by(type=OperationCode.PRINT, segment=1)
        tickets = dict(uow.session.execute(query).all())
    names = [f"{tickets[left.id]}.pdf", f"{tickets[here.id]}.pdf", "somebody's.pdf"]
    for name in names:
        (folder / name).write_bytes(b"%PDF")
    gone(plant, clock.now() + 13 * DAY)
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    gone(plant, clock.now() + 15 * DAY)
    assert sorted(path.name for path in folder.iterdir()) == sorted(names[1:])


def test_the_folder_of_the_address_engine_is_cleaned_of_what_has_ended(plant, tmp_path):
    plant = replace(plant, settings=replace(plant.settings, match_exchange_dir=str(tmp_path)))
    with plant.db.unit_of_work(PLANT) as uow:
        runs = [_matched(plant, uow, ended=ended) for ended in (True, True, False)]
        lifecycle.hold(
            uow,
            uow.session.get_one(Job, runs[1].job_id),
            reason=removal.BY_PERSON,
            words="request",
            stops=Stops.REMOVAL,
        )
        ended, held, waiting = (show_ulid(run.ulid) for run in runs)
    for folder in ("outgoing", "incoming"):
        (tmp_path / folder).mkdir()
    ours = [
        f"outgoing/{ended}.csv",
        f"outgoing/.{ended}.csv.part",
        f"incoming/{ended}.out.csv",
        f"incoming/{ended}.report",
    ]
    others = [
        f"outgoing/{held}.csv",
        f"outgoing/{waiting}.csv",
        "incoming/engine.log",
        f"incoming/{'7' * 26}.report",
    ]
    for name in ours + others:
        (tmp_path / name).write_bytes(b"Ann Example")
    (tmp_path / f"incoming/{ended}.link").symlink_to(tmp_path / "incoming/engine.log")
    gone(plant, clock.now() + 13 * DAY)
    assert all((tmp_path / name).exists() for name in ours + others)
    gone(plant, clock.now() + 15 * DAY)
    assert [name for name in ours if (tmp_path / name).exists()] == []
    assert all((tmp_path / name).exists() for name in others)
    assert (tmp_path / f"incoming/{ended}.link").is_symlink()


def _matched(plant, uow, *, ended):
    """A request to the address engine."""
    job = make_job(uow)
    sha256 = record_file(uow, plant.files.keep_bytes(f"{job.id}".encode(), "text/plain"))
    run = AddressMatch(
        ulid=new_ulid(uow.now), job_id=job.id, revision=1, adapter=AdapterName.EXCHANGE, input_sha256=sha256, rows=1,
        done=1, turns=1, evidence=(), refusal=(), requested_at=uow.now, due_at=uow.now, sent_at=uow.now,
        ended_at=uow.now if ended else None,
    )  # fmt: skip
    uow.session.add(run)
    uow.session.flush()
    return run


def test_working_folders_go_after_a_day(plant):
    folders = [plant.files.scratch / name for name in ("old", "new")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "rows").write_bytes(b"x")
    os.utime(folders[0], (1, 1))
    (plant.files.scratch / "ended meanwhile").symlink_to("nowhere")  # listed, and gone when it is looked at
    gone(plant, clock.now())
    assert [folder.exists() for folder in folders] == [False, True]


def test_a_dry_run_changes_nothing(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        end_job(uow, job)
        sha256 = give(plant, uow, job, "list", b"names")
    _, found = removal.find_due(plant, PLANT, LATER)
    assert [(one.kind, one.name, one.size) for one in found] == [("lists", sha256, 5)]
    assert plant.files.verify(sha256)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(RetentionRun)).all() == []
        assert session.get_one(StoredFile, sha256).purged_at is None


@pytest.mark.parametrize("point", ["mid_work", "before_record"])
def test_a_run_cut_off_in_the_middle_is_ended_by_the_next(plant, monkeypatch, point):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        end_job(uow, job)
        sha256 = give(plant, uow, job, "list", b"Ann Example")

    def stop(here):
        if here == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(removal, "reach", stop)
        removal.purge(plant, PLANT, LATER)
    assert plant.files.path(sha256).exists() is (point == "mid_work")
    named = [found for found in verify(plant).violations if found.check.startswith("files")]
    assert bool(named) is (point == "mid_work")  # content without an owner, never an owner without content
    runs = removal.purge(plant, PLANT, LATER)
    assert len(runs) == 1
    assert not plant.files.path(sha256).exists()
    proof = json.loads(plant.files.checked_path(runs[0].proof_sha256).read_bytes())
    assert [row["sha256"] for row in proof["files"]] == [sha256]
    assert removal.purge(plant, PLANT, LATER) == []


def test_the_proof_names_rules_and_hashes_and_nobody(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        end_job(uow, job, JobState.CANCELLED)
        sha256 = give(plant, uow, job, "list", b"Ann Example")
    run = removal.purge(plant, replace(PLANT, name="warden"), LATER)[0]
    with plant.db.read_only(PLANT) as session:
        assert removal.proof_of(session, None) == removal.proof_of(session, run.ulid) == run.proof_sha256
        query = select(AuditEntry.act, AuditEntry.details).filter_by(subject="retention_run")
        assert [tuple(act) for act in session.execute(query.order_by(AuditEntry.number))] == [
            ("removed", {"edition": run.edition, "counts": {"lists": 1}}),
            ("proved", {"proof": run.proof_sha256}),
        ]
    proof = json.loads(plant.files.checked_path(run.proof_sha256).read_bytes())
    assert proof["by"] == "warden" and proof["rules"]["sha256"] == rules_on(clock.today()).sha256
    assert proof["classes"]["lists"] | {"oldest": "", "newest": ""} == {
        "count": 1, "bytes": 11, "oldest": "", "newest": ""
    }  # fmt: skip
    assert proof["files"] == [{"sha256": sha256, "size": 11, "purge_rule": "lists", "kept_again": False}]
    assert b"Example" not in plant.files.path(run.proof_sha256).read_bytes()
