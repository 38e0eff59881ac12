"""A plant that walked the whole line comes back from its backup in another folder, and nothing is given twice."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql
from sqlalchemy import select, text

from billing.models import Charge
from kernel.money import Money
from production.jobs import lifecycle
from production.jobs.models import Job
from production.jobs.numbering import new_job_number
from production.mailings.models import PresortStream
from production.mailroom.pieces.models import Recipient
from production.mailroom.serials import blocks
from production.mailroom.serials.models import SerialBlock
from store.files import record_file
from store.keeping import backup as backups
from store.plant import Plant, open_plant
from store.settings import Settings
from store.start.data_lock import backup_folder_lock, data_folder_lock
from store.start.embedded import create_database, database_url, owner_url
from tests.factories import MAIL_DATE, PLANT
from web.commands.backup import OTHER, OUTSIDE
from web.commands.console import make_console

_numbers = itertools.count(1)


@dataclass
class House:
    """A data folder and a database: empty until something is restored into them."""

    folder: Path
    url: str
    witness: str = ""

    def run(self, *words: str) -> Result:
        environment = {
            "INDICIA_DATA_DIR": str(self.folder), "DATABASE_URL": self.url, "DATABASE_OWNER_URL": owner_url(self.url),
            "INDICIA_WITNESS_DIR": self.witness,
        }  # fmt: skip
        console = make_console(drain=lambda _plant: None, run=lambda **_: None)
        return CliRunner().invoke(console, list(words), env=environment, catch_exceptions=False)

    def opened(self) -> Plant:
        return open_plant(Settings(data_dir=self.folder, witness_dir=self.witness), self.url)


@pytest.fixture
def house(cluster, tmp_path):
    """``house()`` gives an empty one."""
    names = []

    def build(witness: str = "") -> House:
        names.append(f"house_{tmp_path.name}_{next(_numbers)}"[-60:].replace("-", "_").lower())
        create_database(cluster, names[-1])
        return House(tmp_path / names[-1], database_url(cluster, names[-1]), witness)

    yield build
    with psycopg.connect(cluster, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def walked_house(walked_plant):
    return House(walked_plant.settings.data_dir, walked_plant.db.url)


def backup_of(house: House, folder: Path) -> Path:
    told = house.run("backup", str(folder))
    assert told.exit_code == 0, told.output
    return Path(told.stdout.partition(":")[0])


def everything(plant: Plant) -> dict[str, object]:
    with plant.db.read_only(PLANT) as session:
        charges = session.scalars(select(Charge.cents)).all()
        return {
            "jobs": session.scalars(select(Job.number).order_by(Job.number)).all(),
            "recipients": len(session.scalars(select(Recipient.piece)).all()),
            "serials": session.execute(select(SerialBlock.first, SerialBlock.last)).all(),
            "charged": sum((Money(one.cents) for one in charges), Money(0)),
        }


def test_a_backup_restored_elsewhere_is_the_same_plant_and_verifies(
    walked_house, walked_plant, house, tmp_path
):
    made = backup_of(walked_house, tmp_path / "kept")
    new = house()
    told = new.run("restore", str(made), "--skip-numbers", "1000")
    assert told.exit_code == 0, told.output
    assert "Nothing is known to have happened" in told.stdout
    opened = new.opened()
    assert everything(opened) == everything(walked_plant)
    assert everything(opened)["recipients"] > 0
    opened.db.dispose()
    again = backup_of(walked_house, tmp_path / "kept")  # one pool for both
    assert (again.parent / "files").exists()
    assert json.loads((again / "manifest.json").read_text())["file_count"] > 10


def test_what_happened_since_is_told_and_no_number_is_given_twice(walked_house, house, tmp_path):
    first = house(str(tmp_path / "witness"))
    assert (
        first.run("restore", str(backup_of(walked_house, tmp_path / "kept")), "--skip-numbers", "7").exit_code
        == 0
    )
    saved = backup_of(first, tmp_path / "kept2")
    plant = first.opened()
    with plant.db.unit_of_work(PLANT) as uow:
        stream = uow.session.scalars(select(PresortStream)).first()
        block = blocks.reserve(uow, lot_id=stream.id, pieces=500, mail_date=MAIL_DATE)
        job_number = new_job_number(uow, MAIL_DATE)
        lifecycle.note(uow, stream, "dispatch")
        lifecycle.note(uow, stream, "looked_at")
        last, number = block.last, stream.number
    plant.db.dispose()

    second = house(str(tmp_path / "witness"))
    told = second.run("restore", str(saved))
    assert told.exit_code == 0, told.output
    assert "Dispatched or handed over (1)" in told.stdout
    assert f"{number}  dispatch  by system:test" in told.stdout
    assert OTHER in told.stdout
    (paper,) = second.folder.glob("restored-*.txt")
    assert number in paper.read_text()
    plant = second.opened()
    with plant.db.unit_of_work(PLANT) as uow:
        stream = uow.session.scalars(select(PresortStream)).first()
        assert blocks.reserve(uow, lot_id=stream.id, pieces=1, mail_date=MAIL_DATE).first > last
        assert new_job_number(uow, MAIL_DATE) > job_number
    plant.db.dispose()


def test_a_restore_writes_over_nothing(walked_house, house, tmp_path):
    made = backup_of(walked_house, tmp_path / "kept")
    told = walked_house.run("restore", str(made), "--skip-numbers", "1")
    assert told.exit_code == 2
    assert "RESTORE_TARGET" in told.stderr
    new = house()
    new.folder.mkdir()
    with data_folder_lock(new.folder):
        assert "runs already" in new.run("restore", str(made)).stderr


def test_without_a_witness_a_person_says_how_far_to_skip(walked_house, house, tmp_path):
    told = house().run("restore", str(backup_of(walked_house, tmp_path / "kept")))
    assert told.exit_code == 2
    assert "WITNESS_MISSING" in told.stderr


@pytest.mark.parametrize("part", ["database.dump", "files.txt", "manifest.json", "file"])
def test_a_damaged_backup_is_refused_before_anything_is_written(walked_house, house, tmp_path, part):
    made = backup_of(walked_house, tmp_path / "kept")
    pool = (one for one in (made.parent / "files").rglob("*") if one.is_file())
    path = next(pool) if part == "file" else made / part
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1])
    new = house()
    told = new.run("restore", str(made), "--skip-numbers", "1")
    assert told.exit_code != 0
    assert "missing" in told.stderr or "no finished backup" in told.stderr
    assert not (new.folder / "files").exists()
    with psycopg.connect(new.url) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_a_folder_without_a_manifest_is_no_backup(house, tmp_path):
    (tmp_path / "half.part").mkdir()
    assert (
        "no finished backup"
        in house().run("restore", str(tmp_path / "half.part"), "--skip-numbers", "1").stderr
    )


def test_acts_outside_are_acts_there_are():
    edges = {}
    for (model, _), table in lifecycle.MACHINES.items():
        edges.setdefault(str(model.__tablename__), set()).update(edge.verb for edge in table)
    notes = {
        "numbered",
        "sending",
        "sent_to_folder",
        "opened",
        "run_added",
        "run_removed",
        "maildat",
        "evidence",
        "placards",
    }
    for _, subject, acts in OUTSIDE:
        assert set(acts) <= edges[subject] | notes


def test_a_purge_by_command_and_the_restore_of_a_backup_after_it(fresh_database, house, tmp_path):
    """What a rule removed is in no later backup, and its absence is no fault after a restore."""
    here = House(tmp_path / "var", fresh_database)
    plant = here.opened()
    with plant.db.unit_of_work(PLANT) as uow:
        hashes = [record_file(uow, plant.files.keep_bytes(word, "text/plain")) for word in (b"old", b"new")]
        old = {"sha": hashes[0]}
        uow.session.execute(text("UPDATE stored_file SET stored_at = '2025-01-01' WHERE sha256 = :sha"), old)
    os.utime(plant.files.path(hashes[0]), (1, 1))
    plant.db.dispose()
    told = here.run("purge", "--dry-run")
    assert "Nothing was removed" in told.stdout and "[unconfirmed]" in told.stdout
    assert re.search(r"unnamed +1 +3 bytes; 2024-12-31 to 2024-12-31", told.stdout), told.stdout
    assert "unnamed: 1, 3 bytes" in here.run("purge").stdout
    assert here.run("purge").stdout == "Nothing is due.\n"
    proof = json.loads(here.run("purge", "--proof", "last").stdout)
    assert [row["sha256"] for row in proof["files"]] == [hashes[0]]
    assert json.loads(here.run("purge", "--proof", proof["run"]).stdout) == proof
    assert here.run("purge", "--proof", "nonsense").exit_code == 2
    assert here.run("purge", "--keep", "none", "--why", "x").exit_code == 2
    made = backup_of(here, tmp_path / "kept")
    assert [hash_ in (made / "files.txt").read_text() for hash_ in hashes] == [False, True]
    new = house()
    restored = new.run("restore", str(made), "--skip-numbers", "1")
    assert restored.exit_code == 0, restored.output


def test_older_backups_go_by_the_rule_once_a_new_one_is_checked(walked_house, tmp_path):
    folder = tmp_path / "backups"
    first = backup_of(walked_house, folder)
    old = folder / "2024-01-02T030405Z"
    shutil.copytree(first, old)
    manifest = json.loads((old / "manifest.json").read_text())
    (old / "manifest.json").write_text(json.dumps(manifest | {"made_at": "2024-01-02T03:04:05+00:00"}))
    purged = "e" * 64  # what a retention rule removed since
    (old / "files.txt").write_text((old / "files.txt").read_text() + f"{purged} 4\n")
    loose = folder / "files" / purged[:2] / purged
    loose.parent.mkdir(exist_ok=True)
    loose.write_bytes(b"Anna")
    told = walked_house.run("backup", str(folder), "--dry-run").output
    assert f"Would go: {old.name}" in told and "Would go: 1 files" in told
    assert "can still be in a backup" in told
    assert old.exists() and loose.exists() and len(list(folder.glob("20*"))) == 2
    kept = walked_house.run("backup", str(folder), "--keep-all")
    assert kept.exit_code == 0 and "Keep rule" not in kept.output and old.exists()
    with backup_folder_lock(folder):
        refused = walked_house.run("backup", str(folder), "--dry-run")
        assert refused.exit_code != 0 and "Another backup is being made" in refused.output
    told = walked_house.run("backup", str(folder)).output
    assert f"Gone: {old.name}" in told
    assert not old.exists() and not loose.exists()
    newest = max(folder.glob("20*"))
    assert backups.check(newest).file_count == manifest["file_count"]
