"""Does a printed piece, folded as it leaves the bindery, go into the envelope of its mailing, or without one, and in
time?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from postal.data.mail_days import in_full
from production.catalog.piece_weight import Envelope, Size, envelopes
from production.catalog.products.families import families
from production.catalog.products.makeup import Makeup, made_up
from production.catalog.products.spec import Spec, read_spec
from production.catalog.products.standards import Standards
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.steps.base import problem
from production.jobs.models import Job, JobFile
from production.mailings.models import LetterJob
from store.files import FileStore


def misfits(spec: Spec, standards: Standards, envelope: str, mail_date: date) -> list[Finding]:
    """ENCLOSURE_SIZE where the piece is too long or too wide, with what would fit; MAIL_DATE where the mailing leaves
    before the day of the piece. ``envelope``: its code; one that is not known is for the order to refuse.
    """
    return [*_too_large(spec, standards, envelope), *_too_early(spec, mail_date)]


def fitting(spec: Spec, standards: Standards) -> Iterator[Envelope]:
    """What the piece travels in: itself where it is a card, then envelopes that it goes into, small to large."""
    return _taking(made_up(spec, families(), standards))


def printed_for(session: Session, files: FileStore, mailing: LetterJob) -> Spec | None:
    """What goes into the envelopes of a mailing, as it is ordered now; None where nothing does."""
    if mailing.encloses_id is None:
        return None
    printed = session.get_one(Job, mailing.encloses_id)
    kept = select(JobFile.sha256).filter_by(job_id=printed.id, revision=printed.revision, role=SPEC)
    return read_spec(files.checked_path(session.scalars(kept).one()).read_bytes())


def _too_large(spec: Spec, standards: Standards, envelope: str) -> Iterator[Finding]:
    asked, made = envelopes().get(envelope), made_up(spec, families(), standards)
    size, taking = made.folded, list(_taking(made))
    if asked is not None and asked not in taking:
        yield problem(
            "envelope",
            f"The printed piece is {_by(size)} in as it is folded, and does not go into {asked.name}.",
            _what_fits(taking)
            + ("" if asked.is_card else f" A fold to {_by(asked.room)} in or less fits this one."),
            code="ENCLOSURE_SIZE",
        )


def _too_early(spec: Spec, mail_date: date) -> Iterator[Finding]:
    if spec.due is not None and mail_date < spec.due:
        yield problem(
            "mail_date",
            f"What is printed for it is needed by {in_full(spec.due)}; mailed on {in_full(mail_date)}.",
            "Mail it on that day or later, or have it printed earlier.", code="MAIL_DATE",
        )  # fmt: skip


def _taking(made: Makeup) -> Iterator[Envelope]:
    is_card = made.sheets == 1 and not made.panels
    taking = [one for one in envelopes().values() if one.takes(made.folded) and (is_card or not one.is_piece)]
    return iter(sorted(taking, key=lambda one: not one.is_piece))


def _what_fits(taking: Sequence[Envelope]) -> str:
    larger = [one.name for one in taking if not one.is_piece]
    return f"It goes into {' or '.join(larger)}." if larger else "No envelope takes it like this."


def _by(size: Size) -> str:
    long, short = sorted((round(float(side), 3) for side in size), reverse=True)
    return f"{long:g} x {short:g}"
