"""What nobody's act tells: e-mails when their time comes, reminders, and a month that can be closed."""

from __future__ import annotations

from billing.periods import tell_ready
from production.frontdesk.approving import silence
from production.notices import posting, reminders
from production.purchasing import requests
from store.db import system_actor
from store.plant import Plant

ACTOR = system_actor("notices")


def post(plant: Plant) -> int:
    """Make the e-mails that are due; gives how many."""
    with plant.db.unit_of_work(ACTOR) as uow:
        return posting.post(uow, sends=bool(plant.settings.smtp_host))


def open_bids(plant: Plant) -> int:
    """Bids whose closing has come can be read from now on; gives of how many requests."""
    with plant.db.unit_of_work(system_actor("bids")) as uow:
        return requests.open_due(uow)


def remind(plant: Plant) -> None:
    """Ask again for what waits too long; end what was settled where nobody could see it; tell of months and reviews."""
    with plant.db.unit_of_work(ACTOR) as uow:
        reminders.settle(uow)
        silence.remind(uow)
        unanswered = silence.due(uow)
        reminders.tell_reviews(uow)
        tell_ready(uow)
    for key in unanswered:
        with plant.db.unit_of_work(ACTOR) as uow:
            silence.act(uow, key)
