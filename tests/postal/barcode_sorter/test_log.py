"""Run logs: written and read back, every fault named, figures that account for each piece."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kernel.errors import InvalidInput
from kernel.findings import Severity
from postal.barcode_sorter.bin_plan import FIRST
from postal.barcode_sorter.check import check_log, expected_bins, figures
from postal.barcode_sorter.log import BadLog, layout, read_log, write_log
from postal.barcode_sorter.simulator import FAULTS, spoil_log
from tests.postal.sorters import EXPECTED, TAGS, bin_plan, density, log, mail

FOUND = density()
PLAN = bin_plan(FOUND)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "log.csv"
    write_log(log(PLAN, FOUND, bare=25, reject_rate=0.01), path)
    return path.read_text()


def read(text, tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_log(path)


def refused(text, tmp_path):
    with pytest.raises(BadLog) as found:
        read(text, tmp_path)
    return found.value.finding


def test_what_is_written_is_read(tmp_path):
    made = log(PLAN, FOUND, bare=25, reject_rate=0.02, missort_rate=0.01)
    write_log(made, tmp_path / "log.csv")
    found = read_log(tmp_path / "log.csv")
    for name in ("sequence", "routing", "digits", "bin", "weight", "time", "zip5"):
        assert (getattr(made, name) == getattr(found, name)).all(), name
    for name in ("feed", "tag", "reject"):
        assert getattr(made, name).counts() == getattr(found, name).counts()
    assert (found.machine, found.run, found.plan) == ("S1", "27-000009-1", "abc")


def test_a_run_without_faults_has_no_finding_and_its_figures_account_for_every_piece():
    made = log(PLAN, FOUND, bare=25, reject_rate=0.02)
    assert check_log(made, PLAN, EXPECTED) == []
    found = figures(made)
    first = found.tags[FIRST]
    assert set(first) == set(TAGS)
    assert sum(tag.pieces for tag in first.values()) == FOUND.total == found.feeds[FIRST].pieces
    for tag in first.values():
        assert tag.read + sum(tag.rejects.values()) == tag.pieces == tag.weighed
    for feed, facts in found.feeds.items():
        if feed != FIRST:
            above, _, bin_ = feed.rpartition("-")
            assert facts.pieces == found.feeds[above or FIRST].bins[int(bin_)]


def test_missorts_are_counted_with_their_bins():
    made = log(PLAN, FOUND, missort_rate=0.01)
    (finding,) = check_log(made, PLAN, EXPECTED)
    assert (finding.code, finding.severity) == ("SORTER_MISSORT", Severity.WARN)
    astray = int((made.bin != expected_bins(made, PLAN)).sum())
    assert astray > 0
    assert finding.message.startswith(f"{astray:,} pieces lie in a bin")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("duplicate", "SORTER_LOG_SEQUENCE"),
        ("backwards", "SORTER_LOG_TIME"),
        ("unknown-bin", "SORTER_LOG_BIN"),
        ("unknown-tag", "SORTER_LOG_TAG"),
    ],
)
def test_a_fault_of_the_machine_stops_the_log(fault, code):
    (finding,) = check_log(spoil_log(log(PLAN, FOUND), fault), PLAN, EXPECTED)
    assert (finding.code, finding.severity) == (code, Severity.STOP)
    assert finding.place.row


def test_every_fault_of_the_simulator_is_tried():
    assert set(FAULTS) == {"duplicate", "backwards", "unknown-bin", "unknown-tag"}
    with pytest.raises(InvalidInput):
        spoil_log(log(PLAN, FOUND), "rain")
    with pytest.raises(InvalidInput):
        log(PLAN, FOUND, reject_rate=1.5)


@pytest.mark.parametrize("name", ["machine", "run", "plan"])
def test_a_log_of_something_else_is_refused(name):
    made = dataclasses.replace(log(PLAN, FOUND), **{name: "other"})
    (finding,) = check_log(made, PLAN, EXPECTED)
    assert finding.code == "SORTER_LOG_MACHINE"
    assert "'other'" in finding.message


def test_a_feed_the_plan_does_not_have_is_refused():
    made = log(PLAN, FOUND)
    names = tuple("99" if name == made.feed.names[1] else name for name in made.feed.names)
    changed = dataclasses.replace(made, feed=dataclasses.replace(made.feed, names=names))
    assert check_log(changed, PLAN, EXPECTED)[0].code == "SORTER_LOG_FEED"


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9, 0.999])
def test_a_cut_file_is_refused(text, tmp_path, kept):
    assert refused(text[: int(len(text) * kept)], tmp_path).code == "SORTER_LOG_CUT"


def test_a_file_without_its_trailer_is_refused(text, tmp_path):
    assert refused(text[: text.rindex("END")], tmp_path).code == "SORTER_LOG_CUT"


def test_totals_that_differ_are_refused(text, tmp_path):
    lines = text.splitlines(keepends=True)
    assert refused("".join(lines[:10] + lines[11:]), tmp_path).code == "SORTER_LOG_TOTALS"
    assert refused(text.replace("END,", "END,x"), tmp_path).code == "SORTER_LOG_TOTALS"


@pytest.mark.parametrize(
    ("line", "row", "column"),
    [
        ("1,first,27-000001-4,7080,,2,794,2026-11-28T10:00:00.120Z", 3, "routing"),
        ("1,first,27-000001-4,70801,jam,2,794,2026-11-28T10:00:00.120Z", 3, "routing"),
        ("1,first,27-000001-4,,rain,2,794,2026-11-28T10:00:00.120Z", 3, "reject"),
        ("-1,first,27-000001-4,70801,,2,794,2026-11-28T10:00:00.120Z", 3, "sequence"),
        ("1,first,27-000001-4,70801,,2,9999999999,2026-11-28T10:00:00.120Z", 3, "weight"),
        (f"1,{'x' * 99},27-000001-4,70801,,2,794,2026-11-28T10:00:00.120Z", 3, "feed"),
        ("1,first,27-000001-4,70801,,2,794,yesterday", 3, "time"),
        ("1,first,27-000001-4,70801,,two,794,2026-11-28T10:00:00.120Z", 3, "bin"),
        ("1,first,27-000001-4", 3, ""),
    ],
)
def test_a_bad_row_is_named_and_nothing_of_it_is_repeated(text, tmp_path, line, row, column):
    lines = text.splitlines()
    lines[2] = line
    finding = refused("\n".join(lines) + "\n", tmp_path)
    assert finding.code == "SORTER_LOG_FORMAT"
    assert finding.place.column == column
    assert finding.place.row == row
    assert "yesterday" not in finding.message


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"x",
        b"\x00" * 300,
        b"a,b\nc,d\n",
        "ä\n".encode() * 40,
        b"INDICIA-SORTER-LOG,2,a,b,c\nEND,0,0,0,0\n",
    ],
)
def test_what_is_no_log_is_refused(tmp_path, bad):
    assert refused(bad, tmp_path).code in {"SORTER_LOG_FORMAT", "SORTER_LOG_CUT"}


def test_a_log_without_pieces_is_refused(tmp_path):
    bare = f"INDICIA-SORTER-LOG,1,S1,r,p\n{','.join(layout().names)}\nEND,0,0,0,0\n"
    assert refused(bare, tmp_path).code == "SORTER_LOG_FORMAT"


def test_the_same_seed_gives_the_same_run():
    first, again, other = log(PLAN, FOUND, seed=5), log(PLAN, FOUND, seed=5), log(PLAN, FOUND, seed=6)
    assert (first.routing == again.routing).all()
    assert not (first.routing == other.routing).all()
    assert len(mail(FOUND)) == FOUND.total
    assert np.all(np.diff(first.time) >= 0)
