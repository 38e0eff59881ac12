"""A mailing is opened: its row, with a number that shows its kind and never means a job or a lot.

``M27-0312`` is the 312th mailing of fiscal year 2027.
"""

from __future__ import annotations

import re
from datetime import date

from kernel.clock import business_date, fiscal_year
from kernel.ids import new_ulid
from production.mailings.models import Mailing
from store import counters
from store.db import UnitOfWork

_NUMBER = re.compile(r"M(\d{2})-?(\d{4,6})", re.ASCII)


def open_mailing(
    uow: UnitOfWork,
    *,
    mail_date: date,
    mail_class: str,
    mail_shape: str,
    sort_plan: str,
    policy: str,
    payment: str,
) -> Mailing:
    """A mailing without streams yet; what all of them will share."""
    year = fiscal_year(business_date(uow.now))
    mailing = Mailing(
        ulid=new_ulid(uow.now),
        number=f"M{year % 100:02d}-{counters.next_block(uow, f'mailing-{year}'):04d}",
        mail_date=mail_date,
        mail_class=mail_class,
        mail_shape=mail_shape,
        sort_plan=sort_plan,
        policy=policy,
        payment=payment,
        created_at=uow.now,
    )
    uow.session.add(mailing)
    uow.session.flush()  # its streams need the key
    return mailing


def parse_mailing_number(text: str) -> str | None:
    """The number as it is kept, of one typed or scanned: small letters and a missing dash are forgiven. None for
    anything else.
    """
    found = _NUMBER.fullmatch("".join(text.split()).upper())
    return f"M{found[1]}-{found[2]}" if found else None
