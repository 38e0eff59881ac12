"""The shop as the Postal Service knows it, and how it sorts its mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import AttentionNeeded, InvalidInput
from postal.editions import Edition
from postal.mail_kinds import sort_plans_for
from postal.mailpiece import Mailpiece, check_mailpiece, standards
from postal.presort import TOP_DOWN
from postal.presort_plan import PresortPlan
from postal.rule_book import rule_book
from postal.streams import Stream, plan_streams
from store.db import Base


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


def usual_sort_plan(
    mail_class: str, mailpiece: Mailpiece, on: date, *, editions: Sequence[Edition] | None = None
) -> str:
    """How a mailing of this class is sorted unless the mailroom chooses otherwise. InvalidInput with the reasons
    when the piece is no mail of that class.
    """
    verdict = check_mailpiece(mailpiece, standards(on, among=editions))
    plans = sort_plans_for(mail_class, verdict)
    if not plans:
        first = verdict.findings[0]
        raise InvalidInput(
            first.message, code=first.code, findings=list(verdict.findings), remedy=first.remedy
        )
    return plans[0]


def plan_mailing(
    profile: ShopProfile,
    streams: Sequence[Stream],
    *,
    sort_plan: str,
    mail_date: date,
    policy: str = TOP_DOWN,
    editions: Sequence[Edition] | None = None,
) -> tuple[PresortPlan, ...]:
    """The presort that a quote asks and a batch does: one function, so that they agree. A plan for each print
    stream; ``editions``: the shop's, else those shipped.
    """
    rules = rule_book(
        sort_plan,
        mail_date,
        origin_zip5=int(profile.origin_zip5),
        allow_test_only=profile.allow_test_only,
        among=editions,
    )
    return plan_streams(streams, rules, mailer_line=profile.post_office, payment="permit", policy=policy)
