"""What must hold of orders that are being entered, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from kernel.errors import Corrupt
from kernel.ids import show_ulid
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps.base import said
from production.frontdesk.steps.kit_answers import part_drafts
from production.frontdesk.steps.known import ANSWERS
from store.keeping.verify import Check, Open, Survey


def drafts_hold_what_was_answered(survey: Survey) -> Iterator[Open]:
    """The answers to every step of a draft, and of each thing of a kit, read as a version of what that step asks."""
    for draft in survey.each(survey.session.scalars(select(OrderDraft))):
        try:
            parts = part_drafts(draft)
        except Corrupt:
            parts = []  # told of its step
        for one, step in ((each, step) for each in (draft, *parts) for step in each.answers):
            try:
                said(one, step, ANSWERS[step])
            except Corrupt as broken:
                yield Open(f"{broken}", (show_ulid(draft.ulid),))
            except KeyError:
                yield Open(f"no step {step} is known", (show_ulid(draft.ulid),))


CHECKS: tuple[Check, ...] = (drafts_hold_what_was_answered,)
