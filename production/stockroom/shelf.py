"""What an agency can have from the shelf: its own items, and finished forms of its own that the shop keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from kernel.clock import business_date, long_date
from kernel.errors import NotFound
from production.catalog.forms.models import FormRevision
from production.stockroom.models import StockItem, StockLot
from production.stockroom.moving import is_superseded, share
from production.stockroom.reserving import reserved_of
from production.stockroom.use import DAYS, Use, use_of

SLOW_MONTHS = 24  # what lasts longer may be out of date before it is used up; shop to confirm
OLD_MONTHS = 18  # what has lain longer is looked at before it is sent out; shop to confirm


@dataclass(frozen=True, slots=True)
class OnShelf:
    """An item as who orders from the shelf sees it. ``is_own``: the agency's, so that its pieces cost nothing more;
    ``since``: when the oldest that lies there came; ``recalled``: why it is not sent out any more, or empty.
    """

    code: str
    name: str
    unit: str
    is_own: bool
    form: str  # number and revision, of a finished form
    on_hand: int
    reserved: int
    value: Decimal  # of all that lies there, dollars at moving average
    use: Use
    since: date | None
    review_on: date | None
    recalled: str = ""

    @property
    def free(self) -> int:
        """Not waited for by an approved job."""
        return self.on_hand - self.reserved

    @property
    def months(self) -> Decimal | None:
        """Months of supply at the present use."""
        return self.use.supply(self.free)

    def worth(self, quantity: int) -> Decimal:
        """What so many cost the agency beside the picking: dollars, nothing of what is its own."""
        return Decimal(0) if self.is_own else share(self.value, min(quantity, self.on_hand), self.on_hand)

    def fits(self, quantity: int) -> bool:
        """Whether an order of so many can be filled from it."""
        return not self.recalled and 0 < quantity <= self.free


def remarks(one: OnShelf, today: date) -> Sequence[str]:
    """What speaks for the shelf, or against it: recall, age, how long it lasts, a review to come."""
    if one.recalled:
        return [one.recalled]
    found = []
    if one.months is not None:
        found.append(f"What is free lasts {one.months:f} months at the use of the last year.")
        if one.months > SLOW_MONTHS:
            found.append(
                f"That is more than {SLOW_MONTHS} months: use it up before more is printed, or it goes out of date."
            )
    if one.since and (today - one.since).days > OLD_MONTHS * DAYS:
        found.append(f"Some of it has lain there since {long_date(one.since)}: look at it before it is sent.")
    if one.review_on and one.months is not None:
        left = Decimal((one.review_on - today).days) / DAYS
        if left < one.months:
            found.append(
                f"The form is reviewed by {long_date(one.review_on)}, before all of it is used: print no more of it."
            )
    return found


def of_agency(agency_id: int) -> Select[StockItem]:
    """Items in use, or still there, that an agency can order from the shelf."""
    its_forms = select(FormRevision.id).filter_by(agency_id=agency_id)
    is_its = or_(
        StockItem.agency_id == agency_id,
        StockItem.agency_id.is_(None) & StockItem.form_revision_id.in_(its_forms),
    )
    return (
        select(StockItem)
        .where(is_its, StockItem.is_active | (StockItem.on_hand > 0))
        .order_by(StockItem.name)
    )


def shelf_of(session: Session, agency_id: int, today: date) -> list[OnShelf]:
    """All of them, by name."""
    return on_shelf(session, session.scalars(of_agency(agency_id)).all(), today)


def shelf_item(session: Session, agency_id: int, code: str) -> StockItem:
    """One of them by its code. NotFound STOCK_ITEM, also for another agency's."""
    found = session.scalars(of_agency(agency_id).where(StockItem.code == code.strip())).first()
    if found is None:
        raise NotFound("There is no such item on your shelf.", code="STOCK_ITEM", field="item")
    return found


def shelf_of_form(session: Session, form: FormRevision, today: date) -> OnShelf | None:
    """What lies on the shelf of a revision of a form; None where the stockroom does not keep it."""
    query = of_agency(form.agency_id).where(StockItem.form_revision_id == form.id)
    rows = on_shelf(session, session.scalars(query.order_by(StockItem.on_hand.desc()).limit(1)).all(), today)
    return rows[0] if rows else None


def on_shelf(session: Session, items: Sequence[StockItem], today: date) -> list[OnShelf]:
    """Items as they lie there, in their order."""
    keys = [one.id for one in items]
    waiting, used = reserved_of(session, keys), use_of(session, keys, today)
    query = select(StockLot.item_id, func.min(StockLot.received_at)).group_by(StockLot.item_id)
    since = dict(session.execute(query.where(StockLot.item_id.in_(keys), StockLot.on_hand > 0)).all())
    return [
        OnShelf(
            one.code, one.name, one.unit, one.agency_id is not None,
            f"{one.form.number}, revision {one.form.revision}" if one.form else "", one.on_hand,
            waiting.get(one.id, 0), one.value, used.get(one.id, Use()),
            business_date(since[one.id]) if one.id in since else None, one.form.review_on if one.form else None,
            _recalled(one),
        )
        for one in items
    ]  # fmt: skip


def _recalled(item: StockItem) -> str:
    if item.form is None or not is_superseded(item):
        return ""
    return (
        f"Revision {item.form.revision} is {item.form.state.value}: what lies there is not sent out any more."
    )
