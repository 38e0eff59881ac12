"""From what happened to who is told: at the end of each unit of work, in its transaction.

Whatever changes something says so in the audit chain; here the entries of a transaction become the notices of their
kinds, and answer those that wait. So no verb has to think of it, and a repeat that changes nothing tells nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.ids import new_ulid, show_ulid
from kernel.money import Money
from production.jobs.models import Job
from production.jobs.stopped_work import STEPS, owners_of
from production.notices.kinds import BY_CODE, KINDS, Happened, Kind
from production.notices.models import Notice
from production.people.approval_rules import who_may_approve
from production.people.models import AGENCY_ROLES, Agency, Role, User
from production.people.names import full_name
from store.audit import Entry
from store.db import AT_THE_END, UnitOfWork

_ON: dict[Happened, list[Kind]] = {}
_ENDS: dict[Happened, list[Kind]] = {}
for _kind in KINDS:
    for _happened in _kind.on:
        _ON.setdefault(_happened, []).append(_kind)
    for _happened in _kind.ends:
        _ENDS.setdefault(_happened, []).append(_kind)
# What the same act ends for one person and begins for the next.
_TURNS = [kind.code for kind in KINDS if set(kind.on) & set(kind.ends)]
# What names the thing that an entry is about, where it is not its public id.
_NAMED_BY = {"job": "of", "recipient": "job", "outbox": "key"}
_ACTS = {
    "close_period": "a month to be closed",
    "rate_card": "a rate card to be approved",
    "meter_register": "the registers of a meter",
    "make_or_buy": "work to be bought outside",
    "award": "a bid to be taken",
    "setup": "a change of the set-up",
    "purchase_order": "an order to a vendor",
}


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a notice says of a job, or of a form, and whom it concerns; no requester where nobody of the agency ordered
    it.
    """

    number: str
    title: str
    agency_id: int
    agency: str
    requester_id: int | None
    requester: str | None


def tell(uow: UnitOfWork) -> None:
    """Notices of what this transaction did, and the end of those that it answers."""
    telling = [one for one in uow.audit_entries if _act(one) in _ON]
    jobs = facts_of(uow.session, {_about(one) for one in telling})
    for entry in telling:
        job = jobs.get(_about(entry))
        for kind in _kinds(uow, entry, job):
            add(uow, kind, _about(entry), _words(uow, entry), job=job, whom=_whom(uow.session, entry))
    _answer(uow)


def add(
    uow: UnitOfWork,
    kind: Kind,
    about: str,
    words: Mapping[str, str],
    *,
    job: JobFacts | None = None,
    whom: Collection[int] | None = None,
    key: str = "",
) -> None:
    """The notices of a kind, one for each whom it concerns; of the same ``key`` once for good. ``whom``: the approvers
    by their keys, where they are named.
    """
    if kind.daily:
        key = f"{about}-{uow.actor.name}-{business_date(uow.now)}"
    of_job = {"number": job.number, "title": job.title, "agency": job.agency} if job else {}
    rows = []
    for person_id, role, agency_id in _for_whom(kind, job, whom, uow.actor.agency_id):
        ulid = new_ulid(uow.now)
        rows.append(
            {
                "ulid": ulid, "key": f"{kind.code}-{key or show_ulid(ulid)}-{role or person_id}", "kind": kind.code,
                "about": about, "person_id": person_id, "role": role, "agency_id": agency_id,
                "actor": uow.actor.name, "words": {**of_job, **words}, "made_at": uow.now,
            }
        )  # fmt: skip
    if rows:  # no key comes back: an agency does not see what is for the plant
        uow.session.execute(insert(Notice.__table__).values(rows).on_conflict_do_nothing())  # type: ignore[arg-type]


def facts_of(session: Session, numbers: Collection[str]) -> dict[str, JobFacts]:
    """Of jobs, by number."""
    if not numbers:
        return {}
    query = (
        select(Job.number, Job.title, Job.agency_id, Agency.name, User.id, User.sign_in_name)
        .join(Agency, Agency.id == Job.agency_id)
        .outerjoin(User, (User.id == Job.requester_id) & (User.agency_id == Job.agency_id))
        .where(Job.number.in_(numbers))
    )
    return {row.number: JobFacts(*row) for row in session.execute(query)}


def _act(entry: Entry) -> Happened:
    return entry.subject, entry.act


def _about(entry: Entry) -> str:
    named = _NAMED_BY.get(entry.subject)
    return str(entry.details.get(named, "")) if named else show_ulid(entry.ulid) if entry.ulid else ""


