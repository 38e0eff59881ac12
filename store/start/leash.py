"""``python -m store.start.leash COMMAND …`` becomes COMMAND, which the kernel ends when our starter dies.

On Linux the starter's death sends SIGTERM, whatever killed it (prctl(2), PR_SET_PDEATHSIG, kept across
exec); elsewhere the command runs without a leash, and a clean stop still ends it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


def leashed(command: list[str]) -> list[str]:
    """The command on the leash of this process."""
    return [sys.executable, "-m", "store.start.leash", str(os.getpid()), *command]


def adopt_orphans() -> None:
    """Orphaned grandchildren come to this process instead of init (Linux), so that none is left over."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def children() -> set[int]:
    """Process ids of this process's children, adopted ones included (Linux; elsewhere none)."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(word) for file in lists for word in file.read_text().split()}


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def main() -> None:
    """Put on the leash, then become the command."""
    starter, command = int(sys.argv[1]), sys.argv[2:]
    _prctl(_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != starter:  # it died before the leash was on
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # the supervisor's own command lines


if __name__ == "__main__":
    main()
