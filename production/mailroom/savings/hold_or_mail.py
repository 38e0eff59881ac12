"""Hold or mail for the jobs that wait: the money both ways, how sure it is, and the mail operator's decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlalchemy import select

from kernel.errors import InvalidInput, StaleVersion
from kernel.money import ZERO, Money
from postal.data.editions import Edition, InForce
from postal.money.hold_or_mail import DayVolume, Way, Weighed, weigh
from postal.piece.mailpiece import Mailpiece
from postal.sorting.plan_file import read_plan
from postal.sorting.presort import Case
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import RuleBook
from postal.sorting.streams import Stream
from production.jobs import lifecycle
from production.jobs.models import Job
from production.jobs.states import JobState
from production.mailings.accepted import piece_columns, read_accepted
from production.mailings.editions import shop_editions
from production.mailings.models import LetterJob, PresortStream
from production.mailings.shop import ShopProfile, plan_mailing, shop_rules
from production.mailroom.savings.waiting import FOR_VOLUME, WEEKS, Question, WaitingJob
from production.mailroom.streams.building import build_together
from store.db import UnitOfWork
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class Advice:
    """What is recommended for the jobs of a question that cost the same, and why. ``weighed`` None where no job may
    wait or something is missing, which ``problem`` says.
    """

    title: str  # of the preparation
    question: Question
    weighed: Weighed | None
    problem: str
    reasons: tuple[str, ...]

    @property
    def way(self) -> Way:
        """What is recommended."""
        if self.weighed is not None:
            return self.weighed.way
        return Way.UNKNOWN if self.problem else Way.MAIL


def advise(files: FileStore, profile: ShopProfile, asked: Iterable[Question]) -> tuple[Advice, ...]:
    """The advice on each question, one for all its jobs of one price: pieces of another are another mailing."""
    among = shop_editions(files)
    return tuple(advice for question in asked for advice in _advices(files, profile, question, among))


def hold(uow: UnitOfWork, advice: Advice, *, words: str) -> list[str]:
    """Let the jobs that may wait do so; gives their numbers. The decision stands on each job with what was advised."""
    weighed = advice.weighed
    saves = weighed.saves if weighed else None
    expected = f" Expected to save ${saves}." if saves and saves > ZERO else ""
    said = words.strip()[:400] or f"Waits for the mail of {_day(advice.question.next_day)}.{expected}"
    waiting = [job for job in advice.question.may_wait if not job.waits]
    for job in _rows(uow, waiting):
        _note(uow, job, advice, Way.HOLD)
        lifecycle.hold(uow, job, reason=FOR_VOLUME, words=said)
    return [job.number for job in waiting]


def mail(uow: UnitOfWork, files: FileStore, advice: Advice) -> list[PresortStream]:
    """Mail all jobs of the question tonight, those that waited too: each envelope a stream. Errors as
    ``building.build``.
    """
    jobs = _rows(uow, advice.question.jobs)
    for job in jobs:
        lifecycle.lift(uow, job, FOR_VOLUME)
        _note(uow, job, advice, Way.MAIL)
    return build_together(uow, files, jobs, mail_date=advice.question.tonight)


def _rows(uow: UnitOfWork, jobs: Sequence[WaitingJob]) -> list[LetterJob]:
    query = select(LetterJob).where(LetterJob.number.in_([job.number for job in jobs])).order_by(LetterJob.id)
    rows = list(uow.session.scalars(query.with_for_update(of=Job)))
    if len(rows) < len(jobs) or any(row.state is not JobState.APPROVED for row in rows):
        raise StaleVersion("The pool has changed since this page was shown. Look again.")
    return rows


def _note(uow: UnitOfWork, job: Job, advice: Advice, decision: Way) -> None:
    weighed = advice.weighed
    saves = weighed.saves.plain if weighed and weighed.saves is not None else None
    lifecycle.note(
        uow, job, "hold_or_mail", decision=decision.value, recommended=advice.way.value, expected_to_save=saves,
        comparable_days=len(weighed.days) if weighed else 0,
    )  # fmt: skip


# --- weighing -----------------------------------------------------------------------------------------------


def _advices(
    files: FileStore, profile: ShopProfile, question: Question, among: tuple[Edition, ...]
) -> list[Advice]:
    try:
        rules = [
            shop_rules(profile, question.jobs[0].sort_plan, InForce(on, among, profile.allow_test_only))
            for on in (question.tonight, question.next_day)
        ]
        prices = {piece: _prices(rules[0], piece) for piece in _pieces_of(question)}
    except InvalidInput as missing:
        return [Advice(question.jobs[0].sort_plan, question, None, _sentence(missing), ())]
    found = []
    for price in dict.fromkeys(prices[job.mailpiece] for job in question.jobs):
        part = replace(
            question,
            jobs=tuple(job for job in question.jobs if prices[job.mailpiece] == price),
            past=tuple(stream for stream in question.past if prices[stream.mailpiece] == price),
        )
        found.append(_advice(files, profile, part, rules))
    return found


def _advice(files: FileStore, profile: ShopProfile, question: Question, rules: Sequence[RuleBook]) -> Advice:
    title = rules[0].plan.title
    if not question.may_wait:
        return Advice(
            title, question, None, "", ("Every one of these jobs is due: nothing can wait any longer.",)
        )
    try:
        weighed = weigh(
            _streams(files, question.must_go),
            _streams(files, question.may_wait),
            _volumes(files, question),
            tonight=partial(_cost, profile, rules[0]),
            next_day=partial(_cost, profile, rules[1]),
            here_already=sum(job.pieces for job in question.may_wait if job.mail_date == question.next_day),
        )
    except InvalidInput as missing:
        return Advice(title, question, None, _sentence(missing), ())
    return Advice(title, question, weighed, "", tuple(_reasons(question, weighed, rules)))


def _pieces_of(question: Question) -> set[Mailpiece]:
    return {job.mailpiece for job in question.jobs} | {stream.mailpiece for stream in question.past}


def _prices(rules: RuleBook, mailpiece: Mailpiece) -> tuple[str, ...]:
    """The presorted prices of a piece: what must agree in one mailing."""
    rates = Case.of(rules, mailpiece, payment="permit").rates.by_level[:-1]
    return tuple(str(found.each) if found else "" for found in rates)


def _cost(profile: ShopProfile, rules: RuleBook, streams: Sequence[Stream]) -> Money:
    plans = plan_mailing(profile, streams, rules)
    return Money(sum(plan.postage.cents for plan in plans))


def _streams(files: FileStore, jobs: Sequence[WaitingJob]) -> list[Stream]:
    """Pieces alike but for their addresses, whatever job they are of."""
    alike: dict[Mailpiece, list[str]] = defaultdict(list)
    for job in jobs:
        alike[job.mailpiece].append(job.accepted_sha256)
    return [
        Stream(piece_columns([read_accepted(files.checked_path(sha256)) for sha256 in lists]), mailpiece)
        for mailpiece, lists in alike.items()
    ]


def _volumes(files: FileStore, question: Question) -> list[DayVolume]:
    by_day: dict[date, list[Stream]] = {day: [] for day in question.days}
    for stream in question.past:
        plan = read_plan(files.path(stream.plan_sha256))
        by_day[stream.mail_date].append(Stream(PieceColumns.of(plan.zip5, plan.zip11), stream.mailpiece))
    return [DayVolume(day, tuple(streams)) for day, streams in by_day.items()]


# --- words --------------------------------------------------------------------------------------------------


def _reasons(question: Question, weighed: Weighed, rules: Sequence[RuleBook]) -> Iterable[str]:
    weekday, count = f"{question.next_day:%A}", len(weighed.days)
    if not count:
        yield (
            f"There is no history: no {weekday} of the last {WEEKS} weeks lies behind the shop's first stream, so "
            "nobody can say what will come."
        )
    else:
        yield (
            f"On the last {count} {weekday}s {weighed.expected_pieces:,} further pieces of this kind came on average; "
            f"at least as many on {weighed.days_as_full} of {count}."
        )
        best, worst = max(day.saved for day in weighed.days), min(day.saved for day in weighed.days)
        yield (
            f"Waiting would have saved on {weighed.days_saving} of {count}: "
            f"{_saved(best)} on the best day, {_saved(worst)} on the worst."
        )
    first = min(job.ready_by for job in question.may_wait)
    spare = (first - question.next_day).days
    days = "1 day" if spare == 1 else f"{spare:,} days"
    yield (
        f"The first of the waiting jobs must be ready by {_day(first)}: "
        + (f"{days} to spare after {weekday}." if spare else f"{weekday} is its last day.")
    )
    plan = rules[0].plan
    yield (
        f"Move Update may be {plan.move_update_days} days old on the mailing date, and waiting adds "
        f"{(question.next_day - question.tonight).days}: check the dates of the lists."
    )
    if rules[0].prices.edition != rules[1].prices.edition:
        yield f"Other prices are in force on {_day(question.next_day)}; both sides are priced by their own day."


def _saved(money: Money) -> str:
    return f"${money} saved" if money.cents >= 0 else f"${-money} more paid"


def _day(on: date) -> str:
    return f"{on:%A, %B} {on.day}"


def _sentence(error: InvalidInput) -> str:
    return " ".join(part for part in (error.sentence, error.remedy) if part)
