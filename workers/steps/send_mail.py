"""Hand one e-mail to the mail server: intent, act, receipt.

The intent is written before the server hears of it. If the process is gone before the answer is written down, nobody
knows whether the message went out: the next attempt sends it under the same Message-ID and says so in its first line.
"""

from __future__ import annotations

from production.notices import letters, links, posting, receipts
from production.notices.inbox import in_words
from production.notices.models import Notice, NoticeMail
from production.people.models import User
from store.db import system_actor
from store.plant import Plant
from store.settings import Settings
from workers.handing_over import hand_over
from workers.registry import Record, Work

ACTOR = system_actor("mail")


def send_mail(plant: Plant, work: Work) -> Record:
    """Nothing where it has its answer already; else the answer that the server gave."""
    with plant.db.unit_of_work(ACTOR) as uow:
        begun = posting.begin(uow, work.subject)
    if begun is None:
        return lambda _uow: None
    mail, person, notices, was_begun = begun
    address, settings = posting.address_of(person), plant.settings
    if not settings.smtp_host or not address:
        why = "No mail server is set." if address else "The person has no address."
        return lambda uow: receipts.give_up(uow, NoticeMail, work.subject, why)
    envelope = letters.Envelope(settings.mail_from, person.full_name, address, mail.message_id, mail.made_at)
    items = [letters.Item(in_words(one, is_mailed=True), _link(settings, one, person)) for one in notices]
    message = letters.write(envelope, items, f"{settings.address}/notices/choices", is_again=was_begun)
    work.beat()
    return hand_over(settings, message, work, NoticeMail)


def _link(settings: Settings, notice: Notice, person: User) -> str:
    return f"{settings.address}/notices/mail/{links.make(settings.secret_key(), notice.ulid, person.ulid)}"
