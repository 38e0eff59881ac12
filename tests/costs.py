"""What tests cost: CPU seconds of everything they set to work, told by folder at the end of a run.

Counted are the test process, its children and theirs, living and ended, and the servers named here. A crowded machine
makes them a third larger, the time on the wall many times. ``COSTS=FILE pytest …`` keeps the figures of each test as
JSON rows: test, phase, CPU seconds, seconds.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

servers: list[int] = []  # process ids of servers that are no children of ours
_TICKS = os.sysconf("SC_CLK_TCK")
_told = [0.0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Each report carries what was spent since the one before; the first of a process, its start as well."""
    report = yield
    now = _cpu_seconds()
    report.cpu, _told[0] = max(0.0, now - _told[0]), now
    return report


def pytest_terminal_summary(terminalreporter):
    """One line a folder: tests, CPU seconds, seconds in which a test of it ran."""
    reports = [
        report
        for kind in terminalreporter.stats.values()
        for report in kind
        if isinstance(report, pytest.TestReport)
    ]
    folders = defaultdict(list)
    for report in reports:
        folders["/".join(report.nodeid.partition("::")[0].split("/")[:2])].append(report)
    terminalreporter.section("time of each folder")
    for name, of_folder in [*sorted(folders.items()), ("all", reports)]:
        tests = sum(report.when == "call" for report in of_folder)
        cpu, wall = sum(report.cpu for report in of_folder), sum(report.duration for report in of_folder)
        terminalreporter.line(f"{name:24}{tests:6} tests{cpu:8.1f} CPU s{wall:8.1f} s")
    if path := os.environ.get("COSTS"):
        rows = [(one.nodeid, one.when, round(one.cpu, 3), round(one.duration, 3)) for one in reports]
        Path(path).write_text(json.dumps(rows))


def _cpu_seconds() -> float:
    """User and system time so far (living children and servers on Linux only)."""
    return sum(os.times()[:4]) + sum(map(_of_tree, [*_children(os.getpid()), *servers]))


def _of_tree(pid: int) -> float:
    """A process with its children, living and ended; nothing when it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, words[11:15])) / _TICKS + sum(map(_of_tree, _children(pid)))


def _children(pid: int) -> list[int]:
    try:
        lists = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(word) for file in lists for word in file.read_text().split()]
    except OSError:
        return []
