"""The lines of a quote as its table shows them."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from production.frontdesk.orders.job_page import Offer
from web.formats import count, money, rate


class QuoteRow(NamedTuple):
    """One line: what for, how many, at what price, how much."""

    what: str
    quantity: str
    price: str
    amount: str | Markup


def quote_rows(offer: Offer) -> tuple[list[QuoteRow], list[tuple[str, dict[str, str]]]]:
    """Work, postage and postal discounts, and the sums below them. Postage is rounded once: its lines show fractions
    of cents where there is more than one.
    """
    has_sum = len(offer.postage_lines) > 1 or bool(offer.incentives)
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
    for postage in offer.postage_lines:
        pound = f" + {rate(postage.by_pound.rate)} a pound" if postage.by_pound else ""
        amount = rate(postage.extended) if has_sum else money(offer.postage)
        rows.append(
            QuoteRow(
                f"Postage: {postage.name}", count(postage.pieces), f"{rate(postage.rate)}{pound}", amount
            )
        )
    rows += [
        QuoteRow(
            f"Postal discount: {one.title}", count(one.pieces), f"−{rate(one.rate)}", f"−{rate(one.amount)}"
        )
        for one in offer.incentives
    ]
    sums = [("Postage, rounded once", {"amount": money(offer.postage)})] if has_sum else []
    return rows, [*sums, ("Total", {"amount": money(offer.total)})]
