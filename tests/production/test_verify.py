"""Every check is silent on a plant that walked the whole line, and names what somebody broke past every trigger."""

import json
import os
import shutil
import time
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import InternalError

from billing.verify import CHECKS, verify
from kernel.money import Rate
from postal.sorting.plan_file import write_plan
from production.jobs.states import JobState
from production.mailings.accepted import read_accepted
from production.mailings.checks import accepted_lists_hold_their_pieces
from production.mailings.models import PresortShare, PresortStream
from production.mailings.streams import plan_of
from production.mailroom.serials.checks import serials_do_not_repeat
from production.mailroom.streams.checks import plans_agree_with_their_batches, prices_are_of_their_day
from production.people.checks import agencies_are_walled
from store.db import Database
from store.files import FileStore
from store.keeping.verify import Survey, files_have_content, files_have_rows, title_of
from tests.factories import PLANT, make_agency, make_job
from tests.walked import broken
from web.commands.telling import to_json
from web.commands.verifying import Told


def test_a_plant_that_walked_the_line_has_nothing_open(walked_plant):
    report = verify(walked_plant)
    assert [str(found) for found in report.violations] == []
    unseen = [check.name for check in report.checks if not check.examined]
    assert unseen == [
        "drafts_hold_what_was_answered",
        "stops_are_the_order",
        "cartons_are_the_count",
        "deliveries_are_the_count",
        "overs_are_the_count",
        "bids_came_in_time",
        "awards_are_of_opened_bids",
        "counts_balance",
        "devices_count_without_gaps",
        "accepted_events_are_done",
        "steps_are_in_hand",
    ]


def test_every_check_has_a_name_and_a_title_of_its_own():
    assert (
        len({check.__name__ for check in CHECKS}) == len({title_of(check) for check in CHECKS}) == len(CHECKS)
    )
    assert all(title_of(check) for check in CHECKS)


