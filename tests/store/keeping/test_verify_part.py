"""A night reads its share of the files and the new end of the audit chain; 28 nights read everything."""

import hashlib
from datetime import date, timedelta

from sqlalchemy import text

from store.db import system_actor
from store.files import record_file
from store.keeping.verify import audit_chain, files_have_content, run_checks
from store.keeping.verify_part import SHARES, Part, keep_mark
from tests.factories import owners_hand
from workers import schedule

ACTOR = system_actor("t")
NIGHT = date(2026, 12, 1)


def test_every_file_is_read_once_in_28_nights_and_a_new_one_the_first():
    hashes = [hashlib.sha256(bytes([one])).hexdigest() for one in range(200)]
    nights = [Part(share, frozenset(), 0, b"", NIGHT) for share in range(SHARES)]
    assert all(sum(night.has(sha256) for night in nights) == 1 for sha256 in hashes)
    assert all(Part(3, frozenset(hashes), 0, b"", NIGHT).has(sha256) for sha256 in hashes)


def look(plant, night, *, marked=True):
    """The sentences of that night's run, which leaves its mark."""
    report = run_checks(plant, (audit_chain, files_have_content), night=night)
    if marked:
        with plant.db.unit_of_work(ACTOR) as uow:
            keep_mark(uow, report.mark)
    return [str(found) for found in report.violations], {
        check.name: check.examined for check in report.checks
    }


def test_the_chain_goes_on_from_where_it_was_whole_and_is_read_again_after_28_nights(plant):
    def write():
        with plant.db.unit_of_work(ACTOR) as uow:
            uow.audit("job", None, "noted")

    def change(number):
        with owners_hand(plant) as connection:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
            row = {"number": number}
            connection.execute(
                text("UPDATE audit_entry SET actor = 'x', hash = 'x' WHERE number = :number"), row
            )

    for _ in range(3):
        write()
    assert look(plant, NIGHT) == ([], {"audit_chain": 3, "files_have_content": 0})
    write()
    assert look(plant, NIGHT + timedelta(days=1)) == ([], {"audit_chain": 1, "files_have_content": 0})
    change(1)  # read long ago: found by hand, and by the next whole reading
    assert look(plant, NIGHT + timedelta(days=2))[0] == []
    assert run_checks(plant, (audit_chain,)).is_open
    assert "audit entry 1 does not match its hash" in look(plant, NIGHT + timedelta(days=28), marked=False)[0]
    change(4)  # the very entry of the mark
    found = look(plant, NIGHT + timedelta(days=3), marked=False)[0]
    assert "audit entry 4 is not what it was when it was last verified" in found


def test_a_changed_file_is_found_in_its_night_a_missing_one_in_any(plant):
    with plant.db.unit_of_work(ACTOR) as uow:
        hashes = [record_file(uow, plant.files.keep_bytes(word, "text/plain")) for word in (b"one", b"two")]
    assert look(plant, NIGHT)[0] == []
    with plant.db.unit_of_work(ACTOR) as uow:  # both were stored long before the last run
        uow.session.execute(text("UPDATE stored_file SET stored_at = now() - interval '9 days'"))
    path = plant.files.path(hashes[0])
    path.chmod(0o600)
    path.write_bytes(b"own")
    share = int(hashes[0][:8], 16) % SHARES
    days = {
        (NIGHT + timedelta(days=one)).toordinal() % SHARES: NIGHT + timedelta(days=one) for one in range(28)
    }
    assert look(plant, days[share])[0] == [f"file {hashes[0][:12]} is not what its row says"]
    assert look(plant, days[(share + 1) % SHARES])[0] == []
    plant.files.path(hashes[1]).unlink()
    other = next(
        day for part, day in days.items() if part not in {int(one[:8], 16) % SHARES for one in hashes}
    )
    assert look(plant, other)[0] == [f"file {hashes[1][:12]} is missing"]


def test_the_nightly_run_leaves_its_mark_only_behind_a_whole_chain(plant):
    hands = schedule.Hands(plant, None, None)

    def mark():
        with plant.db.read_only(ACTOR) as session:
            return session.scalar(text("SELECT count FROM verify_mark"))

    with plant.db.unit_of_work(ACTOR) as uow:
        uow.audit("job", None, "noted")
    schedule.verify_everything(hands)
    assert mark() == 1
    with plant.db.unit_of_work(ACTOR) as uow:
        uow.audit("job", None, "noted")
    with owners_hand(plant) as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_entry SET actor = 'x' WHERE number = 2"))
    schedule.verify_everything(hands)
    assert mark() == 1
