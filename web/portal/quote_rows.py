"""The lines of a quote as its table shows them."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from kernel.money import to_cents, total
from production.frontdesk.orders.job_page import Offer
from web.formats import count, dealt, money, rate


class QuoteRow(NamedTuple):
    """One line: what for, how many, at what price, how much."""

    what: str
    quantity: str
    price: str
    amount: str | Markup


def quote_rows(offer: Offer) -> tuple[list[QuoteRow], dict[str, str]]:
    """Work, postage and postal discounts, and their total. Postage is rounded once: the cents of its lines are dealt so
    that they add up.
    """
    rows = []
    for line in offer.lines:
        if line.unit == "postage.permit":
            continue
        minimum = Markup('<span class="soft"> minimum</span>') if line.is_minimum else ""
        quantity = (
            count(int(line.quantity))
            if line.quantity == int(line.quantity)
            else f"{line.quantity.normalize()}"
        )
        rows.append(
            QuoteRow(
                line.description, quantity, rate(line.rate), Markup("{}{}").format(money(line.money), minimum)
            )
        )
    off = to_cents(total([one.amount for one in offer.incentives]))
    cents = dealt([line.extended for line in offer.postage_lines], offer.postage + off)
    for postage, amount in zip(offer.postage_lines, cents, strict=True):
        pound = f" + {rate(postage.by_pound.rate)} a pound" if postage.by_pound else ""
        price = f"{rate(postage.rate)}{pound}"
        rows.append(QuoteRow(f"Postage: {postage.name}", count(postage.pieces), price, money(amount)))
    taken_off = dealt([one.amount for one in offer.incentives], off)
    rows += [
        QuoteRow(f"Postal discount: {one.title}", count(one.pieces), f"−{rate(one.rate)}", money(-amount))
        for one, amount in zip(offer.incentives, taken_off, strict=True)
    ]
    return rows, {"amount": money(offer.total)}
