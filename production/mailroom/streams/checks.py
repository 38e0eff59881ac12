"""What must hold of streams, their plans, segments and postage, for ``indicia verify``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Corrupt
from kernel.money import Extended, Money, Rate, to_cents, total
from postal.admission.incentives import KIND as INCENTIVES
from postal.admission.incentives import load_incentives
from postal.data.editions import Edition
from postal.papers.tie import PAPER_READERS, statement_figures
from postal.plans.sort_plans import PER_PIECE, PER_POUND, LevelPrice
from postal.prices.piece_price import ByPound, postage_of
from postal.prices.prices import PriceKey, PriceSet, load_tables
from postal.sorting.plan_file import read_plan
from postal.sorting.presort_plan import LevelResult, PresortPlan
from production.jobs.consent import is_content
from production.jobs.models import Approval, Job, JobFile, Operation
from production.jobs.states import (
    JobKind,
    JobState,
    LotState,
    OperationCode,
)
from production.mailings.editions import shop_editions
from production.mailings.models import LetterJob, MailingFile, PresortShare, PresortStream, Tray
from production.mailings.streams import streams_of
from production.mailroom.pieces.models import Recipient, Spoil
from production.mailroom.serials.models import SerialBlock
from store.keeping.verify import Check, Open, Survey

_IN_A_STREAM = (
    JobState.IN_PRODUCTION,
    JobState.PRODUCED,
    JobState.DISPATCHED,
    JobState.DELIVERED,
    JobState.BILLED,
    JobState.CLOSED,
)


def accepted_pieces_are_in_one_place(survey: Survey) -> Iterator[Open]:
    """Every accepted piece waits, or is in exactly one stream; those of a stopped job are in none."""
    live = (
        select(
            PresortShare.job_id,
            func.count().label("slices"),
            func.sum(PresortShare.pieces).label("pieces"),
            func.min(PresortShare.lot_id).label("lot_id"),
        )
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .where(PresortStream.state != LotState.CANCELLED)
        .group_by(PresortShare.job_id)
        .subquery()
    )
    query = (
        select(
            LetterJob.number,
            LetterJob.state,
            LetterJob.pieces,
            LetterJob.lot_id,
            live.c.slices,
            live.c.pieces,
            live.c.lot_id,
        )
        .outerjoin(live, live.c.job_id == LetterJob.id)
        .order_by(LetterJob.id)
    )
    for number, state, pieces, lot_id, slices, sliced, slice_stream in survey.session.execute(query):
        survey.examined += pieces or 0
        if state not in _IN_A_STREAM:
            if slices or lot_id is not None:
                yield Open(f"job {number} is {state.value} and has pieces in a stream", (number,))
        elif slices != 1:
            yield Open(
                f"job {number} is {state.value} and its pieces are in {slices or 0} streams", (number,)
            )
        elif lot_id != slice_stream:
            yield Open(f"job {number} names another stream than the one that holds its pieces", (number,))
        elif sliced != pieces:
            yield Open(f"job {number} has {pieces:,} accepted pieces, its stream {sliced:,}", (number,))


def plans_agree_with_their_batches(survey: Survey) -> Iterator[Open]:
    """Pieces of the plan, stream, slices, levels, trays, statement, serials and recipients are the same number."""
    for stream in _read_tonight(survey):
        plan = _plan(survey, stream)
        if plan is None:
            yield Open(f"stream {stream.number}: its plan cannot be read", (stream.number,))
            continue
        survey.examined += plan.pieces
        for what, count in _counts(survey.session, stream, plan).items():
            if count != stream.pieces:
                yield Open(
                    f"stream {stream.number}: {stream.pieces:,} pieces, {what} {count:,}", (stream.number,)
                )
        if not (np.bincount(plan.source, minlength=plan.pieces) == 1).all():
            yield Open(
                f"stream {stream.number}: the plan does not hold each accepted row once", (stream.number,)
            )


def _counts(session: Session, stream: PresortStream, plan: PresortPlan) -> dict[str, int]:
    slices = session.execute(
        select(PresortShare.pieces, PresortShare.levels).where(PresortShare.lot_id == stream.id)
    ).all()
    trays = select(Tray.number, Tray.first_piece, Tray.last_piece).filter_by(lot_id=stream.id)
    ranges = [tuple(row)[1:] for row in session.execute(trays.order_by(Tray.number))]
    serials = select(func.sum(SerialBlock.last - SerialBlock.first + 1)).filter_by(
        lot_id=stream.id, mailer_id=stream.mailer_id, first=stream.first_serial
    )
    people = session.scalar(
        select(func.count()).select_from(Recipient).filter_by(mail_date=stream.mail_date, lot_id=stream.id)
    )
    return {
        "plan": plan.pieces,
        "slices": sum(pieces for pieces, _ in slices),
        "levels of the slices": sum(sum(levels.values()) for _, levels in slices),
        "levels": sum(stream.summary.figures.levels.values()),
        "statement": sum(line.pieces for line in stream.summary.figures.postage_lines),
        "trays": _covered(ranges),
        # Pieces that were brought in carry no serial of ours.
        **({} if stream.first_serial is None else {"serials": int(session.scalar(serials) or 0)}),
        **({"recipients": people} if people else {}),  # none once retention has dropped the month
    }


def _covered(ranges: Sequence[Sequence[Any]]) -> int:
    """The last piece of ranges that follow one another from 1; -1 when they leave a gap or overlap."""
    if (
        not ranges
        or ranges[0][0] != 1
        or any(after[0] != before[1] + 1 for before, after in pairwise(ranges))
    ):
        return -1
    return int(ranges[-1][1])


def segments_cover_their_batches(survey: Survey) -> Iterator[Open]:
    """The segments of a plan follow one another from the first piece to the last; a print file has all its pages."""
    reprints = select(Spoil.replacement_id).where(Spoil.replacement_id.is_not(None))
    query = (
        select(
            PresortStream.number, PresortStream.pieces, PresortStream.pages_per_piece, Operation.first_piece,
            Operation.last_piece, Operation.pages,
        )
        .join(Operation, Operation.lot_id == PresortStream.id)
        .where(Operation.type == OperationCode.MERGE, Operation.id.not_in(reprints))
        .order_by(PresortStream.id, Operation.segment)
    )  # fmt: skip
    for number, rows in groupby(survey.session.execute(query), key=lambda row: row[0]):
        segments = list(survey.each(rows))
        _, pieces, per_piece, *_ = segments[0]
        if _covered([(first, last) for *_, first, last, _ in segments]) != pieces:
            yield Open(f"stream {number}: its segments do not hold pieces 1 to {pieces:,} once", (number,))
        for *_, first, last, pages in segments:
            wanted = per_piece * (last - first + 1) if per_piece and first and last else None
            if wanted is not None and pages not in (None, wanted):
                sentence = f"stream {number}: pieces {first:,} to {last:,} were merged to {pages:,} pages"
                yield Open(sentence, (number,))


def postage_equals_pieces(survey: Survey) -> Iterator[Open]:
    """The postage of a mailing is that of its plans, and the sum of the pieces of its streams at their prices less
    incentives, rounded once for each statement.
    """
    for mailing_id in dict.fromkeys(stream.mailing_id for stream in _read_tonight(survey)):
        streams = streams_of(survey.session, mailing_id)
        plans = [plan for stream in streams if stream.plan_sha256 and (plan := _plan(survey, stream))]
        if not streams or len(plans) < len(streams):
            continue  # not sorted yet; what cannot be read is named by plans_agree_with_their_batches
        survey.examined += 1
        by_form: dict[str, list[Extended]] = {}
        off = []
        for stream in streams:
            kept = stream.summary.figures
            off += [one.amount for one in kept.incentives]
            for line in kept.postage_lines:
                if line.rate is not None:
                    extended = postage_of(line.rate, line.by_pound, line.pieces)
                    by_form.setdefault(line.form, []).append(extended)
        main = plans[0].form
        by_lines = Money(
            sum(
                to_cents(total(parts) - total(off) if form == main else total(parts)).cents
                for form, parts in by_form.items()
            )
        )
        stated = Money(sum(stream.summary.figures.postage.cents for stream in streams))
        planned = Money(sum(plan.postage.cents for plan in plans))
        if not by_lines == stated == planned:
            number = streams[0].mailing.number
            yield Open(
                f"mailing {number}: statement ${stated}, pieces ${by_lines}, plan ${planned}", (number,)
            )


def statements_are_of_their_streams(survey: Survey) -> Iterator[Open]:
    """The kept statements of a mailing say the pieces of its streams, and the postage less what is credited besides."""
    roles = MailingFile.role.in_([role for role in PAPER_READERS if role.startswith("statement")])
    for mailing_id in dict.fromkeys(stream.mailing_id for stream in _read_tonight(survey)):
        streams = streams_of(survey.session, mailing_id)
        kept = select(MailingFile.sha256).where(MailingFile.mailing_id == mailing_id, roles)
        paths = [survey.files.path(sha256) for sha256 in survey.session.scalars(kept)]
        if not streams or not paths or not all(path.exists() for path in paths):
            continue  # not drawn yet; what is missing is named by files_have_content
        survey.examined += 1
        said = [
            statement_figures(csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))) for path in paths
        ]
        told = sum(one.pieces for one in said), sum(one.cost.cents for one in said if one.cost)
        wanted = (
            sum(stream.pieces or 0 for stream in streams),
            sum(stream.summary.figures.postage.cents for stream in streams),
        )
        if told != wanted:
            number = streams[0].mailing.number
            yield Open(
                f"mailing {number}: its statement says {told[0]:,} pieces for ${Money(told[1])}, its streams "
                f"{wanted[0]:,} for ${Money(wanted[1])}",
                (number,),
            )


def prices_are_of_their_day(survey: Survey) -> Iterator[Open]:
    """Every list and price a stream was sorted by is an edition we keep, in force on its mailing date."""
    kept = {edition.name: edition for edition in shop_editions(survey.files)}
    for stream, plan in _plans(survey):
        used = [(name, kept.get(name)) for name in survey.each(plan.editions)]
        for name, edition in used:
            if edition is None or not edition.is_in_force(stream.mail_date):
                sentence = f"stream {stream.number} used {name}, which is not in force on {stream.mail_date}"
                yield Open(sentence, (stream.number,))
        prices = [edition for _, edition in used if edition and edition.kind == "prices"]
        for level in plan.levels if prices else ():
            if level.pieces and (level.rate, level.by_pound) != _price(prices[0], plan, level):
                yield Open(
                    f"stream {stream.number}: {level.price} is not the price of {level.name}",
                    (stream.number,),
                )
        amounts = [load_incentives(edition) for _, edition in used if edition and edition.kind == INCENTIVES]
        for one in plan.incentives:
            if not any(
                one.rate == found.by_name[one.name].rate for found in amounts if one.name in found.by_name
            ):
                yield Open(
                    f"stream {stream.number}: {one.rate} is not the amount of {one.title}", (stream.number,)
                )


def _price(edition: Edition, plan: PresortPlan, level: LevelResult) -> tuple[Rate | None, ByPound | None]:
    prices = PriceSet(edition, plan.mail_date, load_tables(edition))
    cells, weighed = LevelPrice(PriceKey(level.price_table, level.price_level, level.entry)), level.by_pound
    if weighed:
        cells = LevelPrice(
            PriceKey(level.price_table, level.price_level, component=PER_PIECE),
            PriceKey(level.price_table, weighed.level, weighed.entry, PER_POUND, weighed.group),
        )
    found = cells.rate(prices, plan.weight_oz)
    return (found.rate, found.by_pound) if found else (None, None)


def printed_is_what_was_approved(survey: Survey) -> Iterator[Open]:
    """What a stream is made from are the files that an approval, not void, names by their hashes."""
    query = (
        select(Job.id, Job.number, Job.revision, PresortShare.accepted_sha256)
        .join(PresortShare, PresortShare.job_id == Job.id)
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .where(PresortStream.state != LotState.CANCELLED, Job.kind == JobKind.MAILING)
        .order_by(Job.id)
    )
    for job_id, number, revision, accepted in survey.each(survey.session.execute(query)):
        files = survey.session.execute(
            select(JobFile.role, JobFile.sha256).filter_by(job_id=job_id, revision=revision)
        )
        content = {role: sha256 for role, sha256 in files if is_content(role)}
        approved = survey.session.scalars(
            select(Approval.hashes).filter_by(job_id=job_id, revision=revision, voided_at=None)
        ).all()
        if content not in approved or content.get("accepted_list") != accepted:
            yield Open(f"job {number} is produced from files nobody approved", (number,))
    printing = Operation.__table__.alias("printing")
    differing = (
        select(printing.c.ticket)
        .join(
            Operation,
            (Operation.lot_id == printing.c.lot_id) & (Operation.segment == printing.c.segment),
        )
        .where(Operation.type == OperationCode.MERGE, printing.c.type == OperationCode.PRINT.value)
        .where(Operation.file_sha256.is_distinct_from(printing.c.file_sha256))
    )
    for ticket in survey.each(survey.session.scalars(differing)):
        yield Open(f"{ticket} prints another file than was merged for it", (ticket,))


def _streams(session: Session, condition: Any) -> Sequence[PresortStream]:
    return session.scalars(select(PresortStream).where(condition).order_by(PresortStream.id)).all()


def _plans(survey: Survey) -> Iterator[tuple[PresortStream, PresortPlan]]:
    """Sorted streams with their plans, as far as these can be read (plans_agree_with_their_batches)."""
    for stream in _read_tonight(survey):
        plan = _plan(survey, stream)
        if plan is not None:
            yield stream, plan


def _read_tonight(survey: Survey) -> list[PresortStream]:
    """Sorted streams that are worked on, and of the rest those whose plan is read."""
    sorted_ones = _streams(survey.session, PresortStream.plan_sha256.is_not(None))
    over = (LotState.DELIVERED, LotState.CANCELLED)
    return [one for one in sorted_ones if one.state not in over or survey.reads(one.plan_sha256 or "")]


def _plan(survey: Survey, stream: PresortStream) -> PresortPlan | None:
    try:
        return read_plan(survey.files.path(stream.plan_sha256 or ""))
    except (Corrupt, FileNotFoundError):
        return None


CHECKS: tuple[Check, ...] = (
    accepted_pieces_are_in_one_place,
    plans_agree_with_their_batches,
    segments_cover_their_batches,
    postage_equals_pieces,
    statements_are_of_their_streams,
    prices_are_of_their_day,
    printed_is_what_was_approved,
)
