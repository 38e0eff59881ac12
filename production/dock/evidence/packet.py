"""The evidence packet of a mailing that left: one archive of plans, papers, Mail.dat, hashes, account and custody.

Names and addresses of recipients stay out unless somebody asks for the list; the plan and the Mail.dat hold delivery
points, which tell addresses but no names. No clock is read: what does not change gives the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path

from kernel.clock import SHOP_ZONE, long_date
from kernel.money import Money
from postal.maildat.fileset import read_set, write_folder
from postal.papers.tie import PAPER_READERS, label_figures, maildat_figures, tie
from postal.sorting.presort_plan import PresortPlan
from production.catalog.piece_weight import envelopes
from production.dock.dispatch import WAYS
from production.dock.evidence.archive import PLAN, Entry, digest_of, write_packet
from production.dock.evidence.manifest import charge_rows, editions_used, event_rows, manifest_of, spoil_rows
from production.dock.evidence.recipient_list import recipient_rows
from production.dock.evidence.records import EvidenceFacts
from production.dock.evidence.stated import Listed, Manifest
from production.dock.models import Delivery
from production.mailroom.maildat import put_together
from production.mailroom.papers.mailing_papers import some_of
from production.prepress.papers.evidence_papers import AffidavitPaper, CoverSection, affidavit, cover
from store.files import FileStore


def make_packet(
    files: FileStore,
    facts: EvidenceFacts,
    folder: Path,
    *,
    with_prints: bool = False,
    with_recipients: bool = False,
) -> Path:
    """The archive in ``folder``. The same mailing gives the same bytes. Corrupt PAPERS_TIE when its papers do not
    agree, CORRUPT when a kept file is damaged.
    """
    plan = facts.planned.plan(files)
    entries = [
        Entry(
            f"plan/{facts.planned.names[stream.id]}.arrow",
            files.checked_path(_hash(stream.plan_sha256)),
            PLAN,
        )
        for stream in facts.planned.streams
    ]
    entries += [
        Entry(f"papers/{paper.name}", files.checked_path(paper.sha256), paper.role) for paper in facts.papers
    ]
    entries += _maildat_entries(files, facts, plan, folder / "maildat")
    used = editions_used(files, plan)
    entries += [Entry(row.path, edition.path, "edition") for edition, row in used if edition and row.path]
    if with_prints:
        entries += [
            Entry(f"print/{row.ticket}.pdf", files.checked_path(_hash(row.file_sha256)), "print file")
            for row in facts.prints
        ]
    records = {
        "records/charges.csv": _csv(charge_rows(facts)),
        "records/events.csv": _csv(event_rows(facts)),
        "records/spoils.csv": _csv(spoil_rows(facts)),
    }
    if with_recipients:
        records["records/recipients.csv"] = _csv(recipient_rows(files, facts.maildat, plan))
    for path, data in records.items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        entries.append(Entry(path, target, "record"))
    manifest = manifest_of(facts, plan, [row for _, row in used], with_recipients=with_recipients)
    entries = list({entry.path: entry for entry in entries}.values())  # a file may hold several editions
    listed = [entry.listed() for entry in entries]
    manifest = replace(manifest, digest=digest_of(listed))
    entries = [*_sheets(facts, manifest, listed, folder), *entries]
    out = folder / "packet.zip"
    write_packet(out, entries, manifest)
    return out


def _maildat_entries(files: FileStore, facts: EvidenceFacts, plan: PresortPlan, folder: Path) -> list[Entry]:
    """The mailing's kept set, else one described now; tied with the papers as they are kept."""
    if facts.maildat_sha256:
        read = read_set(files.checked_path(facts.maildat_sha256))
        maildat, root = read.maildat, read.root
    else:
        made = put_together.describe_mailing(
            files, facts.maildat, version="26-1", software=installed_version("indicia"), is_ready=True
        )
        maildat, root = made.described.maildat, made.root
    trays = facts.planned.placed(plan)
    figures = [maildat_figures(maildat), label_figures((tray.label, tray.row.barcode) for tray in trays)]
    for paper in facts.papers:
        if paper.role in PAPER_READERS:
            rows = csv.reader(io.StringIO(files.path(paper.sha256).read_text("utf-8"), newline=""))
            figures.append(PAPER_READERS[paper.role](list(rows)))
    tie(plan, figures, barcodes=[tray.row.barcode for tray in trays])
    return [
        Entry(f"maildat/{path.name}", path, "Mail.dat") for path in write_folder(maildat, folder, root=root)
    ]


