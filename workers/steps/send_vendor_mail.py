"""Hand one e-mail for a vendor to the mail server: intent, act, receipt, as for everybody else.

The link to bid is made here and stands nowhere else.
"""

from __future__ import annotations

from production.notices import receipts
from production.purchasing import links
from production.purchasing.letters import write
from production.purchasing.models import BidInvitation, VendorMail
from store.db import system_actor
from store.plant import Plant
from workers.handing_over import hand_over
from workers.registry import Record, Work

ACTOR = system_actor("mail")


def send_vendor_mail(plant: Plant, work: Work) -> Record:
    """Nothing where it has its answer already; else the answer that the server gave."""
    settings, link = plant.settings, ""
    with plant.db.unit_of_work(ACTOR) as uow:
        begun = receipts.begin(uow, VendorMail, work.subject)
        if begun is None:
            return lambda _uow: None
        mail, was_begun = begun
        address = mail.vendor.email
        if mail.link_of is not None:
            invitation = uow.session.get_one(BidInvitation, mail.link_of)
            link = f"{settings.address}/bids/{links.make(settings.secret_key(), invitation)}"
    if not settings.smtp_host or not address:
        why = "No mail server is set." if address else "The vendor has no address."
        return lambda uow: receipts.give_up(uow, VendorMail, work.subject, why)
    work.beat()
    return hand_over(
        settings, write(mail, settings.mail_from, address, link, is_again=was_begun), work, VendorMail
    )
