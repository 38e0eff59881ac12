"""How the approval of a job stands: the rule that decides, whose turn it is, what was asked. For one job or many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.orm import Session, aliased

from kernel import clock
from kernel.money import Money
from production.frontdesk.approving.choice import Chosen, Facts, choose
from production.frontdesk.approving.models import Act, ApprovalAct
from production.frontdesk.approving.rules import AGENCY_RULES
from production.frontdesk.approving.turns import ANYBODY, Done, Person, Turn, turn_of
from production.frontdesk.orders.models import Quote
from production.jobs.models import ChargeSplit, Job, JobEvent
from production.jobs.states import JobState
from production.people.approval_rules import plant_rule
from production.people.models import Agency, BudgetUnit, Role, User, UserRole
from production.people.stand_ins import standing_in
from store.columns import Cents


@dataclass(frozen=True, slots=True)
class Standing:
    """``total`` is None before there is a quote; ``judged``: what the jobs of its order come to together, as far as
    they are quoted; ``is_whole``: none of them is being checked or put right. ``done``: about this version; ``talk``:
    what was asked, answered, changed and said, about earlier versions too. ``people``: of the agency by sign-in name,
    ``names`` their full names.
    """

    number: str
    revision: int
    total: Money | None
    judged: Money | None
    is_whole: bool
    barred: frozenset[str]
    chosen: Chosen | None
    turn: Turn
    done: Sequence[Done]
    talk: Sequence[Done]
    people: Mapping[str, Person]
    names: Mapping[str, str]

    @property
    def mark(self) -> str:
        """What a form carries of the rule that it was shown with."""
        rule = AGENCY_RULES.documents.plain(self.chosen.rule, "rule") if self.chosen else {}
        return hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def able(self) -> list[str]:
        """Full names of those whose yes counts now, with whom they stand in for."""
        return [self.in_words(name, absent) for name, absent in self.turn.able.items()]

    @property
    def question(self) -> Done | None:
        """What an approver asked last, while the requester has not answered."""
        said = [one for one in self.done if one.act in (Act.ASKED, Act.ANSWERED)]
        return said[-1] if said and said[-1].act is Act.ASKED else None

    @property
    def waits_since(self) -> datetime:
        """Since when those whose turn it is can decide: an answer to a question begins it anew."""
        answered = [one.at for one in self.done if one.act is Act.ANSWERED]
        return max([self.turn.since, *answered])

    def limit_below(self, name: str) -> Money | None:
        """The limit of a person, where it keeps that person from approving this."""
        person = self.people.get(name)
        return person.limit if person and not person.may(self.judged) else None

    def in_words(self, name: str, absent: str = "") -> str:
        """A person, and in whose place."""
        full = self.names.get(name, name)
        return f"{full} for {self.names.get(absent, absent)}" if absent else full


def waiting_with(session: Session, job: Job) -> dict[int, Standing]:
    """Of all jobs of its order that wait for an approval, the first ordered first."""
    found = standings(session, Job.order_id == job.order_id, Job.state == JobState.PROOF_READY)
    return dict(sorted(found.items()))


def order_mark(which: Iterable[Standing]) -> str:
    """What a form carries of the jobs that one yes is about: their numbers, versions, prices and rules as shown."""
    shown = sorted((one.number, one.revision, str(one.total), one.mark) for one in which)
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def standing_of(session: Session, job: Job) -> Standing:
    """Of one job."""
    return standings(session, Job.id == job.id)[job.id]


def standings(session: Session, *which: ColumnElement[bool]) -> dict[int, Standing]:
    """Of several jobs by their keys, in as many statements as for one."""
    facts = session.execute(_FACTS.where(*which)).all()
    if not facts:
        return {}
    today = clock.today()
    rules, usual = AGENCY_RULES.rows(session), plant_rule(session).limit
    people, names = _people(session, {row.agency_id for row in facts}, usual, today)
    done = _done(session, [row.id for row in facts])
    found = {}
    for row in facts:
        chosen = None
        if row.total is not None:
            asked = Facts(row.agency, row.kind, row.product or "", frozenset(row.accounts), row.judged)
            chosen = choose(rules, asked, today)
        barred = frozenset({row.requester, row.submitter} - {None})
        of_job = done.get(row.id, ())
        acts = [one for revision, one in of_job if revision == row.revision]
        talk = [one for _, one in of_job if one.act is not Act.GIVEN]
        turn = turn_of(
            chosen.rule.steps if chosen else ANYBODY, acts, people[row.agency_id], total=row.judged,
            barred=barred, asked_at=row.asked_at,
        )  # fmt: skip
        found[row.id] = Standing(
            row.number, row.revision, row.total, row.judged, row.is_whole, barred, chosen, turn, acts, talk,
            people[row.agency_id], names,
        )  # fmt: skip
    return found


# Whoever approves may have changed quantity or accounts alone, in the same transaction.
_BY_APPROVER = (
    select(ApprovalAct.id)
    .where(ApprovalAct.job_id == JobEvent.job_id, ApprovalAct.act == Act.CHANGED)
    .where(ApprovalAct.actor == JobEvent.actor, ApprovalAct.at == JobEvent.occurred_at)
    .exists()
)
_SUBMITTER = (
    select(JobEvent.actor)
    .where(JobEvent.job_id == Job.id, JobEvent.event == "submit", ~_BY_APPROVER)
    .order_by(JobEvent.id.desc())
    .limit(1)
    .correlate(Job)
    .scalar_subquery()
)
_ACCOUNTS = (
    select(func.array_agg(BudgetUnit.bill_code))
    .join(ChargeSplit, ChargeSplit.budget_unit_id == BudgetUnit.id)
    .where(ChargeSplit.job_id == Job.id)
    .correlate(Job)
    .scalar_subquery()
)
# The jobs of the same order that are not given up.
_BESIDE = Job.__table__.alias("beside")
_OF_ORDER = (_BESIDE.c.order_id == Job.order_id, _BESIDE.c.state != JobState.CANCELLED)
_JUDGED = (
    select(cast(func.sum(Quote.total), Cents))
    .where(*_OF_ORDER, Quote.job_id == _BESIDE.c.id, Quote.revision == _BESIDE.c.revision)
    .correlate(Job)
    .scalar_subquery()
)
_IS_WHOLE = ~(
    select(_BESIDE.c.id)
    .where(*_OF_ORDER, _BESIDE.c.state.in_((JobState.SUBMITTED, JobState.NEEDS_FIX)))
    .correlate(Job)
    .exists()
)
_FACTS = (
    select(
        Job.id, Job.number, Job.agency_id, Job.revision, Job.kind, Job.product, Quote.total,
        Agency.code.label("agency"), User.sign_in_name.label("requester"), _SUBMITTER.label("submitter"),
        func.coalesce(_ACCOUNTS, []).label("accounts"), _JUDGED.label("judged"), _IS_WHOLE.label("is_whole"),
        func.coalesce(Quote.made_at, Job.created_at).label("asked_at"),
    )
    .join(Agency, Agency.id == Job.agency_id)
    .outerjoin(User, User.id == Job.requester_id)  # the shop's people, whom agencies do not see
    .outerjoin(Quote, (Quote.job_id == Job.id) & (Quote.revision == Job.revision))
)  # fmt: skip


_IS_APPROVER = select(UserRole.role).filter_by(user_id=User.id, role=Role.APPROVER).correlate(User).exists()


def _people(
    session: Session, agencies: set[int], usual: Money | None, today: date
) -> tuple[dict[int, dict[str, Person]], dict[str, str]]:
    """Everybody of some agencies who can sign in, by agency and sign-in name; and the names of all."""
    away, stand_in = standing_in(today).subquery(), aliased(User)
    query = (
        select(
            User.sign_in_name, User.full_name, User.agency_id, User.disabled_at, User.approval_limit, _IS_APPROVER,
            func.coalesce(stand_in.sign_in_name, ""),
        )
        .outerjoin(away, away.c.absent_id == User.id)
        .outerjoin(stand_in, (stand_in.id == away.c.stand_in_id) & (stand_in.agency_id == User.agency_id))
        .where(User.agency_id.in_(agencies))
    )  # fmt: skip
    found: dict[int, dict[str, Person]] = {agency: {} for agency in agencies}
    names = {}
    for name, full_name, agency, disabled_at, own, is_approver, in_place in session.execute(query):
        names[name] = full_name
        if disabled_at is None and agency is not None:
            found[agency][name] = Person(name, is_approver, own if own is not None else usual, in_place)
    return found, names


def _done(session: Session, jobs: Sequence[int]) -> dict[int, list[tuple[int, Done]]]:
    """What was done about each revision of some jobs, oldest first."""
    query = select(ApprovalAct).where(ApprovalAct.job_id.in_(jobs)).order_by(ApprovalAct.id)
    found: dict[int, list[tuple[int, Done]]] = {}
    for row in session.scalars(query):
        one = Done(row.act, row.actor, row.in_place_of or "", row.goes_to or "", row.words, row.at)
        found.setdefault(row.job_id, []).append((row.revision, one))
    return found
