"""Reads a stranger's files for the sorter in the limited child (store.limited.sandbox); answers are plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, stops
from postal.address.piece_list import read_csv
from postal.barcode_sorter.bin_plan import FIRST
from postal.barcode_sorter.bin_plan_file import read_bin_plan
from postal.barcode_sorter.check import REJECTS, Expected, LogFigures, check_log, figures
from postal.barcode_sorter.density import read_density as density_of
from postal.barcode_sorter.log import BadLog, SorterLog
from postal.barcode_sorter.log import read_log as log_of

READS = "reads.arrow"


@dataclass(frozen=True, slots=True)
class ReadDensity:
    """ZIP Codes and the pieces expected for each."""

    zip5: tuple[int, ...]
    pieces: tuple[int, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ReadLog:
    """What is wrong with a log; its figures when nothing stops it."""

    findings: tuple[Finding, ...]
    figures: LogFigures = field(default_factory=LogFigures)


def read_density(path: str) -> ReadDensity:
    """ZIPs and expected pieces of a CSV, with findings. InvalidInput when it cannot be read."""
    found = density_of(read_csv(Path(path)))
    return ReadDensity(tuple(found.zip5.tolist()), tuple(found.pieces.tolist()), found.findings)


def read_log(
    path: str, plan_path: str, *, machine: str, run: str, plan: str, tags: Sequence[str], out: str
) -> ReadLog:
    """Findings and figures of a run log; what was read goes to the file READS in the folder ``out``."""
    bins = read_bin_plan(Path(plan_path).read_bytes())
    try:
        log = log_of(Path(path))
    except BadLog as bad:
        return ReadLog((bad.finding,))
    findings = check_log(log, bins, Expected(machine, run, plan, tags))
    if stops(findings):
        return ReadLog(tuple(findings))
    _write_reads(log, tags, Path(out) / READS)
    return ReadLog(tuple(findings), figures(log))


def _write_reads(log: SorterLog, tags: Sequence[str], path: Path) -> None:
    """Pieces read in the first feed or when rejects were fed again: job (place in ``tags``), routing, digits,
    sequence. Later feeds handle the same pieces again.
    """
    first = [index for index, name in enumerate(log.feed.names) if name in (FIRST, REJECTS)]
    rows = np.flatnonzero(log.is_read & np.isin(log.feed.index, first))
    place = np.array([list(tags).index(name) if name in tags else -1 for name in log.tag.names], np.int32)
    stream = pa.record_batch(
        {
            "job": pa.array(place[log.tag.index[rows]]),
            "routing": pa.array(log.routing[rows]),
            "digits": pa.array(log.digits[rows]),
            "sequence": pa.array(log.sequence[rows]),
        }
    )
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, stream.schema) as writer:
        writer.write_batch(stream)
