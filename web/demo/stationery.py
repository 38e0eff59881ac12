"""Stationery of the demonstration's agencies, kits of what they order together, and masters filed in the library."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

from sqlalchemy import select

from kernel.ids import show_ulid
from production.catalog import queries as catalog
from production.catalog.press_room.standards import shop_standards
from production.frontdesk.drafting import drafts
from production.frontdesk.stationery import office, queries
from production.frontdesk.stationery.models import IdentityTemplate
from production.frontdesk.stationery.office import Entered
from production.frontdesk.stationery.values import Letters, ValueKind, ValueRule
from production.frontdesk.steps import stationery
from production.frontdesk.steps.base import put, recorded
from production.frontdesk.steps.stationery_answers import STATIONERY, StationeryAnswers
from production.jobs.models import Job, JobFile
from production.library.filing import Filing, file_under
from production.library.kits import MakeKit, make_kit
from production.library.models import Kit
from production.library.queries import file_line
from production.people.models import Agency, Role
from store.db import UnitOfWork
from web.demo import cast, papers
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.rows import Cards, Filed, KitRow, Template

_OFFICE = "ada"
_PLACE = "State office building, floor 2, mail stop 4"
_RULES = (
    ValueRule("name", "Name"),
    ValueRule("title", "Job title", is_needed=False),
    ValueRule("phone", "Phone", ValueKind.PHONE),
    ValueRule("email", "E-mail", ValueKind.EMAIL, letters=Letters.LOWER),
)
_BOX = {"page": 1, "x": 30, "width": 200}
_BOXES = {
    "fields": [
        {**_BOX, "name": "who", "y": 50, "height": 18, "column": "name", "size": 14, "min_size": 10, "fit": "shrink"},
        {
            **_BOX, "name": "lines", "y": 76, "height": 56, "text": "{title}\n{phone}\n{email}", "size": 9,
            "fit": "wrap", "omit_empty": True,
        },
    ]
}  # fmt: skip


def keep_template(hands: Hands, moments: Moments, row: Template) -> None:
    """Entered by the shop's administrator, approved by the agency."""
    hands.act(row.key, _OFFICE, moments.at(row.entered), partial(_enter, hands, row))
    by = cast.who(row.agency, Role.APPROVER)
    hands.act(f"{row.key}: approved", by, moments.at(row.approved), lambda uow: _approve(hands, uow, row.key))


def order_cards(hands: Hands, uow: UnitOfWork, row: Cards, due: date) -> Job:
    """Cards of a list of people, made as the step of a draft makes them."""
    files, ulid = hands.plant.files, hands.made(uow.session, row.template, IdentityTemplate).ulid
    template = queries.offered(uow.session, ulid, uow.actor.agency_id or 0)
    draft = drafts.begin(uow, catalog.product(uow.session, template.product))
    answers = StationeryAnswers(
        template=show_ulid(template.ulid), quantity=row.quantity, people=row.people, title=row.title, due=due,
        place=_PLACE, splits={row.account or cast.account(row.agency): 1},
    )  # fmt: skip
    answers = stationery.made(files, template, answers, shop_standards(uow.session))
    for file in answers.made.files if answers.made else ():
        recorded(uow, file)
    put(draft, STATIONERY, answers)
    return drafts.submit(uow, files, draft)


def make_up(hands: Hands, moments: Moments, row: KitRow) -> None:
    """A kit of what was ordered before."""

    def verb(uow: UnitOfWork) -> Kit:
        numbers = [hands.made(uow.session, key, Job).number for key in row.jobs]
        return make_kit(uow, MakeKit(name=row.name, jobs=numbers))

    hands.act(row.key, cast.who(row.agency, Role.REQUESTER), moments.at(row.made), verb)


def file(hands: Hands, moments: Moments, row: Filed) -> None:
    """The master of a job, under a title of its agency's."""

    def verb(uow: UnitOfWork) -> Job:
        job = hands.made(uow.session, row.job, Job)
        query = select(JobFile.sha256).where(JobFile.job_id == job.id, JobFile.role.startswith("artwork"))
        line = file_line(uow.session, uow.actor, uow.session.scalars(query).one())
        file_under(uow, line, Filing(title=row.title, form_number=row.form_number, note=row.note))
        return job

    hands.act(row.key, cast.who(row.agency, Role.REQUESTER), moments.at(row.filed), verb)


def _enter(hands: Hands, row: Template, uow: UnitOfWork) -> IdentityTemplate:
    files, agency = hands.plant.files, uow.session.scalars(select(Agency).filter_by(code=row.agency)).one()
    said = Entered(
        name=row.name, owner=row.owner, product="business_cards", stock="cover80", inks=(1, 0),
        boxes=json.dumps(_BOXES), rules=_RULES, usual=250,
    )  # fmt: skip
    with files.scratch_folder() as folder:
        path = folder / "card.pdf"
        path.write_bytes(papers.card(agency.name))
        kept = office.keep_background(files, path, folder)
    return office.enter(uow, agency, said, office.design_of(said, kept.about), kept.ref)


def _approve(hands: Hands, uow: UnitOfWork, key: str) -> IdentityTemplate:
    template = hands.made(uow.session, key, IdentityTemplate)
    office.approve(uow, template)
    return template
