"""Where a demonstration may be filled in or moved on: in the sample plant, never beside real work."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.jobs.models import Job
from production.mailings.shop import ShopProfile
from production.sample import SAMPLE_PERMIT
from store.audit import AuditEntry
from web.demo.hands import done

REMEDY = "Start with an empty data folder: INDICIA_DATA_DIR=FOLDER."


def require_demonstration(session: Session) -> None:
    """Conflict DEMO_PLANT unless the plant is empty or the sample plant, still with its invented permit."""
    shop = session.scalars(select(ShopProfile)).first()
    loaded = select(AuditEntry.number).filter_by(subject="shop_profile", act="sample_loaded")
    if shop is None:
        return
    if shop.permit_number != SAMPLE_PERMIT or session.scalar(loaded.limit(1)) is None:
        raise Conflict(
            "This is not a demonstration plant: its shop was entered by people, or has a permit of its own. "
            "Nothing was changed.",
            code="DEMO_PLANT",
            remedy=REMEDY,
        )


def require_empty(session: Session, *, besides: str) -> None:
    """Conflict DEMO_PLANT where somebody has ordered in the demonstration before it was filled; ``besides``: the title
    of the sample mailing.
    """
    require_demonstration(session)
    if not done(session):
        _refuse_work(session, select(Job.number).where(Job.title != besides))


def require_no_work(session: Session) -> None:
    """Conflict DEMO_PLANT where there is any job."""
    require_demonstration(session)
    _refuse_work(session, select(Job.number))


def _refuse_work(session: Session, jobs: Select[str]) -> None:
    found = session.scalar(jobs.limit(1))
    if found is not None:
        raise Conflict(
            f"This plant has work of its own already, job {found} for one, so nothing is mixed into it.",
            code="DEMO_PLANT",
            remedy=REMEDY,
        )
