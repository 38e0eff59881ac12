"""E-mails to vendors: plain words, one message each."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from kernel.ids import new_ulid, show_ulid
from production.purchasing.models import BidInvitation, Vendor, VendorMail
from store import outbox
from store.db import UnitOfWork

_AGAIN = "You may have had this message before: whether it reached you could not be told."


def tell(
    uow: UnitOfWork, vendor: Vendor, subject: str, words: str, *, link_of: BidInvitation | None = None
) -> None:
    """Asks for an e-mail in this transaction; nothing for a vendor without an address."""
    if not vendor.email:
        return
    ulid = new_ulid(uow.now)
    uow.session.add(
        VendorMail(
            ulid=ulid, message_id=f"<{show_ulid(ulid)}@indicia.invalid>", tries=0, made_at=uow.now,
            vendor_id=vendor.id, link_of=link_of.id if link_of else None,
            subject=" ".join(subject.split())[:300], words=words,
        )
    )  # fmt: skip
    outbox.request(uow, VendorMail.TASK, ulid, nth=1)


def write(mail: VendorMail, sender: str, address: str, link: str, *, is_again: bool) -> EmailMessage:
    """The message as it is sent."""
    message = EmailMessage()
    message["Subject"] = mail.subject
    message["From"] = sender
    message["To"] = address
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    parts = [mail.vendor.contact or mail.vendor.name, *([_AGAIN] if is_again else []), mail.words]
    if link:
        parts.append(f"Your page, for you alone:\n{link}")
    message.set_content("\n\n".join(parts) + "\n")
    return message
