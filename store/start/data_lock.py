"""One owner of a folder at a time: of a data folder (``indicia up``, a restore into it), and of a backup folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from kernel.errors import Conflict


@contextlib.contextmanager
def data_folder_lock(folder: Path) -> Iterator[None]:
    """Held until we leave; the kernel frees it when we are gone, however. Conflict names the other process."""
    sentence = "Indicia runs already on the data folder {folder} (process {process}). "
    remedy = "Stop it first, or set INDICIA_DATA_DIR to another folder."
    with _lock(folder / "indicia.lock", sentence + remedy):
        yield


@contextlib.contextmanager
def backup_folder_lock(folder: Path) -> Iterator[None]:
    """As ``data_folder_lock``, for a folder of backups, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(
        folder / "backup.lock", "Another backup is being made in {folder} (process {process}). Wait for it."
    ):
        yield


@contextlib.contextmanager
def _lock(path: Path, sentence: str) -> Iterator[None]:
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            raise Conflict(sentence.format(folder=path.parent, process=handle.read().strip())) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
