"""Intelligent Mail barcodes a CPU second, against ReportLab's encoder and zint's, in one run.

``python bench/imb.py`` prints one JSON line a measurement. Every peer's result is compared with ours first.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from reportlab.graphics.barcode.usps4s import USPS_4State

from postal.barcodes import imb, imb_batch

BATCH = 1_000_000
SCALAR = 20_000
ONE_FAULTY_IN = 50
REPEATS = 3


def measure() -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit; best of three, CPU seconds."""
    columns, lines = _codes(BATCH)
    codes = [tuple(line.split(",")) for line in lines[:SCALAR]]

    reportlab = _rate(lambda: [USPS_4State(*code).barcodes for code in codes], SCALAR)
    letters, refusals = imb_batch.encode_columns(*columns)
    texts = [row.tobytes().decode() for row in letters[:SCALAR]]
    if refusals.any() or texts != [USPS_4State(*code).barcodes for code in codes]:
        raise SystemExit("the two encoders disagree: no measurement")

    batch = _rate(lambda: imb_batch.encode_columns(*columns), BATCH)
    yield _row("imb encode, integer columns, against ReportLab", batch, reportlab)
    faulty = _with_faults(columns)
    if (imb_batch.encode_columns(*faulty)[1] > 0).sum() != BATCH // ONE_FAULTY_IN:
        raise SystemExit("a faulty code was not refused: no measurement")
    refusing = _rate(lambda: imb_batch.encode_columns(*faulty), BATCH)
    yield _row("imb encode, integer columns, one in fifty refused, against ReportLab", refusing, reportlab)
    text = _rate(lambda: list(imb_batch.encode_lines(lines)), BATCH)
    yield _row("imb encode, lines of digits, against ReportLab", text, reportlab)
    scalar = _rate(lambda: [imb.encode(*code) for code in codes], SCALAR)
    yield _row("imb encode, one at a time, against ReportLab", scalar, reportlab)
    if zint := _zint():
        peer = _rate(lambda: [zint(*code) for code in codes], SCALAR)
        yield _row("imb encode, integer columns, against zint-bindings", batch, peer)

    one_by_one = _rate(lambda: [imb.decode(text) for text in texts], SCALAR)
    yield _row(
        "imb decode, columns, against one at a time",
        _rate(lambda: imb_batch.decode_batch(letters), BATCH),
        one_by_one,
    )
    strings = list(imb_batch.encode_lines(lines))
    yield _row(
        "imb decode, lines of letters, against one at a time",
        _rate(lambda: list(imb_batch.decode_lines(strings)), BATCH),
        one_by_one,
    )


def _codes(count: int) -> tuple[list[np.ndarray], list[str]]:
    """Columns and the same as lines; all four routing lengths."""
    chance = np.random.default_rng(1)
    prefix = np.full(count, 270)
    number = 123456 * 10**9 + np.arange(count)
    digits = chance.choice([0, 5, 9, 11], count)
    routing = (chance.random(count) * 10.0**digits).astype(np.int64)
    rows = zip(number.tolist(), routing.tolist(), digits.tolist(), strict=True)
    lines = [f"00270{n:015d},{f'{r:0{d}d}' if d else ''}" for n, r, d in rows]
    return [prefix, number, routing, digits], lines


def _with_faults(columns: list[np.ndarray]) -> list[np.ndarray]:
    """The same with a barcode id that no code has in every fiftieth row; ReportLab would draw it all the same."""
    prefix = columns[0].copy()
    prefix[::ONE_FAULTY_IN] += 5 * 1_000  # 05: the second digit of a barcode id is 0 to 4
    return [prefix, *columns[1:]]


def _rate(work: Callable[[], object], items: int) -> float:
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return items / min(seconds)


def _row(name: str, ours: float, peer: float, unit: str = "codes/cpu-s") -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours),
        "peer": round(peer),
        "ratio": round(ours / peer, 1),
        "unit": unit,
    }


def _zint() -> Callable[[str, str], object] | None:
    """zint's encoder through its Python binding where that is installed."""
    if find_spec("zint") is None:
        return None
    import zint

    def encode(tracking: str, routing: str) -> object:
        symbol = zint.Symbol()
        symbol.symbology = zint.Symbology.USPS_IMAIL
        symbol.encode(f"{tracking}-{routing}" if routing else tracking)
        return symbol

    return encode


if __name__ == "__main__":
    for measurement in measure():
        print(json.dumps(measurement), flush=True)
