"""Telling what goes on during commands that take longer than a moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def spinner(*, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """A function that is told each stage; a live line on a terminal's standard error, else nothing."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _stage: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting ...", total=None)
        yield lambda stage: progress.update(task, description=f"{stage.capitalize()} ...")
