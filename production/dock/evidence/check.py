"""Whether an evidence packet still says the truth: hashes, papers against plan, and, where there is one, the database.

The archive may come from anywhere: it is opened in a limited child process, which answers with plain values.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Corrupt, InvalidInput, ShopError, TooLarge
from kernel.findings import Finding, Place, Severity
from postal.maildat.fileset import read_set
from postal.papers.tie import PAPER_READERS, maildat_figures, tie
from postal.sorting.joined import joined
from postal.sorting.plan_file import read_plan
from production.dock.evidence.archive import PLAN, Packet, digest_of, read_packet
from production.dock.evidence.manifest import manifest_now
from production.dock.evidence.records import ROLE, EvidenceFacts
from production.dock.evidence.stated import Manifest
from production.mailroom.streams.queries import papers
from store.audit import AuditEntry
from store.files import FileStore
from store.limited.sandbox import Limits, run_limited

_LIMITS: Limits = {
    "memory_bytes": 8 << 30, "cpu_seconds": 600, "wall_seconds": 900, "output_bytes": 2 << 30,
}  # fmt: skip
_SHEETS = {"cover.pdf", "affidavit.pdf"}
# What may have gone on after the packet was made, in words.
_LATER = {
    "custody": "the record of custody",
    "charges_cents": "what is charged",
    "list_findings": "the findings",
}
_FIXED = {
    "mailing": "the mailing", "streams": "its streams", "postage": "the postage",
    "pieces": "the account of its pieces", "jobs": "its jobs",
    "lists": "its lists", "approvals": "its approvals", "print_files": "its print files",
    "editions": "the editions it used", "assumptions": "its assumptions",
}  # fmt: skip


def check_packet(path: Path) -> Packet:
    """The packet by itself: every hash, every file listed, papers and Mail.dat tied to the plan in it.
    InvalidInput ARCHIVE_DAMAGED, PACKET_FORMAT; TooLarge ARCHIVE_TOO_LARGE.
    """
    ran = run_limited(f"{__name__}.examine", {"path": str(path.resolve())}, Packet, **_LIMITS)
    if ran.outcome == "too_much":
        raise TooLarge("The packet is larger than is opened here.", code="ARCHIVE_TOO_LARGE")
    if ran.refusal is not None:
        raise ran.refusal
    if not ran.is_ok:
        message = "The packet is damaged, or it is not a ZIP archive."
        found = ran.finding("ARCHIVE_DAMAGED", message, "Get the packet again from where it is kept.")
        raise InvalidInput(found.message, code=found.code, remedy=found.remedy)
    return ran.value


def examine(path: str) -> Packet:
    """In the child: manifest and findings."""
    with tempfile.TemporaryDirectory() as name:
        packet = read_packet(Path(path), Path(name))
        return (
            packet
            if packet.findings
            else replace(packet, findings=tuple(_contents(packet.manifest, Path(name))))
        )


def against_database(
    session: Session, files: FileStore, packet: Packet, facts: EvidenceFacts, *, sha256: str
) -> list[Finding]:
    """What the packet says and the database does not; the database's later entries are told as such."""
    told, now = packet.manifest, manifest_now(facts, files)
    found = [
        _finding("PACKET_DATABASE", Severity.STOP, f"The database says otherwise about {words}.", name)
        for name, words in _FIXED.items()
        if getattr(told, name) != getattr(now, name)
    ]
    found += [
        _finding("PACKET_LATER", Severity.NOTE, f"Since then {words} changed in the database.", name)
        for name, words in _LATER.items()
        if getattr(told, name) != getattr(now, name)
    ]
    kept = {paper.role: paper.sha256 for paper in papers(session, facts.planned.mailing.id)}
    found += [
        _finding("PACKET_DATABASE", Severity.STOP, f"{row.path} is not the paper of the database.", row.path)
        for row in told.files
        if row.kind in kept and kept[row.kind] != row.sha256
    ]
    entry = session.scalars(select(AuditEntry).filter_by(number=told.audit.number)).first()
    if entry is None or entry.hash.hex() != told.audit.hash:
        found.append(
            _finding(
                "PACKET_AUDIT",
                Severity.STOP,
                "Its audit entry is not in the chain of this database.",
                "audit",
            )
        )
    if kept.get(ROLE) != sha256:
        words = "The packet kept with the mailing is another one, or none was kept."
        found.append(_finding("PACKET_LATER", Severity.NOTE, words, ROLE))
    return found


def mailing_of(packet: Packet) -> str:
    """The number of the mailing a packet is about."""
    return packet.manifest.mailing.number


def _contents(manifest: Manifest, folder: Path) -> Iterator[Finding]:
    """Digest, plan and papers of an unpacked packet whose hashes are right."""
    rows = manifest.files
    if manifest.digest != digest_of(row for row in rows if row.path not in _SHEETS):
        yield _finding("PACKET_HASH", Severity.STOP, "The digest is not that of the files.", "manifest.json")
    try:
        plan_rows = [row for row in rows if row.kind == PLAN]
        streams = manifest.streams
        if [row.sha256 for row in plan_rows] != [stream.plan_sha256 for stream in streams]:
            yield _finding(
                "PACKET_TIE", Severity.STOP, "The plans are not those of the streams.", plan_rows[0].path
            )
        jobs = [sum(job.stream == stream.name for job in manifest.jobs) for stream in streams]
        plan = joined([read_plan(folder / row.path) for row in plan_rows], jobs)
        if (manifest.postage.cents, manifest.pieces.planned) != (plan.postage.cents, plan.pieces):
            yield _finding(
                "PACKET_TIE", Severity.STOP, "Pieces or postage are not the plan's.", "manifest.json"
            )
        figures = [
            PAPER_READERS[row.kind](
                list(csv.reader(io.StringIO((folder / row.path).read_text("utf-8"), newline="")))
            )
            for row in rows
            if row.kind in PAPER_READERS
        ]
        told = maildat_figures(read_set(folder / "maildat").maildat)
        tie(plan, [*figures, told], barcodes=[tray.barcode for tray in told.trays or ()])
    except Corrupt as error:
        yield _finding("PACKET_TIE", Severity.STOP, error.sentence, "papers")
    except (ShopError, IndexError, KeyError, TypeError, ValueError, OSError):
        yield _finding(
            "PACKET_TIE", Severity.STOP, "The plan, the papers or the Mail.dat cannot be read.", "papers"
        )


def _finding(code: str, severity: Severity, message: str, place: str) -> Finding:
    return Finding(code, severity, message, place=Place(file=place))
