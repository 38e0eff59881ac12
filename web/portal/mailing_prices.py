"""What a mailing costs at most, before its list is checked: every row at the price that a piece has alone."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from billing.pricing import quote
from billing.rate_cards import card_on
from kernel.errors import AttentionNeeded, UserError
from kernel.money import Money
from postal.piece.mailpiece import Mailpiece, check_mailpiece
from postal.sorting.level_rates import LevelRates
from postal.sorting.volume import PERMIT
from production.catalog import queries
from production.catalog.piece_weight import Enclosed, letter_facts
from production.catalog.shop_envelopes import shop_envelopes
from production.frontdesk.preparation.outcome import expected_usage
from production.frontdesk.steps.base import Ordering, said
from production.frontdesk.steps.mailing_answers import ORDER, OrderAnswers, files_of
from production.mailings.shop import shop_in_force, shop_profile, shop_rules, usual_sort_plan


class AtMost(NamedTuple):
    """What a mailing of so many rows comes to; sorted, it usually costs less."""

    rows: int
    total: Money


def mailing_at_most(session: Session, ordering: Ordering, piece: Enclosed) -> AtMost | None:
    """The mailing of a draft whose letters go with a printed piece; None where its check has to find it out."""
    order, files = said(ordering.draft, ORDER, OrderAnswers), files_of(ordering.draft)
    if order is None or not files.rows or not files.pages:
        return None
    pages = [(page.width, page.height) for page in files.pages]
    envelope = shop_envelopes(session)[order.envelope]
    letter = letter_facts(envelope, pages=pages, is_duplex=order.duplex, enclosed=piece)
    used = expected_usage(
        rows=files.rows, pieces=files.rows, pages=len(pages), is_inserted=envelope.is_inserted
    )
    try:
        postage = _postage(session, ordering, order, letter.mailpiece, files.rows)
        if postage is None:
            return None
        card, names = card_on(session, order.mail_date), queries.unit_names(session)
        return AtMost(files.rows, quote(used, card, names=names, postage=postage, single_piece=None).total)
    except (UserError, AttentionNeeded):
        return None


def _postage(
    session: Session, ordering: Ordering, order: OrderAnswers, mailpiece: Mailpiece, pieces: int
) -> Money | None:
    profile = shop_profile(session)
    in_force = shop_in_force(ordering.plant.files, profile, order.mail_date)
    plan = usual_sort_plan(order.mail_class, mailpiece, in_force, pieces=pieces)
    rules = shop_rules(profile, plan, in_force)
    verdict = check_mailpiece(mailpiece, rules.standards, rules.plan.mail_class)
    found = LevelRates.find(rules, verdict, weight_oz=mailpiece.weight_oz, payment=PERMIT)
    return found.single_piece_postage(pieces)
