"""A meter's day: registers before and after, runs by account, and the check that ties them.

An imprint cannot be undone, so nothing here is repeated by machine: a sheet that does not tie stays open with
its gap named until a person corrects a run or reads the registers again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, Forbidden, IllegalTransition, InvalidInput
from kernel.findings import Finding, Severity, stops
from kernel.ids import new_ulid, show_ulid
from kernel.money import ZERO, Money
from postal.data.editions import Edition, InForce
from postal.data.mail_days import mail_day_from, require_mail_day
from postal.money.meters import Registers, tie_out
from postal.prices.metered_prices import METER_PRICE, price_finding
from postal.prices.prices import price_set
from postal.sorting.volume import METERED
from production.jobs import lifecycle
from production.jobs.models import ChargeSplit, Job, Lot, LotShare, Operation, Order
from production.jobs.numbering import new_job_number, new_lot_number
from production.jobs.route import complete, lot_operation, new_operation
from production.jobs.states import JobState, LotKind, OperationCode, OperationState
from production.jobs.states import LotState as S
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import MeterEvidence
from production.mailings.models import PresortStream
from production.mailroom.metering.models import Meter, MeteredJob, MeterRun, MeterSheet
from production.people import second_person
from production.people.models import BudgetUnit
from production.people.second_person import Act
from store import outbox
from store.db import UnitOfWork

MAIL_CLASSES = {
    "first-class": "First-Class",
    "marketing": "Marketing Mail",
    "priority": "Priority",
    "priority-express": "Priority Express",
    "ground-advantage": "Ground Advantage",
    "media": "Media Mail",
    "library": "Library Mail",
    "bound-printed": "Bound printed matter",
    "international": "International",
}
MAIL_SHAPES = ("card", "letter", "flat", "parcel")
_NOT_YET = (S.PLANNING, S.CANCELLED)
_MAX_PIECES = 1_000_000  # a meter does not imprint more in a day

SHEET = lifecycle.register(
    Lot,
    [
        (S.OPEN, "close", S.CHECKING, "Closed by the operator; being checked"),
        (S.CHECKING, "tie", S.TIED, "Registers and runs agree"),
        (S.CHECKING, "reopen", S.OPEN, "Registers and runs do not agree"),
    ],
    LotKind.METER_DAY,
)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run as entered: who pays, what it was, how many pieces for how much. Registers where known; ``stream``: whose
    sorted pieces they are, if it is one.
    """

    budget_unit: BudgetUnit
    mail_class: str
    mail_shape: str
    weight_step: str  # ounces
    pieces: int
    amount: Money
    ascending_before: Money | None = None
    ascending_after: Money | None = None
    stream: PresortStream | None = None


class Priced(Protocol):
    """A run as its price is checked: as kept, or as the desk shows it."""

    @property
    def mail_class(self) -> str: ...
    @property
    def mail_shape(self) -> str: ...
    @property
    def weight_step(self) -> str: ...
    @property
    def lot_id(self) -> int | None: ...
    @property
    def pieces(self) -> int: ...
    @property
    def amount(self) -> Money: ...


@dataclass(frozen=True, slots=True)
class _Imprints:
    pieces: int
    postage: Money


def open_sheet(
    uow: UnitOfWork, meter: Meter, *, day: date, ascending: Money, descending: Money, note: str = ""
) -> MeterSheet:
    """Begin a meter's day with its two registers. Its day is the mail day its imprints are dated: on a weekend or
    holiday the next one (InvalidInput MAIL_DATE, METER_LINE). The registers are the last closing ones, or somebody says
    why (InvalidInput METER_REGISTER) and a second person agrees before the day is closed. Conflict METER_SHEET for a
    second sheet a day or an unfinished one before it.
    """
    uow.session.refresh(meter, with_for_update=True)
    require_mail_day(day, "day")
    if day > mail_day_from(business_date(uow.now)):
        raise InvalidInput("A meter sheet cannot be opened for a day to come.", code="METER_LINE")
    findings = _opening_findings(uow.session, meter, day, Registers(ascending, descending))
    if findings and not note.strip():
        raise InvalidInput(findings[0].message, code="METER_REGISTER", findings=findings)
    sheet = MeterSheet(
        ulid=new_ulid(uow.now), number=new_lot_number(uow, day), meter_id=meter.id, day=day, ready_by=day,
        state=S.OPEN, version=1,
        opening_ascending=ascending, opening_descending=descending, refill=ZERO,
        gaps=tuple(findings), supervisor_note=note.strip() or None,
        entered_by=uow.actor.name, created_at=uow.now,
    )  # fmt: skip
    uow.session.add(sheet)
    uow.session.flush()  # operation and events name the lot
    uow.session.add(new_operation(uow, sheet, OperationCode.METER, OperationState.READY))
    lifecycle.note(uow, sheet, "opened", meter=meter.serial_number, day=day.isoformat(), note=note.strip())
    if findings:
        second_person.ask(uow, Act.METER_REGISTER, sheet.ulid)
    return sheet


