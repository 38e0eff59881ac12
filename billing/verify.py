"""What must hold of the money at any moment, and the one list of all checks of ``indicia verify``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import production.verify
import store.keeping.verify
from billing import chargeback, reconcile
from billing.models import Charge, ExportRun, Journal, PeriodTotal
from kernel.errors import Corrupt
from kernel.ids import show_ulid
from production.jobs.models import Usage
from production.mailroom.streams.batches import companions
from production.mailroom.streams.models import PresortStream
from store.keeping.verify import Check, Look, Open, Report, Violation, run_checks
from store.plant import Plant

__all__ = ["CHECKS", "Report", "Violation", "verify"]


def verify(plant: Plant, *, night: date | None = None, tell: Callable[[str], None] | None = None) -> Report:
    """Check everything on one instant of the live database; read-only. ``night``: of files and audit chain that night's
    part (store.keeping.verify_part). ``tell`` hears each title as it begins."""
    return run_checks(plant, CHECKS, night=night, tell=tell)


def postage_equals_statements(look: Look) -> Iterator[Open]:
    """The postage charged for a mailing is the total of its statements, to the cent."""
    look.examined = _count(look.session, PresortStream)
    yield from map(Open, reconcile.postage_equals_statements(look.session))


def shares_are_fair(look: Look) -> Iterator[Open]:
    """Shares of a mailing add to its statements, none above alone, as the rule gives them and as they were charged."""
    batches = select(PresortStream).where(PresortStream.summary["share_rule"].is_not(None))
    for batch in look.each(look.session.scalars(batches.order_by(PresortStream.id)).all()):
        streams = companions(look.session, batch)
        if any(one.id < batch.id or one.plan_sha256 is None for one in streams) or not look.reads(
            batch.plan_sha256 or ""
        ):
            continue  # looked at with the first of its mailing; not before all of them are sorted
        for sentence in reconcile.shares_are_fair(look.session, batch, look.files):
            yield Open(f"batch {batch.number}: {sentence}", (batch.number,))


def usage_is_charged_once(look: Look) -> Iterator[Open]:
    """Usage of delivered work is charged, and charged once; a billed job has charges."""
    look.examined = _count(look.session, Usage)
    yield from map(Open, reconcile.usage_is_charged_once(look.session))


def kept_figures_are_true(look: Look) -> Iterator[Open]:
    """Usage listed as open is what no charge names; the totals kept of each month are those of its charges."""
    look.examined = _count(look.session, PeriodTotal)
    yield from map(Open, reconcile.kept_figures_are_true(look.session))


def charges_have_their_price(look: Look) -> Iterator[Open]:
    """Every charge is its quantity at a published rate in force on the day of the work."""
    look.examined = _count(look.session, Charge)
    yield from map(Open, reconcile.charges_have_their_price(look.session))


def journals_balance(look: Look) -> Iterator[Open]:
    """Every journal sums to zero, its accounts owe what its charges say, and its income is the unit's own."""
    look.examined = _count(look.session, Journal)
    yield from map(Open, reconcile.journals_balance(look.session))


def exports_equal_charges(look: Look) -> Iterator[Open]:
    """Rows and control totals of an export are its period's charges; document numbers have no gap."""
    look.examined = _count(look.session, ExportRun)
    yield from map(Open, reconcile.exports_equal_charges(look.session, look.files))


def export_files_are_their_rows(look: Look) -> Iterator[Open]:
    """An export written again today gives the very bytes of its file."""
    for run in look.each(look.session.scalars(select(ExportRun).order_by(ExportRun.id)).all()):
        try:
            sha256 = hashlib.sha256(chargeback.render(look.session, run)).hexdigest()
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
