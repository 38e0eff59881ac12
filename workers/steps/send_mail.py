"""Hand one e-mail to the mail server: intent, act, receipt.

The intent is written before the server hears of it. If the process is gone before the answer is written down, nobody
knows whether the message went out: the next attempt sends it under the same Message-ID and says so in its first line.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from functools import partial

from production.notices import letters, links, posting
from production.notices.inbox import in_words
from production.notices.mail_server import connect, fault
from production.notices.models import Notice
from production.people.models import User
from store.crash_points import reach
from store.db import system_actor
from store.plant import Plant
from store.settings import Settings
from workers.registry import Record, Work

ACTOR = system_actor("mail")
_TEMPORARY = range(400, 500)


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
        return lambda uow: posting.give_up(uow, work.subject, why)
    envelope = letters.Envelope(settings.mail_from, person.full_name, address, mail.message_id, mail.made_at)
    items = [letters.Item(in_words(one, is_mailed=True), _link(settings, one, person)) for one in notices]
    message = letters.write(envelope, items, f"{settings.address}/notices/choices", is_again=was_begun)
    work.beat()
    return _send(settings, message, work)


def _link(settings: Settings, notice: Notice, person: User) -> str:
    return f"{settings.address}/notices/mail/{links.make(settings.secret_key(), notice.ulid, person.ulid)}"


def _send(settings: Settings, message: EmailMessage, work: Work) -> Record:
    """The act. Until the message itself is handed over, a fault means that nothing was sent."""
    later = partial(posting.try_later, ulid=work.subject)
    try:
        server = connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        why = fault("The mail server cannot be reached", error)
        return lambda uow: later(uow, failure=why, is_known=True)
    try:
        reach("mid_work")
        server.send_message(message)
        reach("after_temp")
    except smtplib.SMTPResponseException as error:
        return _refused(work, error.smtp_code, fault("The mail server refused the message", error))
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), 550)
        return _refused(work, code, f"The mail server refused the address, {code}.")
    except (OSError, smtplib.SMTPException) as error:
        why = fault("The mail server did not answer", error)
        return lambda uow: later(uow, failure=why, is_known=False)
    finally:
        server.close()
    return lambda uow: posting.sent(uow, work.subject)


def _refused(work: Work, code: int, why: str) -> Record:
    if code in _TEMPORARY:
        return lambda uow: posting.try_later(uow, work.subject, why, is_known=True)
    return lambda uow: posting.give_up(uow, work.subject, why)