def agree_to_registers(uow: UnitOfWork, sheet: MeterSheet) -> None:
    """The second person has looked why a register does not follow the last closing. Conflict SECOND_PERSON."""
    second_person.agree(uow, Act.METER_REGISTER, sheet.ulid)
    lifecycle.note(uow, sheet, "registers_agreed")


def add_run(uow: UnitOfWork, sheet: MeterSheet, facts: RunFacts) -> MeterRun:
    """Enter a run: a job with its number, order, account and ticket. InvalidInput METER_LINE, IllegalTransition."""
    _lock_open(uow, sheet)
    findings = run_findings(facts)
    if findings:
        raise InvalidInput(findings[0].message, code="METER_LINE", findings=findings)
    job = _job_of(uow, sheet, facts)
    places = select(func.coalesce(func.max(LotShare.position) + 1, 0)).where(LotShare.lot_id == sheet.id)
    place = uow.session.scalar(places) or 0
    uow.session.add(LotShare(lot_id=sheet.id, position=place, job_id=job.id, quantity=facts.pieces))
    run = MeterRun(
        sheet_id=sheet.id, job_id=job.id, budget_unit_id=facts.budget_unit.id, mail_class=facts.mail_class,
        mail_shape=facts.mail_shape, weight_step=facts.weight_step, pieces=facts.pieces, amount=facts.amount,
        ascending_before=facts.ascending_before, ascending_after=facts.ascending_after,
        lot_id=facts.stream.id if facts.stream else None,
    )  # fmt: skip
    uow.session.add(run)
    lifecycle.note(
        uow, sheet, "run_added", job=job.number, pieces=facts.pieces, cents=facts.amount.cents,
        stream=facts.stream.number if facts.stream else None,
    )  # fmt: skip
    if facts.stream:
        lifecycle.note(
            uow, facts.stream, "metered", job=job.number, pieces=facts.pieces, cents=facts.amount.cents
        )
    return run


def remove_run(uow: UnitOfWork, run: MeterRun, *, reason: str) -> None:
    """Take out a run entered by mistake; its job is canceled. Only while the sheet is open, and with a reason."""
    sheet = uow.session.get_one(MeterSheet, run.sheet_id)
    _lock_open(uow, sheet)
    if not reason.strip():
        raise InvalidInput("Say why the run is taken out.", code="REASON")
    job = uow.session.get_one(Job, run.job_id)
    lifecycle.advance(uow, job, "cancel", reason=reason.strip()[:200])
    uow.session.execute(delete(LotShare).filter_by(lot_id=sheet.id, job_id=job.id))
    uow.session.execute(delete(MeterRun).where(MeterRun.id == run.id))
    lifecycle.note(uow, sheet, "run_removed", job=job.number, reason=reason.strip()[:200])