ONE_JOB = "id = (SELECT min(job_id) FROM lot_share)"
PRINTED_AGAIN = """
INSERT INTO lot_range (lot_id, operation_id, unit, status, first, last, actor, occurred_at, recorded_at)
SELECT lot_id, operation_id, unit, status, 30, 31, actor, occurred_at, recorded_at
FROM lot_range WHERE status = 'printed' LIMIT 1"""
UNGUARDED = "ALTER TABLE serial_block DROP CONSTRAINT ex_serial_block_no_repeat"
UNGUARDED_TRAYS = "ALTER TABLE tray_block DROP CONSTRAINT ex_tray_block_no_repeat"
SERIALS_AGAIN = """
INSERT INTO serial_block (mailer_id, first, last, lot_id, mail_date)
SELECT mailer_id, first + 10, last + 10, lot_id, mail_date + {} FROM serial_block"""
LEASE_RUN_OUT = """
UPDATE step_claim SET done_at = NULL, lease_until = now() - interval '2 minutes' WHERE step_key LIKE 'presort%'"""
BROKEN = [
    (
        "accepted_pieces_are_in_one_place",
        "in 0 streams",
        "DELETE FROM presort_share WHERE position = 1; DELETE FROM lot_share WHERE position = 1",
    ),
    (
        "accepted_pieces_are_in_one_place",
        "has pieces in a stream",
        f"UPDATE job SET state = 'cancelled' WHERE {ONE_JOB}",
    ),
    (
        "accepted_pieces_are_in_one_place",
        "another stream",
        f"UPDATE job_mail SET lot_id = NULL WHERE job_{ONE_JOB}",
    ),
    ("accepted_pieces_are_in_one_place", "599", f"UPDATE job SET quantity = 599 WHERE {ONE_JOB}"),
    ("accepted_lists_hold_their_pieces", "599", f"UPDATE job SET quantity = 599 WHERE {ONE_JOB}"),
    (
        "every_row_is_accounted_for",
        "600 pieces, 0 repeats",
        f"UPDATE job_letters SET rows_to_fix = 3 WHERE job_{ONE_JOB}",
    ),
    ("plans_agree_with_their_batches", "plan 1,200", "UPDATE presort_stream SET pieces = 1201"),
    ("plans_agree_with_their_batches", "trays -1", "DELETE FROM tray WHERE number = 2"),
    (
        "plans_agree_with_their_batches",
        "levels of the slices",
        "UPDATE presort_share SET levels = jsonb_set(levels, '{value}', '{}') WHERE position = 0",
    ),
    ("plans_agree_with_their_batches", "serials 1,201", "UPDATE serial_block SET last = last + 1"),
    ("plans_agree_with_their_batches", "recipients 1,199", "DELETE FROM recipient WHERE piece = 7"),
    (
        "segments_cover_their_batches",
        "once",
        "UPDATE operation SET last_piece = last_piece - 1 WHERE type = 'merge'",
    ),
    ("segments_cover_their_batches", "7 pages", "UPDATE operation SET pages = 7 WHERE type = 'merge'"),
    (
        "prints_are_explained",
        "printed too often: 30-31",
        PRINTED_AGAIN,
    ),
    ("spoils_have_one_replacement", "piece 10", "UPDATE spoil SET attempt = 2 WHERE piece = 10"),
    (
        "spoils_have_one_replacement",
        "something else than a reprint",
        "UPDATE spoil SET replacement_id = operation_id WHERE piece = 20",
    ),
    (
        "finished_batches_are_complete",
        "not inserted: 5-6",
        "DELETE FROM lot_range WHERE status = 'withdrawn'",
    ),
    (
        "finished_batches_are_complete",
        "spoiled and not reprinted: 10",
        "UPDATE spoil SET replacement_id = NULL",
    ),
    (
        "serials_do_not_repeat",
        "serial 10",
        UNGUARDED,
        SERIALS_AGAIN.format(45),
    ),
    (
        "serials_do_not_repeat",
        "tray serial 0",
        UNGUARDED_TRAYS,
        """INSERT INTO tray_block (mailer_id, first, last, lot_id, mail_date)
        SELECT mailer_id, first, last, lot_id, mail_date - 45 FROM tray_block""",
    ),
    ("statements_are_of_their_streams", "its streams 1,201 for", "UPDATE presort_stream SET pieces = 1201"),
    ("mailings_leave_whole", "no handing over of it says so", "DELETE FROM delivered_stream"),
    (
        "postage_equals_pieces",
        "statement $0.01",
        "UPDATE presort_stream SET summary = jsonb_set(summary, '{value,figures,postage,cents}', '1')",
    ),
    (
        "prices_are_of_their_day",
        "not in force on 2019-12-01",
        "UPDATE mailing SET mail_date = '2019-12-01'",
    ),
    ("printed_is_what_was_approved", "nobody approved", "UPDATE approval SET voided_at = now()"),
    (
        "printed_is_what_was_approved",
        "nobody approved",
        "UPDATE approval SET hashes = jsonb_set(hashes, '{value,template}', '\"other\"')",
    ),
    (
        "printed_is_what_was_approved",
        "prints another file",
        "UPDATE operation SET file_sha256 = (SELECT min(sha256) FROM stored_file) WHERE type = 'print'",
    ),
    (
        "states_follow_their_graph",
        "is approved, its last",
        f"UPDATE job SET state = 'approved' WHERE {ONE_JOB}",
    ),
    (
        "states_follow_their_graph",
        "approve from proof_ready to closed is no edge",
        "UPDATE audit_entry SET details = '{\"to\": \"closed\"}' WHERE act = 'approve'",
    ),
    (
        "states_follow_their_graph",
        "without a recorded change",
        "DELETE FROM audit_entry WHERE subject = 'billing_period' AND act = 'close'",
    ),
    ("states_follow_their_graph", "is gone", "DELETE FROM export_document", "DELETE FROM export_run"),
    (
        "events_are_in_the_audit",
        "approve to approved is in the audit chain and not on the timeline",
        "DELETE FROM job_event WHERE event = 'approve'",
    ),
    (
        "events_are_in_the_audit",
        "approve to approved is on the timeline and not in the audit chain",
        "DELETE FROM audit_entry WHERE act = 'approve'",
    ),
    (
        "events_are_in_the_audit",
        "approve from draft to approved is no edge",
        "UPDATE job_event SET from_state = 'draft' WHERE event = 'approve'",
    ),
    ("usage_has_evidence", "job.setup", "UPDATE usage SET evidence = '{}' WHERE unit = 'job.setup'"),
    (
        "kinds_have_their_facts",
        "is mailing and has no row in job_letters",
        f"DELETE FROM job_letters WHERE job_{ONE_JOB}",
    ),
    (
        "kinds_have_their_facts",
        "is print and has a row in job_mail",
        "ALTER TABLE job_mail DROP CONSTRAINT fk_job_mail_job_id_kind_job",  # it would not let it be
        f"UPDATE job SET kind = 'print' WHERE {ONE_JOB}",
    ),
    (
        "kinds_have_their_facts",
        "is print_run and has a row in presort_stream",
        "UPDATE lot SET kind = 'print_run'",
    ),
    ("agencies_are_walled", "table job is not", "ALTER TABLE job NO FORCE ROW LEVEL SECURITY"),
    (
        "agencies_are_walled",
        "table usage shows an agency rows of another",
        "DROP POLICY agency ON usage",
        "CREATE POLICY agency ON usage USING (true)",
    ),
    (
        "audit_chain",
        "audit entry 3 does not match",
        "UPDATE audit_entry SET actor = 'somebody' WHERE number = 3",
    ),
    (
        "drafts_hold_what_was_answered",
        "order_draft.answers order does not hold OrderAnswers of version 1",
        """INSERT INTO order_draft (ulid, agency_id, user_id, product, answers, typed, created_at, changed_at)
        SELECT gen_random_uuid(), agency_id, id, 'letter', '{"order": {"version": 1, "value": {}}}', '{}', now(), now()
        FROM app_user WHERE agency_id IS NOT NULL LIMIT 1""",
    ),
    (
        "documents_are_of_their_shape",
        "job_finding.places does not hold",
        "UPDATE job_finding SET places = '[]' WHERE id = (SELECT min(id) FROM job_finding)",
    ),
    (
        "documents_are_of_their_shape",
        "version 9",
        "UPDATE quote SET snapshot = snapshot || '{\"version\": 9}'",
    ),
    ("audit_chain", "audit entry 5 is missing", "DELETE FROM audit_entry WHERE number = 5"),
    ("audit_chain", "the audit head says", "UPDATE audit_head SET count = count + 1"),
    (
        "steps_are_in_hand",
        "is done and its message still open",
        "UPDATE outbox SET done_at = NULL WHERE task = 'presort'",
    ),
    (
        "steps_are_in_hand",
        "stopped: no paper",
        "UPDATE outbox SET failure = 'no paper' WHERE task = 'presort'",
    ),
    (
        "steps_are_in_hand",
        "nobody took it up",
        "UPDATE outbox SET done_at = NULL WHERE task = 'presort'",
        LEASE_RUN_OUT,
    ),
    (
        "steps_are_in_hand",
        "nothing asks for it any more",
        LEASE_RUN_OUT,
    ),
]


