"""Logs of a process: one JSON object a line, event names, no names or addresses; writing one ends no process."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sys
from pathlib import Path
from typing import TextIO

import structlog

LARGEST = 20 << 20


class _Unfailing:
    """A stream that a full disk or a closed pipe does not make raise: the line is lost, the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def set_up(level: str) -> None:
    """Once a process, before its first event; ``level`` is a name such as INFO."""
    number = logging.getLevelNamesMapping()[level.upper()]
    stream: TextIO = _Unfailing(sys.stderr)  # type: ignore[assignment]
    logging.basicConfig(level=max(number, logging.WARNING), stream=stream)  # libraries: warnings only
    logging.raiseExceptions = False
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )


def rotate(path: Path, largest: int = LARGEST) -> None:
    """Begin a log anew once it is large, while its process goes on writing at the end of the same file. The last one
    stays beside it; where the disk is full, the log is only cut.
    """
    with contextlib.suppress(OSError):
        if path.stat().st_size <= largest:
            return
        with contextlib.suppress(OSError):
            shutil.copyfile(path, path.with_suffix(".log.1"))
        with path.open("r+b") as log:
            log.truncate(0)