def close_sheet(
    uow: UnitOfWork, sheet: MeterSheet, *, ascending: Money, descending: Money, refill: Money = ZERO
) -> None:
    """Enter the closing registers and ask for the check; possible again after a gap was found. Conflict SECOND_PERSON
    while nobody has agreed to registers that do not follow the last closing.
    """
    _lock_open(uow, sheet)
    if second_person.asked(uow.session, Act.METER_REGISTER, sheet.ulid) is not None:
        raise Conflict(
            "The morning registers do not follow the last closing, and no second person has agreed to them yet.",
            code="SECOND_PERSON",
            remedy='Ask a billing clerk or an administrator to look at it under "Second person".',
        )
    sheet.closing_ascending, sheet.closing_descending, sheet.refill = ascending, descending, refill
    lifecycle.advance(uow, sheet, "close", ascending=ascending.cents, descending=descending.cents)
    outbox.request(uow, "meter_check", sheet.ulid, version=sheet.version)


def runs_of(session: Session, sheet: MeterSheet) -> Sequence[MeterRun]:
    """The runs of a sheet in the order of entry."""
    return session.scalars(select(MeterRun).filter_by(sheet_id=sheet.id).order_by(MeterRun.id)).all()


def check(sheet: MeterSheet, runs: Sequence[MeterRun]) -> list[Finding]:
    """What does not tie on a closed sheet; nothing when registers, refills and runs agree."""
    assert sheet.closing_ascending is not None  # a closed sheet has both  # noqa: S101
    assert sheet.closing_descending is not None  # noqa: S101
    day = tie_out(
        Registers(sheet.opening_ascending, sheet.opening_descending),
        Registers(sheet.closing_ascending, sheet.closing_descending),
        runs=[_Imprints(run.pieces, run.amount) for run in runs],
        refills=[sheet.refill],
    )
    return list(day.findings)


def price_findings(
    sheet: MeterSheet, runs: Sequence[Priced], editions: Sequence[Edition]
) -> list[Finding | None]:
    """Each run against the prices in force on the sheet's day: a warning with the difference, a note where no price is
    loaded, None where it fits. The run of a stream is compared with its plan instead (metered_streams). Nothing here
    stops a sheet: the imprint is made.
    """
    try:
        prices = price_set(InForce(sheet.day, tuple(editions)))
    except InvalidInput as missing:
        return [Finding(METER_PRICE, Severity.NOTE, f"{missing.sentence} Amounts are not compared.")] * len(
            runs
        )
    return [
        None
        if run.lot_id
        else price_finding(
            run.mail_class, run.mail_shape, Decimal(run.weight_step), run.pieces, run.amount, prices
        )
        for run in runs
    ]


def record_check(uow: UnitOfWork, sheet: MeterSheet, findings: Sequence[Finding]) -> None:
    """Tied: postage and pieces become usage, the jobs are delivered and charged. A gap: the sheet is open again."""
    uow.session.refresh(sheet, with_for_update=True)
    sheet.gaps = tuple(findings)
    if stops(findings):
        lifecycle.advance(uow, sheet, "reopen", gaps=[finding.code for finding in findings])
        return
    lifecycle.advance(uow, sheet, "tie")
    runs = runs_of(uow.session, sheet)
    operation = lot_operation(uow.session, sheet, OperationCode.METER)
    complete(uow, operation, good=sum(run.pieces for run in runs))
    for run in runs:
        _hand_over(uow, sheet, run, operation)


def run_findings(facts: RunFacts) -> list[Finding]:
    """What is wrong with a run as entered: METER_LINE, one for each fault. A closed account is none: the pieces are
    imprinted, and the charge waits in suspense.
    """
    problems = [
        (facts.mail_class not in MAIL_CLASSES, f"The class {facts.mail_class!r} is not known."),
        (facts.mail_shape not in MAIL_SHAPES, f"The shape {facts.mail_shape!r} is not known."),
        (not _is_weight(facts.weight_step), "The weight step is a number of ounces."),
        (not 1 <= facts.pieces <= _MAX_PIECES, "The count of pieces is not possible."),
        (facts.amount <= ZERO, "There is no postage on these pieces."),
        (
            facts.stream is not None and facts.stream.payment != METERED,
            "The stream is paid by permit imprint; no meter run belongs to it.",
        ),
        (
            facts.stream is not None and facts.stream.state in _NOT_YET,
            "The stream is not sorted, or it was dissolved: no piece of it was imprinted.",
        ),
    ]
    return [Finding("METER_LINE", Severity.STOP, message) for is_wrong, message in problems if is_wrong]


