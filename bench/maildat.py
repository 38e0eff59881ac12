"""A Mail.dat of 1,000,000 pieces, in CPU seconds, against records made row by row with ljust and rjust.

``python bench/maildat.py [PIECES]`` prints one JSON line a measurement. The peer writes the same .pbc first, and
its bytes must be ours.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from production.mailroom.maildat.received_child import ReadSet

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from bench.presort import pieces as random_pieces
from postal.barcodes.stids import service_type
from postal.data.editions import InForce, editions
from postal.maildat.fileset import lines, read_set, write_folder, write_zip
from postal.maildat.mailing import Mailing, Owner, Sender, Serials, describe
from postal.maildat.records import Records
from postal.maildat.validate import validate
from postal.piece.mailpiece import Mailpiece
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.rule_book import rule_book
from postal.trays.tray_barcode import tray_barcode
from store.limited.sandbox import run_limited

DAY = date(2025, 8, 1)
PIECES = 1_000_000
OWNERS = 150
LETTER = Mailpiece(Decimal("9.5"), Decimal("4.125"), Decimal("0.02"), Decimal("0.8"))
SENDER = Sender("State Mail", crid="1", mailer_id="123456", license_code="ABCD", entry_zip="70802")
FIRST_SERIAL = 1


def measure(count: int = PIECES) -> Iterator[dict[str, Any]]:
    """Measurements with name, seconds, peer, ratio, unit; ours once, as a million pieces are enough."""
    plan = _plan(count)
    mailing = _mailing(plan)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.process_time()
        described = describe(plan, mailing, version="26-1")
        write_folder(described.maildat, folder / "set", root="ABCD0001")
        ours = time.process_time() - start
        peer = _seconds(lambda: _row_by_row(plan, mailing, described.maildat, folder / "peer.pbc"))
        if (folder / "peer.pbc").read_bytes() != b"".join(lines(described.maildat["pbc"])):
            raise SystemExit("the two writers disagree: no measurement")
        what = f"Mail.dat of {count:,} pieces, all files"
        own = _seconds(lambda: _write(described.maildat["pbc"], folder / "own.pbc"))
        yield _row(f".pbc of {count:,} pieces, against row by row", own, peer)
        yield _row(f"{what}, described and written", ours, None)
        archive = folder / "set.zip"
        packed = _seconds(lambda: write_zip(described.maildat, archive, root="ABCD0001"))
        yield _row(f"{what}, packed into one archive", packed, None) | {"bytes": archive.stat().st_size}
        read = time.process_time()
        taken = read_set(archive, max_bytes=10**10)
        yield _row(f"{what}, read from the archive", time.process_time() - read, None)
        start = time.process_time()
        findings = validate(taken.maildat)
        if any(finding.severity.value == "stop" for finding in findings):
            raise SystemExit("the set does not validate: no measurement")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield _row(f"{what}, validated", time.process_time() - start, None) | {"peak_mb": peak}
        yield _in_the_child(f"{what}, received: read, checked and priced in its limited child", archive)


def _in_the_child(name: str, archive: Path) -> dict[str, Any]:
    """What taking in a set from elsewhere needs: processor time and peak memory of the child alone."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = run_limited(
        "production.mailroom.maildat.received_child.read",
        {
            "path": str(archive), "editions_folder": str(archive.parent / "none"), "allow_test_only": True,
            "max_bytes": 10**10,
        },
        ReadSet,
        memory_bytes=8 << 30,
        cpu_seconds=300,
        wall_seconds=600,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not ran.is_ok or not ran.value.said.valid:
        raise SystemExit("the received set does not read: no measurement")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _row(name, seconds, None) | {"peak_mb": after.ru_maxrss // 1024}


def _plan(count: int) -> PresortPlan:
    zip5, zip11 = random_pieces(count)
    job = np.random.default_rng(3).integers(0, OWNERS, count).astype(np.int32)
    rules = rule_book(
        "fcm-letter-automation", InForce(DAY, editions(), allow_test_only=True), origin_zip5=70802
    )
    columns = PieceColumns.of(zip5, zip11, job=job)
    return plan_presort(columns, rules, mailpiece=LETTER, mailer_line="BATON ROUGE LA 708")


def _mailing(plan: PresortPlan) -> Mailing:
    labels = (plan.label(number) for number in range(1, len(plan.trays) + 1))
    return Mailing(
        job_id="M2700001",
        title="Benchmark",
        reference="M27-0001",
        prepared=datetime(2025, 8, 1, 9, 0),  # noqa: DTZ001
        software="bench",
        sender=SENDER,
        owners=tuple(Owner(f"Agency {n}", crid=str(n + 1)) for n in range(OWNERS)),
        owner_of_job=tuple(range(OWNERS)),
        service_type=service_type("270", InForce(plan.mail_date, editions())),
        among=editions(),
        serials=(Serials("123456", FIRST_SERIAL),),
        routing=np.asarray(plan.zip11),
        routing_digits=np.full(plan.pieces, 11, np.uint8),
        tray_barcodes=tuple(
            tray_barcode(f"{label.label_zip:05d}", f"{label.cin:03d}", "123456", label.tray)
            if label.cin
            else ""
            for label in labels
        ),
        withdrawn=np.array([], np.int64),
        ready=False,
    )


def _row_by_row(plan: PresortPlan, mailing: Mailing, maildat: Any, path: Path) -> None:
    """.pbc as a program would write it: a string for each field of each record. Groups are given to it."""
    groups, (serials,) = maildat["pbc"].bytes_of("PBC-1034"), mailing.serials
    cqt = [int(bytes(row)) for row in groups]
    rows = zip(range(1, plan.pieces + 1), cqt, plan.zip11.tolist(), strict=True)
    with path.open("w", encoding="ascii", newline="") as out:
        for number, group, routing in rows:
            serial = serials.first + number - 1
            tracking = f"00{mailing.service_type.stid}{serials.mailer_id}" + str(serial).rjust(9, "0")
            barcode = tracking + str(routing).rjust(11, "0")
            out.write(
                mailing.job_id.ljust(8) + str(number).rjust(9, "0") + str(group).rjust(8, "0") + "000001".ljust(6)
                + barcode.ljust(34) + "".ljust(1) + "".ljust(1) + "".ljust(1) + "O" + "#" + "\r\n"
            )  # fmt: skip


def _write(held: Records, path: Path) -> None:
    with path.open("wb") as out:
        out.writelines(lines(held))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _row(name: str, ours: float, peer: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "ours": round(ours, 2), "unit": "cpu-s"}
    return row if peer is None else row | {"peer": round(peer, 2), "ratio": round(peer / ours, 1)}


if __name__ == "__main__":
    for measurement in measure(int(sys.argv[1]) if len(sys.argv) > 1 else PIECES):
        print(json.dumps(measurement), flush=True)