BY_NAME = {check.__name__: check for check in CHECKS}


@pytest.mark.parametrize(
    ("check", "words", "statements"), [(name, words, sql) for name, words, *sql in BROKEN]
)
def test_what_is_broken_is_named(walked_plant, check, words, statements):
    with broken(walked_plant, *statements) as survey:
        found = [point.sentence for point in BY_NAME[check](survey)]
    assert any(words in sentence for sentence in found), found


def test_serials_may_repeat_after_45_days(walked_plant):
    with broken(walked_plant, SERIALS_AGAIN.format(46)) as survey:
        assert list(serials_do_not_repeat(survey)) == []


@pytest.fixture
def own_files(walked_plant, tmp_path):
    """A copy of the walked plant's files, to break."""
    shutil.copytree(walked_plant.settings.data_dir, tmp_path / "var")
    settings = replace(walked_plant.settings, data_dir=tmp_path / "var")
    return FileStore(settings.files_dir, settings.scratch_dir)


def some_file(files):
    return next(path for folder in sorted(files.root.iterdir()) for path in folder.iterdir())


def sentences(plant, check, files, *statements):
    with broken(plant, *statements, files=files) as survey:
        return [point.sentence for point in check(survey)]


def test_missing_cut_and_changed_files_are_named(walked_plant, own_files):
    path = some_file(own_files)
    data = path.read_bytes()
    path.chmod(0o600)
    for broken_data in (data[:-1], bytes([data[0] ^ 1]) + data[1:]):
        path.write_bytes(broken_data)
        assert sentences(walked_plant, files_have_content, own_files) == [
            f"file {path.name[:12]} is not what its row says"
        ]
    path.unlink()
    assert sentences(walked_plant, files_have_content, own_files) == [f"file {path.name[:12]} is missing"]