def _is_weight(text: str) -> bool:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and value > 0 and len(text) <= 20


def _lock_open(uow: UnitOfWork, sheet: MeterSheet) -> None:
    uow.session.flush()  # a sheet opened in this transaction can be locked like any other
    uow.session.refresh(sheet, with_for_update=True)
    if sheet.state is not S.OPEN:
        raise IllegalTransition(f"The meter sheet is {sheet.state.value}.", state=sheet.state.value)


def _opening_findings(session: Session, meter: Meter, day: date, opening: Registers) -> list[Finding]:
    if session.scalars(select(MeterSheet).filter_by(meter_id=meter.id, day=day)).first() is not None:
        raise Conflict(f"{meter.name} has a sheet for {day:%m/%d/%Y} already.", code="METER_SHEET")
    query = select(MeterSheet).filter_by(meter_id=meter.id).order_by(MeterSheet.day.desc())
    before = session.scalars(query.where(MeterSheet.day < day)).first()
    findings = []
    if min(opening.ascending, opening.descending) < ZERO:
        findings.append(_register("A register cannot be negative."))
    if session.scalars(query.where(MeterSheet.day > day)).first() is not None:
        findings.append(_register("A later day of this meter is entered already."))
    if before is None:
        return findings
    if before.closing_ascending is None or before.closing_descending is None:
        raise Conflict(
            f"The sheet of {before.day:%m/%d/%Y} has no closing registers yet.", code="METER_SHEET"
        )
    for name, last, now in (
        ("ascending", before.closing_ascending, opening.ascending),
        ("descending", before.closing_descending, opening.descending),
    ):
        if last != now:
            findings.append(_register(f"The {name} register was ${last} at the last closing and is ${now}."))
    return findings


def _register(message: str) -> Finding:
    return Finding(
        "METER_REGISTER",
        Severity.STOP,
        message,
        "Read the meter again, or say why under Supervisor's note; a second person then agrees.",
    )


def _job_of(uow: UnitOfWork, sheet: MeterSheet, facts: RunFacts) -> Job:
    if uow.actor.user_id is None:
        raise Forbidden("A meter run is entered by a person.")
    unit = facts.budget_unit
    order = Order(
        ulid=new_ulid(uow.now), agency_id=unit.agency_id, requester_id=uow.actor.user_id, created_at=uow.now
    )
    uow.session.add(order)
    uow.session.flush()  # the job names its order
    job = MeteredJob(
        ulid=new_ulid(uow.now), number=new_job_number(uow, sheet.day), order_id=order.id,
        agency_id=unit.agency_id, requester_id=uow.actor.user_id,
        title=f"Metered mail: {MAIL_CLASSES[facts.mail_class]}, {facts.mail_shape}, {facts.weight_step} oz",
        state=JobState.DRAFT, version=1, revision=1, created_at=uow.now, quantity=facts.pieces, due=sheet.day,
    )  # fmt: skip
    uow.session.add(job)
    uow.session.flush()  # account, share and run name the job
    uow.session.add(ChargeSplit(job_id=job.id, budget_unit_id=unit.id, weight=1))
    return job


def _hand_over(uow: UnitOfWork, sheet: MeterSheet, run: MeterRun, operation: Operation) -> None:
    """One run of a tied sheet: its job is delivered, its usage written, its charge asked for."""
    job = uow.session.get_one(Job, run.job_id)
    lifecycle.advance(uow, job, "meter")
    source = f"{show_ulid(sheet.ulid)}:{job.number}"
    evidence = MeterEvidence(show_ulid(sheet.ulid), run.id, run.pieces)
    quantities = {
        Unit.METERED_POSTAGE: Decimal(run.amount.cents).scaleb(-2),
        Unit.METERED_PIECE: Decimal(run.pieces),
    }
    for unit, quantity in quantities.items():
        record_usage(
            uow,
            job,
            unit=unit,
            quantity=quantity,
            source=source,
            evidence=evidence,
            operation=operation,
            lot=sheet,
            on=sheet.day,
        )
    outbox.request(uow, "charge", job.ulid)
