"""The shop as the Postal Service knows it, and how it sorts letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import AttentionNeeded
from postal.editions import Edition
from postal.mailpiece import Mailpiece
from postal.presort import plan_presort
from postal.presort_plan import PieceColumns, PresortPlan
from postal.rule_book import rule_book
from store.db import Base

LETTER_SORT_PLAN = "fcm-letter-automation"


class ShopProfile(Base):
    """One row. ``allow_test_only``: editions marked test-only may be used, and every paper then says so."""

    __tablename__ = "shop_profile"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    origin_zip5: Mapped[str] = mapped_column(String(5))
    post_office: Mapped[str] = mapped_column(String(120))
    permit_number: Mapped[str] = mapped_column(String(20))
    crid: Mapped[str] = mapped_column(String(15))
    service_type_id: Mapped[str] = mapped_column(String(3))
    allow_test_only: Mapped[bool]
    pieces_per_segment: Mapped[int]
    bars: Mapped[str] = mapped_column(String(12))  # glyphs or rectangles, as the presses like them


def shop_profile(session: Session) -> ShopProfile:
    """The shop; AttentionNeeded while nobody has entered it."""
    profile = session.scalars(select(ShopProfile)).first()
    if profile is None:
        raise AttentionNeeded("The shop's postal profile is not entered yet.", code="SHOP_PROFILE")
    return profile


def plan_letters(
    profile: ShopProfile,
    pieces: PieceColumns,
    *,
    mail_date: date,
    mailpiece: Mailpiece,
    editions: Sequence[Edition] | None = None,
) -> PresortPlan:
    """The presort that a quote asks and a batch does: one function, so that they agree. ``editions``: the shop's,
    else those shipped.
    """
    rules = rule_book(
        LETTER_SORT_PLAN,
        mail_date,
        origin_zip5=int(profile.origin_zip5),
        allow_test_only=profile.allow_test_only,
        among=editions,
    )
    return plan_presort(pieces, rules, mailpiece=mailpiece, mailer_line=profile.post_office, payment="permit")
