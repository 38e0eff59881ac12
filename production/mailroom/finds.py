"""Mailings, streams, trays, pieces and meters, by their numbers and by every code that is printed or scanned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import and_, select, union
from sqlalchemy.orm import Session

from kernel.clock import fiscal_year, today
from kernel.errors import InvalidInput, UserError
from kernel.ids import parse_job_number
from postal.barcodes.imb import Tracking
from production.finding import MOST, Finder, Hit, hold, words
from production.jobs.finds import lots_of, numbers
from production.jobs.models import Job
from production.mailings.models import Mailing, PresortStream, Tray
from production.mailings.opening import parse_mailing_number
from production.mailroom.metering.models import Meter
from production.mailroom.pieces import story
from production.mailroom.pieces.models import Recipient
from production.mailroom.pieces.page_marks import Mark
from store.db import Actor

_DIGITS = re.compile(r"\d{1,6}", re.ASCII)
_TRAY = re.compile(r"(\d{2}-?\d{6}-?\d)\s*tray\s*(\d{1,6})", re.ASCII | re.IGNORECASE)
_TRAY_BARCODE = re.compile(r"\d{24}", re.ASCII)
_YEARS = 2


def _streams(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    del actor  # the mailroom alone, as all below but letters
    stream = PresortStream
    query = select(stream.number, stream.pieces, stream.state, Mailing.number, Mailing.mail_date)
    query = query.join(Mailing, Mailing.id == stream.mailing_id).where(stream.id.in_(lots_of(meant)))
    return [
        Hit(f"{number}, {pieces or 0:,} pieces", {"number": number}, f"of {mailing}", state.value, day,
            is_led_to=number not in meant)
        for number, pieces, state, mailing, day in session.execute(
            query.order_by(stream.id.desc()).limit(MOST)
        )
    ]  # fmt: skip


def _mailing_numbers(text: str) -> tuple[str, ...]:
    """One typed whole, or the digits behind its year; jobs and streams lead to theirs."""
    if whole := parse_mailing_number(text):
        return (whole,)
    typed = text.strip()
    years = range(fiscal_year(today()), fiscal_year(today()) - _YEARS, -1)
    short = (f"M{year % 100:02d}-{int(typed):04d}" for year in years) if _DIGITS.fullmatch(typed) else ()
    return (*short, *numbers(text))


def _mailings(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    del actor
    through = select(PresortStream.mailing_id).where(PresortStream.id.in_(lots_of(meant)))
    found = union(select(Mailing.id).where(Mailing.number.in_(meant)), through)
    query = select(Mailing.number, Mailing.mail_date).where(Mailing.id.in_(found))
    rows = session.execute(query.order_by(Mailing.id.desc()).limit(MOST))
    return [Hit(number, {"number": number}, day=day, is_led_to=number not in meant) for number, day in rows]


def _tray_meant(text: str) -> str | tuple[str, int] | None:
    """A tray's barcode, or its stream and number."""
    compact = "".join(text.split())
    if _TRAY_BARCODE.fullmatch(compact):
        return compact
    if match := _TRAY.fullmatch(text.strip()):
        with suppress(ValueError):
            return parse_job_number(match[1]), int(match[2])
    return None


def _trays(session: Session, actor: Actor, meant: str | tuple[str, int]) -> list[Hit]:
    del actor
    is_it = (
        Tray.barcode == meant
        if isinstance(meant, str)
        else and_(PresortStream.number == meant[0], Tray.number == meant[1])
    )
    query = (
        select(PresortStream.number, Tray.number, Tray.line_1, Mailing.mail_date)
        .join(Tray, Tray.lot_id == PresortStream.id)
        .join(Mailing, Mailing.id == PresortStream.mailing_id)
        .where(is_it)
        .order_by(Mailing.mail_date.desc(), Tray.lot_id, Tray.number)
        .limit(MOST)
    )
    return [
        Hit(f"Tray {tray:,} of {number}", {"number": number, "tray": tray}, line, day=day)
        for number, tray, line, day in session.execute(query)
    ]


def _pieces(session: Session, actor: Actor, meant: story.Meant) -> list[Hit]:
    del actor
    try:
        found = story.pieces_of(session, meant)
    except UserError:
        return []
    return [
        Hit(f"Piece {one.piece:,} of {one.stream_number}", {"number": one.stream_number, "piece": one.piece},
            day=one.mail_date)
        for one in found[:MOST]
    ]  # fmt: skip


def _letters(session: Session, actor: Actor, meant: story.Meant) -> list[Hit]:
    """An agency's own letter: the job that it is of. Rows of recipients are its own by their wall."""
    stream = PresortStream
    if isinstance(meant, Mark):
        is_it = and_(stream.id == meant.lot_id, Recipient.piece == meant.piece)
    elif isinstance(meant, Tracking):
        serial = int(meant.serial)
        is_it = and_(
            stream.mailer_id == meant.mailer_id,
            stream.first_serial <= serial,
            stream.first_serial + stream.pieces > serial,
            Recipient.piece == serial - stream.first_serial + 1,
        )
    else:
        is_it = and_(stream.number == meant.number, Recipient.piece == meant.piece)
    query = (
        select(Job.number, Job.title, Job.state, Recipient.source_row, Mailing.mail_date)
        .join_from(stream, Mailing, Mailing.id == stream.mailing_id)
        .join(Recipient, and_(Recipient.mail_date == Mailing.mail_date, Recipient.lot_id == stream.id))
        .join(Job, Job.id == Recipient.job_id)
        .where(is_it, Recipient.agency_id == actor.agency_id)
        .order_by(Mailing.mail_date.desc(), stream.id)
        .limit(MOST)
    )
    return [
        Hit(f"Letter of {number} {title}", {"number": number}, f"row {row:,} of the list", state.value, day)
        for number, title, state, row, day in session.execute(query)
    ]


def _meters(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    del actor
    query = select(Meter.name, Meter.serial_number, Meter.is_active).where(
        hold(sought, Meter.name, Meter.serial_number)
    )
    return [
        Hit(name, {"meter": serial}, serial, "" if active else "closed")
        for name, serial, active in session.execute(query.order_by(Meter.name, Meter.id).limit(MOST))
    ]


def _code(text: str) -> story.Meant | None:
    with suppress(InvalidInput):
        return story.meant(text)
    return None


STREAMS = Finder(numbers, _streams)
MAILINGS = Finder(_mailing_numbers, _mailings)
TRAYS: Finder[str | tuple[str, int]] = Finder(_tray_meant, _trays)
PIECES: Finder[story.Meant] = Finder(_code, _pieces)
OWN_LETTERS: Finder[story.Meant] = Finder(_code, _letters)
METERS = Finder(words, _meters)
