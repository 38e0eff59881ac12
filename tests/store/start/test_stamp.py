"""Data folder and database belong together, or nothing starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.errors import Unavailable
from store.files import record_file
from store.plant import open_plant
from store.start.stamp import MARK_FILE, stamp
from tests.factories import PLANT


def keep(plant, data=b"x"):
    with plant.db.unit_of_work(PLANT) as uow:
        record_file(uow, plant.files.keep_bytes(data, "text/plain"))


def elsewhere(plant, tmp_path):
    """The same database with another folder."""
    return open_plant(replace(plant.settings, data_dir=tmp_path / "other"), plant.db.url)


def mark(plant):
    return (plant.settings.data_dir / MARK_FILE).read_text()


def test_a_new_plant_is_marked_once(plant):
    stamp(plant)
    first = mark(plant)
    stamp(plant)
    assert mark(plant) == first
    assert len(first.strip()) == 32


def test_an_empty_folder_is_refused_once_the_database_knows_of_files(plant, tmp_path):
    other = elsewhere(plant, tmp_path)
    stamp(plant)
    stamp(other)  # nothing was ever stored: any folder will do
    assert mark(other) == mark(plant)
    keep(plant)
    (other.settings.data_dir / MARK_FILE).unlink()
    with pytest.raises(Unavailable, match="different plants") as caught:
        stamp(other)
    assert caught.value.instance_code == "PLANT_MISMATCH"
    assert not (other.settings.data_dir / MARK_FILE).exists()
    keep(other)  # the files were brought along
    stamp(other)
    other.db.dispose()


def test_a_folder_of_another_plant_is_refused(plant, tmp_path):
    other = elsewhere(plant, tmp_path)
    stamp(plant)
    (other.settings.data_dir / MARK_FILE).write_text("f" * 32)
    with pytest.raises(Unavailable, match="different plants"):
        stamp(other)
    other.db.dispose()


def test_a_new_database_does_not_take_a_folder_with_files(plant):
    (plant.settings.data_dir / MARK_FILE).write_text("f" * 32)
    plant.files.keep_bytes(b"of another database", "text/plain")
    with pytest.raises(Unavailable, match="different plants"):
        stamp(plant)
