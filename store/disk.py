"""The disk under everything that is kept: full, not yet written through, a name of the second that is taken."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from kernel.errors import Unavailable


@contextmanager
def storage_errors() -> Iterator[None]:
    """A full disk in the words of the house."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("The disk is full; nothing was changed.", code="STORAGE_FULL") from error
        raise


def named_by_time(folder: Path, at: datetime, before: str = "") -> Path:
    """A path in a folder that tells the time to the second; a number behind it where something bears that name."""
    name = f"{before}{at:%Y-%m-%dT%H%M%SZ}"
    numbers = (f"-{number}" if number > 1 else "" for number in count(1))
    return folder / next(name + number for number in numbers if not any(folder.glob(f"{name}{number}*")))


def fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
