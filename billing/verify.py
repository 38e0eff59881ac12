"""What must hold of the money at any moment, and the one list of all checks of ``indicia verify``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date

from sqlalchemy import func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

import production.verify
import store.keeping.verify
from billing import chargeback, reconcile
from billing.models import Charge, ExportRun, Journal, PeriodTotal
from kernel.errors import Corrupt
from kernel.ids import show_ulid
from production.jobs.models import Usage
from production.mailings.models import PresortStream
from production.mailings.streams import streams_of
from store.keeping.verify import Check, Open, Report, Survey, Violation, run_checks
from store.plant import Plant

__all__ = ["CHECKS", "Report", "Violation", "verify"]


def verify(plant: Plant, *, night: date | None = None, tell: Callable[[str], None] | None = None) -> Report:
    """Check everything on one instant of the live database; read-only. ``night``: of files and audit chain that night's
    part (store.keeping.verify_part). ``tell`` hears each title as it begins."""
    return run_checks(plant, CHECKS, night=night, tell=tell)


def postage_equals_statements(survey: Survey) -> Iterator[Open]:
    """The postage charged for a mailing is the total of its statements, to the cent."""
    survey.examined = _count(survey.session, PresortStream)
    yield from map(Open, reconcile.postage_equals_statements(survey.session))


def shares_are_fair(survey: Survey) -> Iterator[Open]:
    """Shares of a mailing add to its statements, none above alone, as the rule gives them and as they were charged."""
    planned = select(PresortStream).where(
        type_coerce(PresortStream.summary, JSONB)["value"]["share_rule"].astext != ""
    )
    for stream in survey.each(survey.session.scalars(planned.order_by(PresortStream.id)).all()):
        streams = streams_of(survey.session, stream.mailing_id)
        if any(one.id < stream.id or one.plan_sha256 is None for one in streams) or not survey.reads(
            stream.plan_sha256 or ""
        ):
            continue  # looked at with the first of its mailing; not before all of them are sorted
        for sentence in reconcile.shares_are_fair(survey.session, stream, survey.files):
            yield Open(f"stream {stream.number}: {sentence}", (stream.number,))


def usage_is_charged_once(survey: Survey) -> Iterator[Open]:
    """Usage of delivered work is charged, and charged once; a billed job has charges."""
    survey.examined = _count(survey.session, Usage)
    yield from map(Open, reconcile.usage_is_charged_once(survey.session))


def kept_figures_are_true(survey: Survey) -> Iterator[Open]:
    """Usage listed as open is what no charge names; the totals kept of each month are those of its charges."""
    survey.examined = _count(survey.session, PeriodTotal)
    yield from map(Open, reconcile.kept_figures_are_true(survey.session))


def charges_have_their_price(survey: Survey) -> Iterator[Open]:
    """Every charge is its quantity at a published rate in force on the day of the work."""
    survey.examined = _count(survey.session, Charge)
    yield from map(Open, reconcile.charges_have_their_price(survey.session))


def journals_balance(survey: Survey) -> Iterator[Open]:
    """Every journal sums to zero, its accounts owe what its charges say, and its income is the unit's own."""
    survey.examined = _count(survey.session, Journal)
    yield from map(Open, reconcile.journals_balance(survey.session))


def exports_equal_charges(survey: Survey) -> Iterator[Open]:
    """Rows and control totals of an export are its period's charges; document numbers have no gap."""
    survey.examined = _count(survey.session, ExportRun)
    yield from map(Open, reconcile.exports_equal_charges(survey.session, survey.files))


def export_files_are_their_rows(survey: Survey) -> Iterator[Open]:
    """An export written again today gives the very bytes of its file."""
    for run in survey.each(survey.session.scalars(select(ExportRun).order_by(ExportRun.id)).all()):
        try:
            sha256 = hashlib.sha256(chargeback.render(survey.session, run)).hexdigest()
        except Corrupt:
            continue  # named by exports_equal_charges
        if run.file_sha256 not in (None, sha256):
            yield Open(
                f"export {show_ulid(run.ulid)}: its rows give other bytes than its file",
                (show_ulid(run.ulid),),
            )


def _count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


CHECKS: tuple[Check, ...] = (
    *production.verify.CHECKS,
    postage_equals_statements,
    shares_are_fair,
    usage_is_charged_once,
    kept_figures_are_true,
    charges_have_their_price,
    journals_balance,
    exports_equal_charges,
    export_files_are_their_rows,
    *store.keeping.verify.CHECKS,
)
