"""Which trays stand on which container, told by the mailroom, and a placard for each. Trays keep their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from postal.piece.mailpiece import pounds
from postal.trays import container_barcode
from production.mailings.models import Mailing
from production.mailings.planned import read_planned
from production.mailings.shop import shop_profile
from production.mailings.streams import keep_paper, note
from production.prepress.papers.placards import PlacardPaper, placards
from store.counters import next_block
from store.db import UnitOfWork
from store.files import FileStore

ROLE = "placards"
MAX_CONTAINERS = 200
_SPAN = re.compile(r"(\d{1,6})(?:\s*-\s*(\d{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Trays first..last of one container."""

    first: int
    last: int


def parse_spans(text: str, trays: int) -> list[Span]:
    """'1-40, 41-80' as containers in order: every tray on exactly one. InvalidInput PLACARD names what is wrong."""
    spans, wrong = [], []
    for part in filter(None, re.split(r"[,;\s]*[,;\n]\s*", text.strip())):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            wrong.append(f"{part[:20]!r} is no span of trays; write 1-40.")
        else:
            spans.append(Span(int(match[1]), int(match[2] or match[1])))
    expected = 1
    for span in spans if not wrong else ():
        if span.first != expected or span.last < span.first:
            wrong.append(
                f"After tray {expected - 1:,} comes {expected:,}, not {span.first:,} to {span.last:,}."
            )
            break
        expected = span.last + 1
    if not wrong and expected != trays + 1:
        wrong.append(f"The mailing has trays 1 to {trays:,}; the containers hold up to {expected - 1:,}.")
    if len(spans) > MAX_CONTAINERS:
        wrong.append(f"At most {MAX_CONTAINERS} containers.")
    if wrong:
        findings = [Finding("PLACARD", Severity.STOP, words, place=Place(column="spans")) for words in wrong]
        raise InvalidInput(wrong[0], code="PLACARD", findings=findings)
    return spans


def make_placards(uow: UnitOfWork, files: FileStore, mailing: Mailing, spans_text: str, folder: Path) -> int:
    """Serials, the sheets and their row; gives the number of containers. Every printing has serials of its own, as one
    barcode names one container. Trays are numbered in loading order. Conflict STATE before the mailing is sorted;
    InvalidInput PLACARD.
    """
    planned = read_planned(uow.session, mailing)
    plan = planned.plan(files)
    trays = planned.placed(plan)
    spans = parse_spans(spans_text, len(trays))
    profile, mailer_id = shop_profile(uow.session), planned.streams[0].mailer_id
    assert mailer_id  # a sorted stream has one  # noqa: S101
    first = next_block(uow, f"container-{mailer_id}", len(spans))
    run = 10 ** container_barcode.serial_digits(mailer_id)
    weights = [pounds(stream.weight_oz) for stream in planned.streams]
    papers = []
    for number, span in enumerate(spans, start=1):
        held = trays[span.first - 1 : span.last]
        lines = {(tray.row.line_1, tray.row.line_2) for tray in held}
        # Trays of one destination are labeled with it; others go to the office of entry to be worked.
        line_1, line_2 = lines.pop() if len(lines) == 1 else (profile.post_office, plan.title)
        papers.append(
            PlacardPaper(
                mailing=mailing.number,
                container=number,
                containers=len(spans),
                line_1=line_1,
                line_2=line_2,
                line_3=profile.name,
                barcode=container_barcode.container_barcode(mailer_id, (first + number - 2) % run),
                first_tray=span.first,
                last_tray=span.last,
                pieces=sum(tray.label.pieces for tray in held),
                weight_lb=f"{sum(weights[tray.stream] * tray.label.pieces for tray in held):,.1f}",
                mail_date=mailing.mail_date,
            )
        )
    out = folder / "placards.pdf"
    placards(papers, out, caution=container_barcode.CAUTION)
    ref = files.keep(out, "application/pdf")
    keep_paper(uow, mailing.id, ROLE, ref, name=f"{mailing.number}-placards.pdf", pages=len(papers))
    note(uow, mailing.id, "placards", containers=len(papers), first=papers[0].barcode, sha256=ref.sha256)
    return len(papers)
