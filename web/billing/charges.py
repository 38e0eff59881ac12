"""Charges as an agency sees its own, and the page that explains one charge down to its evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import queries, totals
from billing.corrections import recharge
from billing.pricing import POSTAGE_PERMIT
from kernel.errors import NotFound
from kernel.ids import named_ulid
from kernel.money import ZERO, Extended, total
from postal.money.fair_shares import explain_share
from postal.prices.piece_price import postage_of, price_text
from production.asked import Asked, Line
from production.frontdesk.orders.queries import job_by_number
from production.jobs.usage_evidence import StreamEvidence, UsageEvidence
from production.mailings.models import PresortStream
from production.mailroom.streams.shares import job_share
from store.db import UnitOfWork
from web.acts import command
from web.billing.periods import statement_page
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, reading, require

blueprint = Blueprint("charges", __name__, url_prefix="/charges")
# Evidence in the words of the floor; anything else is shown under its own name.
EVIDENCE_WORDS = {
    "batch": "Stream",
    "project": "Project",
    "who": "Who",
    "what": "What was done",
    "component": "File of",
    "delivery": "Delivery",
    "due": "Needed by",
    "fixes": "Fixes",
    "ordered": "Ordered",
    "job": "Job",
    "jobs": "Jobs that share it",
    "pages": "Pages of a piece",
    "pieces": "Pieces",
    "plan": "Presort plan (SHA-256)",
    "run": "Meter run",
    "runs": "Runs of consecutive pieces",
    "sheet": "Meter day sheet",
    "ticket": "Ticket",
    "withdrawn_in_batch": "Pieces withdrawn from the stream",
}
# Keys of rows and files: what an auditor at the plant follows.
_KEYS = ("batch", "delivery", "plan", "run", "sheet", "version")


class ChargeAgain(Asked):
    """Taking a charge back and charging its work again."""

    account: Line = Field("", title="Account")
    reason: Line = Field(title="Why", max_length=200)


@dataclass(frozen=True, slots=True)
class LevelLine:
    """Pieces of the job at one sort level, at the price of the statement."""

    name: str
    pieces: int
    price: str
    extended: Extended


@blueprint.get("")
@require("see_own_charges")
def listing() -> str:
    """The agency's months, newest first, of one fiscal year if it is asked for, and what waits in suspense."""
    year = list_place("year", 0) or None
    with reading() as session:
        periods = totals.agency_periods(session, agency_id=_own_agency(), year=year)
        suspended = queries.suspended(session, agency_id=_own_agency())
    return render_template(
        "billing/own.html", periods=periods, year=year, suspended=suspended, listed=queries.LISTED
    )


@blueprint.get("/<label>")
@require("see_own_charges")
def statement(label: str) -> str:
    """The agency's month by account and job."""
    return statement_page(label, _own_agency(), back=url_for(".listing"))


@blueprint.get("/jobs/<number>")
@require("see_charges")
def of_job(number: str) -> str:
    """Every charge of one job, each leading to its explanation."""
    with reading() as session:
        job = job_by_number(session, actor(), number)
        charges = queries.job_charges(session, job.id, agency_id=actor().agency_id)
    whole = sum((charge.money for charge in charges), ZERO)
    return render_template("billing/job.html", job=job, charges=charges, whole=whole)


@blueprint.get("/lines/<ulid>")
@require("see_charges")
def explain(ulid: str, refused: Refused | None = None) -> str:
    """One charge on one page: price, quantity, share, posting, and the evidence of the work."""
    key = named_ulid(ulid, "charge")
    with reading() as session:
        why = queries.explain(session, key, agency_id=actor().agency_id)
        levels = _levels(session, why)
        why_share = _why_share(session, why)
        mates = totals.journal_mates(session, why.charge.journal, key)
        accounts = totals.open_accounts(session, why.charge.agency)
    choices = [
        ("", "As the job's accounts share it now"),
        *((code, f"{code}: {name}") for code, name in accounts),
    ]
    return render_template(
        "billing/charge.html",
        why=why,
        charge=why.charge,
        minimum_applies=_minimum_applies(why),
        levels=levels,
        why_share=why_share,
        levels_total=total([line.extended for line in levels]),
        mates=mates,
        evidence=_evidence(why.charge.evidence, keys=False),
        keys=_evidence(why.charge.evidence, keys=True),
        form=Form(ChargeAgain, refused, options={"account": choices}),
        refused=refused,
    )


@blueprint.post("/lines/<ulid>/again")
@require("bill")
@command(ChargeAgain, again=explain)
def again(uow: UnitOfWork, said: ChargeAgain, ulid: str) -> Done:
    """Take the charge's journal back and charge its work again: to one account, or as the job's accounts share now."""
    journal = totals.find_journal(uow.session, named_ulid(ulid, "charge"))
    chosen = totals.find_account(uow.session, journal.agency_id, said.account) if said.account else None
    done = recharge(uow, journal, reason=said.reason, accounts={chosen: 1} if chosen else None)
    words = f"Taken back and charged again: {done.charges:,} new rows, ${done.total}."
    waiting = " ".join(finding.message for finding in done.findings)
    return Done(url_for(".explain", ulid=ulid), f"{words} {waiting}".strip())


def _own_agency() -> int:
    agency_id = actor().agency_id
    if agency_id is None:
        raise NotFound("Charges of one agency are on its statement.")
    return agency_id


def _minimum_applies(why: queries.Explanation) -> bool:
    """Did the card's minimum lift this line?"""
    by_rate = Decimal(why.minimum.cents).scaleb(-2)
    return bool(why.minimum) and why.charge.extended < by_rate


def _levels(session: Session, why: queries.Explanation) -> list[LevelLine]:
    """Postage of the job's own pieces by level, at the prices of the stream's statement."""
    if (
        not isinstance(why.charge.evidence, StreamEvidence)
        or why.charge.unit != POSTAGE_PERMIT
        or why.stream is None
    ):
        return []
    figures = session.scalars(select(PresortStream).filter_by(number=why.stream)).one().summary.figures
    lines = {line.level: line for line in figures.postage_lines}
    return [
        LevelLine(
            line.name, pieces, price_text(line.rate, line.by_pound), postage_of(line.rate, line.by_pound, pieces)
        )
        for level, pieces in why.charge.evidence.levels.items()
        if pieces and (line := lines.get(level)) and line.rate is not None
    ]  # fmt: skip


def _why_share(session: Session, why: queries.Explanation) -> tuple[str, ...]:
    """The job's share of its stream's postage in words; nothing for other work, or a stream without shares."""
    if why.charge.unit != POSTAGE_PERMIT or why.stream is None:
        return ()
    share = job_share(session, job_by_number(session, actor(), why.charge.job))
    return explain_share(share) if share else ()


def _evidence(kept: UsageEvidence, *, keys: bool) -> list[tuple[str, str]]:
    """Evidence as (word, value), or only its keys of records and files; levels have a table of their own."""
    return [
        (EVIDENCE_WORDS.get(name, name.replace("_", " ")), _shown(value))
        for name, value in asdict(kept).items()
        if name != "levels" and (name in _KEYS) is keys
    ]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