def _sheets(facts: EvidenceFacts, manifest: Manifest, listed: Sequence[Listed], folder: Path) -> list[Entry]:
    """Cover and affidavit, drawn from the manifest."""
    number, caution = facts.planned.mailing.number, manifest.assumptions
    first, second = folder / "cover.pdf", folder / "affidavit.pdf"
    cover(number, manifest.digest, _sections(facts, manifest, listed), first, caution=caution)
    affidavit(
        AffidavitPaper(
            mailing=number,
            shop=facts.maildat.profile.name,
            pairs=_sworn(facts, manifest),
            hand_overs=[_hand_over(row) for row in facts.deliveries],
            digest=manifest.digest,
            caution=caution,
        ),
        second,
    )
    return [Entry("cover.pdf", first, "cover"), Entry("affidavit.pdf", second, "affidavit of mailing")]


def _sworn(facts: EvidenceFacts, manifest: Manifest) -> list[tuple[str, str]]:
    pieces, mailing = manifest.pieces, facts.planned.mailing
    kinds = dict.fromkeys(envelopes()[stream.envelope].name for stream in facts.planned.streams)
    return [
        ("Mailing", mailing.number),
        ("Mail", f"{manifest.mailing.title}, {' and '.join(kinds)}"),
        ("For", some_of(job.agency.name for job in facts.jobs)),
        ("Jobs", some_of(f"{job.number} {job.title}" for job in facts.jobs)),
        ("Mailing date", long_date(mailing.mail_date)),
        ("Pieces mailed", f"{pieces.mailed:,}"),
        ("Planned", f"{pieces.planned:,}"),
        ("Withdrawn before mailing", f"{pieces.withdrawn:,}"),
        ("Spoiled and made again", f"{pieces.spoiled:,}"),
        ("Postage by the statement", f"$ {Money(manifest.postage.cents)}"),
    ]  # fmt: skip


def _hand_over(row: Delivery) -> str:
    left = row.left_at.astimezone(SHOP_ZONE)
    said = (
        f"It left on {long_date(left)} at {left:%H:%M} {left.tzname()}, {WAYS[row.way]}, with "
        f"{row.taken_by} to {row.place}."
    )
    if row.exception:
        said += f" A part of the mailing stayed behind: {row.exception.rstrip('.')}."
    if row.received_at is None:
        return f"{said} No receipt is recorded yet."
    got = row.received_at.astimezone(SHOP_ZONE)
    proof = f"receipt {row.receipt}" if row.receipt else f"received by {row.received_by}"
    return f"{said} It was handed over on {long_date(got)} at {got:%H:%M} {got.tzname()}, {proof}."


def _sections(facts: EvidenceFacts, manifest: Manifest, listed: Sequence[Listed]) -> list[CoverSection]:
    charged = ("Charged", f"$ {Money(manifest.charges_cents)}")
    return [
        CoverSection("The mailing", [*_sworn(facts, manifest)[1:], charged]),
        CoverSection(
            "Jobs",
            head=("Job", "Title", "Agency", "Pieces"),
            rows=[(row.number, row.title, row.agency_name, f"{row.pieces:,}") for row in manifest.jobs],
            widths=(14, 34, 36, 12),
            right=(3,),
        ),
        CoverSection(
            "Custody",
            head=("Left", "With", "For", "Proof"),
            rows=[
                (f"{row.left_at.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}", row.taken_by, row.place,
                 row.receipt or row.received_by or "none yet")
                for row in facts.deliveries
            ],
            widths=(18, 24, 34, 24),
        ),
        CoverSection(
            "Audit chain",
            [("Last entry about this mailing", f"{manifest.audit.number:,}"), ("At", manifest.audit.at)],
            head=("Hash of the entry, which holds all before it",),
            rows=[(manifest.audit.hash,)],
            widths=(1,),
            hashes=(0,),
        ),
        _hashes("Files of this packet", [(row.path, row.sha256) for row in listed]),
        _hashes("Editions", [(row.name, row.sha256) for row in manifest.editions]),
        _hashes(
            "Print files and lists, named and not included",
            [*((row.ticket, row.sha256) for row in manifest.print_files),
             *((f"{row.job} {row.role.replace('_', ' ')}", row.sha256) for row in manifest.lists)],
        ),
    ]  # fmt: skip


def _hashes(title: str, rows: Sequence[tuple[str, str]]) -> CoverSection:
    return CoverSection(title, head=("What", "SHA-256"), rows=rows, widths=(50, 58), hashes=(1,))


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def _hash(sha256: str | None) -> str:
    assert sha256  # a planned stream and a merged segment have one  # noqa: S101
    return sha256