def test_old_files_without_a_row_are_named_and_young_ones_not(walked_plant, own_files):
    stray = own_files.path("ab" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    left = own_files.scratch / "left"
    left.mkdir(parents=True)
    assert sentences(walked_plant, files_have_rows, own_files) == []
    long_ago = time.time() - 3601
    for path in (stray, left, some_file(own_files)):
        os.utime(path, (long_ago, long_ago))
    found = sentences(walked_plant, files_have_rows, own_files)
    assert [sentence.split(" ")[0] for sentence in found] == ["ab/abababababab", "scratch/left"]


def other_plan(plan, files, tmp_path):
    """A plan kept beside the stream's own; gives the statement that puts it in its place."""
    write_plan(plan, tmp_path / "plan")
    ref = files.keep(tmp_path / "plan", "application/vnd.apache.arrow.file")
    return (
        f"INSERT INTO stored_file VALUES ('{ref.sha256}', {ref.size}, '{ref.media_type}', now())",
        f"UPDATE presort_stream SET plan_sha256 = '{ref.sha256}'",
    )


@pytest.fixture
def plan(walked_plant):
    with walked_plant.db.read_only(PLANT) as session:
        return plan_of(walked_plant.files, session.scalars(select(PresortStream)).one())


def test_a_plan_that_holds_a_row_twice_is_named(walked_plant, own_files, plan, tmp_path):
    source = np.array(plan.source)
    source[0] = source[1]
    wrong = other_plan(replace(plan, source=source), own_files, tmp_path)
    found = sentences(walked_plant, plans_agree_with_their_batches, own_files, *wrong)
    assert [sentence.partition(": ")[2] for sentence in found] == [
        "the plan does not hold each accepted row once"
    ]


def test_a_price_that_no_edition_has_is_named(walked_plant, own_files, plan, tmp_path):
    levels = tuple(replace(level, rate=Rate.of("0.111")) if level.pieces else level for level in plan.levels)
    wrong = other_plan(replace(plan, levels=levels), own_files, tmp_path)
    found = sentences(walked_plant, prices_are_of_their_day, own_files, *wrong)
    assert found
    assert all("0.111 is not the price of" in sentence for sentence in found)


def test_a_plan_that_cannot_be_read_is_named(walked_plant, own_files, tmp_path):
    ref = own_files.keep_bytes(b"no plan", "application/vnd.apache.arrow.file")
    wrong = (
        f"INSERT INTO stored_file VALUES ('{ref.sha256}', 7, '{ref.media_type}', now())",
        f"UPDATE presort_stream SET plan_sha256 = '{ref.sha256}'",
    )
    found = sentences(walked_plant, plans_agree_with_their_batches, own_files, *wrong)
    assert [sentence.partition(": ")[2] for sentence in found] == ["its plan cannot be read"]


def test_a_list_that_accepts_a_row_twice_is_named(walked_plant, own_files, tmp_path):
    with walked_plant.db.read_only(PLANT) as session:
        sha256 = session.scalars(select(PresortShare.accepted_sha256).where(PresortShare.position == 0)).one()
    table = read_accepted(own_files.path(sha256))
    twice = pa.concat_tables([table.slice(1), table.slice(1, 1)])
    with pa.OSFile(str(tmp_path / "list"), "wb") as sink, pa.ipc.new_file(sink, twice.schema) as writer:
        writer.write_table(twice)
    ref = own_files.keep(tmp_path / "list", "application/vnd.apache.arrow.file")
    wrong = (
        f"INSERT INTO stored_file VALUES ('{ref.sha256}', {ref.size}, '{ref.media_type}', now())",
        f"UPDATE job_file SET sha256 = '{ref.sha256}' WHERE sha256 = '{sha256}' AND role = 'accepted_list'",
    )
    found = sentences(walked_plant, accepted_lists_hold_their_pieces, own_files, *wrong)
    assert [sentence.partition(": ")[2] for sentence in found] == ["a row of its list is accepted twice"]


def test_a_role_that_row_level_security_does_not_bind_is_named(cluster, walked_plant):
    address, _, query = cluster.partition("?")
    name = urlsplit(walked_plant.db.url).path
    over = Database(f"{address.rpartition('/')[0]}{name}" + (f"?{query}" if query else ""))
    with over.snapshot(PLANT) as session:
        found = [point.sentence for point in agencies_are_walled(Survey(session, walked_plant.files))]
    over.dispose()
    assert "the database role is a superuser or bypasses row-level security" in found
    assert any(sentence.endswith("shows an agency rows of another") for sentence in found)


def test_work_that_commits_meanwhile_is_not_seen(plant):
    with plant.db.snapshot(PLANT) as before:
        assert before.scalar(text("SELECT count(*) FROM agency")) == 0
        with plant.db.unit_of_work(PLANT) as uow:
            make_agency(uow)
        assert before.scalar(text("SELECT count(*) FROM agency")) == 0
        with pytest.raises(InternalError, match="read-only"):
            before.execute(text("DELETE FROM agency"))


def test_the_report_is_plain_and_says_what_is_open(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_job(uow, state=JobState.IN_PRODUCTION)
    report = verify(plant)
    assert report.is_open
    plain = json.loads(to_json(Told.of(report)))
    assert plain["open"] == len(report.violations) == len(plain["violations"])
    named = {found["check"]: found["ids"] for found in plain["violations"]}
    assert named["accepted_pieces_are_in_one_place"] == [
        next(iter(named["accepted_pieces_are_in_one_place"]))
    ]
    assert {"check", "title", "examined", "open", "seconds"} == set(plain["checks"][0])