def _kinds(uow: UnitOfWork, entry: Entry, job: JobFacts | None) -> Iterator[Kind]:
    for kind in _ON[_act(entry)]:
        if kind.if_alone and job and not _approvers(uow.session, entry, job):
            yield BY_CODE[kind.if_alone]
        elif not (job and uow.actor.agency_id == job.agency_id and uow.actor.roles.intersection(kind.duty)):
            yield kind


def _approvers(session: Session, entry: Entry, job: JobFacts) -> Collection[object]:
    """Who is asked: by name, or all that may."""
    whom = _whom(session, entry)
    if whom is not None:
        return whom
    return who_may_approve(session, job.agency_id, _amount(entry), besides=job.requester or "")


def _whom(session: Session, entry: Entry) -> Collection[int] | None:
    """The approvers that an entry names, by their keys."""
    named = entry.details.get("whom")
    if not isinstance(named, list):
        return None
    query = select(User.id).where(User.sign_in_name.in_([str(name) for name in named])).order_by(User.id)
    return session.scalars(query).all()


def _for_whom(
    kind: Kind, job: JobFacts | None, whom: Collection[int] | None, agency_id: int | None
) -> Iterator[tuple[int | None, Role | None, int | None]]:
    """(person, role, agency) of each whom a notice concerns."""
    for role in kind.to:
        if role is Role.APPROVER and job is not None and whom is not None:
            yield from ((person, None, job.agency_id) for person in whom)
        elif job is None and whom is not None:
            yield from ((person, None, agency_id) for person in whom)
        elif role not in AGENCY_ROLES:
            yield None, role, None
        elif job is not None and role is not Role.REQUESTER:
            yield None, role, job.agency_id
        elif job is not None and job.requester_id is not None:
            yield job.requester_id, None, job.agency_id


def _words(uow: UnitOfWork, entry: Entry) -> dict[str, str]:
    """What an entry says, for people."""
    found = {
        name: str(entry.details[name])
        for name in ("reason", "incident", "page", "quote")
        if name in entry.details
    }
    is_person = ":" not in uow.actor.name and not uow.actor.name.startswith("console")
    found["who"] = full_name(uow.session, uow.actor.name) if is_person else "the plant"
    if (amount := _amount(entry)) is not None:
        found |= {"amount": f"${amount}", "cents": str(amount.cents)}
    if entry.subject == "order_draft":
        found |= {"draft": _about(entry), "title": str(entry.details["title"]) or "without a title"}
    if entry.subject == "outbox":
        found["what"] = _step(uow.session, entry)
    elif "what" in entry.details:
        found["what"] = _ACTS.get(str(entry.details["what"]), "")
    return found


def _amount(entry: Entry) -> Money | None:
    if "total" in entry.details:
        return Money.parse(str(entry.details["total"]))
    cents = entry.details.get("cents")
    return Money(cents) if isinstance(cents, int) else None


def _step(session: Session, entry: Entry) -> str:
    task = str(entry.details["key"]).partition("-")[0]
    numbers = [thing.number for thing in owners_of(session, entry.ulid)] if entry.ulid else []
    return " of ".join([STEPS.get(task, "A step"), *numbers[:1]])


def _answer(uow: UnitOfWork) -> None:
    """Notices that what happened settles: by an act, or by the state to which a job came at last."""
    ended = [(kind.code, _about(one)) for one in uow.audit_entries for kind in _ENDS.get(_act(one), ())]
    came_to = {_about(one): one.details["to"] for one in uow.audit_entries if _has_moved(one)}
    ended += [
        (kind.code, number)
        for number, state in came_to.items()
        for kind in KINDS
        if kind.stands and state not in kind.stands
    ]
    by_kind: dict[str, list[str]] = {}
    for code, about in ended:
        by_kind.setdefault(code, []).append(about)
    for about, codes in _grouped(by_kind):
        uow.session.execute(
            update(Notice)
            .where(Notice.about.in_(about), Notice.kind.in_(codes), Notice.answered_at.is_(None))
            .where((Notice.made_at < uow.now) | Notice.kind.not_in(_TURNS))
            .values(answered_at=uow.now)
            .execution_options(synchronize_session=False)
        )


def _has_moved(entry: Entry) -> bool:
    return entry.subject == "job" and "to" in entry.details


def _grouped(by_kind: Mapping[str, Iterable[str]]) -> Iterable[tuple[Any, list[str]]]:
    """Kinds that end for the same things, together."""
    found: dict[tuple[str, ...], list[str]] = {}
    for code, about in by_kind.items():
        found.setdefault(tuple(about), []).append(code)
    return found.items()


if tell not in AT_THE_END:
    AT_THE_END.append(tell)
