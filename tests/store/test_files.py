import io
import os

import pytest

from kernel.errors import Corrupt, Unavailable
from store.db import system_actor
from store.files import FileStore, StoredFile, record_file


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path / "files", tmp_path / "scratch")


def test_equal_content_is_kept_once_and_read_back(files, plant):
    first = files.keep_bytes(b"letter", "text/plain")
    second = files.keep_stream(io.BytesIO(b"letter"), "text/plain")
    assert first == second
    assert files.checked_path(first.sha256).read_bytes() == b"letter"
    assert list(files.scratch.iterdir()) == []
    with plant.db.unit_of_work(system_actor("t")) as uow:
        record_file(uow, first)
        record_file(uow, second)
        assert uow.session.query(StoredFile).count() == 1


@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_damage_is_found_by_the_hash_and_fixed_by_keeping_again(files, harm):
    ref = files.keep_bytes(b"content of a letter", "text/plain")
    path = files.path(ref.sha256)
    path.chmod(0o640)
    {
        "cut": lambda: os.truncate(path, 5),
        "flip": lambda: path.write_bytes(b"Content of a letter"),
        "gone": path.unlink,
    }[harm]()
    with pytest.raises(Corrupt):
        files.checked_path(ref.sha256)
    assert files.keep_bytes(b"content of a letter", "text/plain") == ref
    assert files.checked_path(ref.sha256)


def test_a_full_disk_is_a_plain_sentence_and_leaves_nothing(files, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="disk is full"):
        files.keep_bytes(b"x", "text/plain")
    assert not list(files.root.rglob("*"))
    assert list(files.scratch.iterdir()) == []
