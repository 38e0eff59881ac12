"""One owner of a data folder at a time: ``indicia up``, or a restore into it."""

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
    with (folder / "indicia.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            raise Conflict(
                f"Indicia runs already on the data folder {folder} (process {handle.read().strip()}). "
                "Stop it first, or set INDICIA_DATA_DIR to another folder."
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
