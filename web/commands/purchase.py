"""``indicia purchase``: everything that is bought from vendors."""

from __future__ import annotations

import click

from web.commands import purchase_bids, purchase_orders


@click.group()
def purchase() -> None:
    """Purchasing: from make or buy to the invoice."""


for _command in (
    purchase_bids.spec, purchase_bids.decide_command, purchase_bids.ask, purchase_bids.bid, purchase_bids.open_command,
    purchase_bids.award,
    purchase_orders.order, purchase_orders.issue, purchase_orders.change, purchase_orders.cancel,
    purchase_orders.receive, purchase_orders.match, purchase_orders.settle, purchase_orders.listing,
):  # fmt: skip
    purchase.add_command(_command)
