"""The children of these tests call ordinary functions that misbehave: eat memory, spin, write, connect."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from kernel.errors import Unavailable
from kernel.findings import Finding, Place, Severity
from store.limited.sandbox import close_nursery, open_nursery, run_limited


def run(function: str, limits: dict | None = None, gives: type = object, **arguments):
    return run_limited(
        f"tests.store.sandbox_acts.{function}", arguments, gives, **({"wall_seconds": 60} | (limits or {}))
    )


def test_an_answer_comes_back():
    result = run("double", value="ab")
    assert result.is_ok
    assert result.value == "abab"


def test_an_answer_of_another_shape_is_a_fault_of_ours():
    result = run("double", value="ab", gives=list[int])
    assert (result.outcome, result.error, len(result.incident)) == ("fault", "shape", 8)


def test_a_refusal_comes_out_in_its_own_words():
    result = run("refuse", row=7)
    assert (result.outcome, result.incident, result.is_ok) == ("refused", "", False)
    assert (result.refusal.instance_code, result.refusal.sentence) == ("LIST", "The list is empty.")
    assert result.refusal.findings == [Finding("ROW", Severity.STOP, "No.", "Yes.", Place(row=7))]
    said = result.finding("OTHER", "Other words.", "Other.", Place(file="a.csv"))
    assert said == Finding("LIST", Severity.STOP, "The list is empty.", "Send it again.", Place(file="a.csv"))


def test_an_exception_is_only_its_class_name_and_an_incident():
    result = run("fail", secret="Jane Roe, 1 Main St")
    assert (result.outcome, result.error) == ("fault", "LookupError")
    assert len(result.incident) == 8
    assert "Roe" not in repr(result)


def test_a_fault_of_ours_is_told_as_ours_and_one_of_the_file_is_not():
    """An error of the language, a part that is missing: no file is to blame. A parser that gives up says so."""
    asked = ("DATA_UNREADABLE", "The list cannot be read.", "Save it again as CSV.", Place(file="a.csv"))
    for act in ("forget", "come_apart"):
        told = run(act)
        said = told.finding(*asked)
        assert (told.outcome, said.code) == ("fault", "OUR_FAULT"), act
        assert said.message == "Our program failed on this file. The fault is ours, not the file's."
        assert (
            said.remedy == f"Leave the file as it is and tell the shop the incident number {told.incident}."
        )
        assert said.place.file == "a.csv"
    told = run("parse", digits="Jane Roe")
    said = told.finding(*asked)
    assert (told.outcome, said.code, said.message) == (
        "failed",
        "DATA_UNREADABLE",
        "The list cannot be read.",
    )
    assert said.remedy.endswith(f"If that does not help, tell the shop the incident number {told.incident}.")


def test_an_incident_is_in_the_log_with_its_place_in_the_code_and_without_its_text():
    with capture_logs() as lines:
        told = run("fail", secret="Jane Roe, 1 Main St")
    (line,) = [line for line in lines if line["event"] == "child_failed"]
    assert line["incident"] == told.incident
    assert re.fullmatch(r"sandbox_acts\.py:\d+ fail", line["at"][-1])
    assert "Roe" not in repr(line)


def test_memory():
    assert run("eat", {"memory_bytes": 300 << 20}, size=1 << 30).outcome == "too_much"


def test_processor_time():
    start = time.monotonic()
    assert run("spin", {"cpu_seconds": 1}).outcome == "too_much"
    assert time.monotonic() - start < 15


def test_wall_time_ends_the_child_and_what_it_started(tmp_path):
    note = tmp_path / "pid"
    assert run("sleep_with_child", {"wall_seconds": 3}, note=str(note)).outcome == "too_much"
    for _ in range(100):
        if not _is_alive(int(note.read_text())):
            break
        time.sleep(0.05)
    assert not _is_alive(int(note.read_text()))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_output():
    assert run("answer_long", {"output_bytes": 1 << 20}, size=2 << 20).outcome in {
        "too_much",
        "died",
        "failed",
    }
    assert not run("write_file", {"output_bytes": 1 << 20}, size=2 << 20).is_ok


def test_a_crash_of_the_library():
    assert run("crash").outcome == "died"


def test_what_is_printed_is_no_answer():
    assert run("chatter").value == 7


@pytest.mark.parametrize("act", ["connect", "connect_by_library"])
def test_no_network(act):
    result = run(act)
    assert result.outcome == "failed"
    assert result.error in {"PermissionError", "URLError", "OSError"}


def test_no_settings_reach_the_child(monkeypatch):
    monkeypatch.setenv("INDICIA_SECRET_KEY", "s3cret")
    assert run("environment").value == []


def test_many_files():
    assert not run("open_many").is_ok


def test_a_killed_worker_leaves_no_parser_behind(tmp_path):
    note = tmp_path / "pid"
    call = f"run_limited('tests.store.sandbox_acts.sleep_here', {{'note': {str(note)!r}}}, object)"
    order = f"from store.limited.sandbox import run_limited; {call}"
    worker = subprocess.Popen([sys.executable, "-c", order], cwd=Path(__file__).parents[3])
    for _ in range(200):
        if note.exists() and note.read_text():
            break
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    for _ in range(100):
        if not _is_alive(int(note.read_text())):
            return
        time.sleep(0.05)
    raise AssertionError("the child lives on")


def test_children_are_fresh_and_hold_nothing_of_the_nursery_or_of_each_other():
    with ThreadPoolExecutor() as threads:
        naps = [threads.submit(run, "nap", seconds=1) for _ in range(3)]
        here = run("where").value
    assert len({nap.result().value for nap in naps} | {here["pid"]}) == 4
    others = [name for name in here["files"] if name != "/dev/null" and here["folder"] not in name]
    assert others == []


def test_a_child_imports_nothing_big_that_nobody_uses():
    """pyarrow would import pandas, which ortools brings, with the first array of every child."""
    assert importlib.util.find_spec("pandas")
    assert run("modules_of_an_array").value == ["pyarrow"]


def test_a_dead_nursery_is_replaced():
    first = run("where").value["parent"]
    assert run("where").value["parent"] == first
    os.kill(first, signal.SIGKILL)
    for _ in range(100):
        if not _is_alive(first):
            break
        time.sleep(0.05)
    assert run("where").value["parent"] != first


def test_a_stop_ends_children_and_is_no_fault_of_the_program(tmp_path):
    note = tmp_path / "pid"
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(run, "sleep_with_child", note=str(note))
        while not (note.exists() and note.read_text()):
            time.sleep(0.05)
        close_nursery()
        try:
            with pytest.raises(Unavailable, match="being stopped"):
                waiting.result(timeout=30)
            with pytest.raises(Unavailable, match="being stopped"):
                run("double", value="ab")
            assert not _is_alive(int(note.read_text()))
        finally:
            open_nursery()
    assert run("double", value="ab").value == "abab"


def test_a_forked_process_shares_the_nursery():
    """As a worker and its work-horses do."""
    order = (
        "import os\n"
        "from store.limited.sandbox import open_nursery, run_limited\n"
        "open_nursery()\n"
        "os.fork()\n"
        "parent = run_limited('tests.store.sandbox_acts.where', {}, dict).value['parent']\n"
        "os.write(1, f'{parent}\\n'.encode())\n"
        "os._exit(0)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", order],
        check=True,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=30,
    )
    parents = ran.stdout.split()
    assert len(parents) == 2
    assert len(set(parents)) == 1


def test_what_is_logged_of_a_child_is_no_part_of_a_commands_answer():
    program = "from store.limited.sandbox import run_limited; print(run_limited('json.loads', {'s': '{'}, str).outcome)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "failed\n"
    assert "child_failed" in done.stderr
