"""Hand one message to the mail server. Until the message itself is handed over, a fault means that nothing was sent."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from functools import partial

from production.notices import receipts
from production.notices.mail_server import connect, fault
from production.notices.receipts import Message
from store.crash_points import reach
from store.settings import Settings
from workers.registry import Record, Work

_TEMPORARY = range(400, 500)


def hand_over(settings: Settings, message: EmailMessage, work: Work, of: type[Message]) -> Record:
    """The act; gives what the server answered, to be written down."""
    later = partial(receipts.try_later, of=of, ulid=work.subject)
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
        return _refused(work, of, error.smtp_code, fault("The mail server refused the message", error))
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), 550)
        return _refused(work, of, code, f"The mail server refused the address, {code}.")
    except (OSError, smtplib.SMTPException) as error:
        why = fault("The mail server did not answer", error)
        return lambda uow: later(uow, failure=why, is_known=False)
    finally:
        server.close()
    return lambda uow: receipts.sent(uow, of, work.subject)


def _refused(work: Work, of: type[Message], code: int, why: str) -> Record:
    if code in _TEMPORARY:
        return lambda uow: receipts.try_later(uow, of, work.subject, why, is_known=True)
    return lambda uow: receipts.give_up(uow, of, work.subject, why)
