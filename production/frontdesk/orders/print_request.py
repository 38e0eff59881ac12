"""What an agency asks for when something is to be printed: one typed request for form, API and console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from pydantic import Field
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import InvalidInput
from kernel.findings import Finding, of_field
from postal.data.mail_days import in_full, mail_days_after
from production.asked import Asked, Day, Line
from production.catalog import queries as catalog
from production.catalog.answers import clashes, usual_answers
from production.catalog.parts import Sheet
from production.catalog.rows import ProductRow, StockRow
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.orders.intake import account_problems, own_accounts, title_problems
from production.frontdesk.orders.order_fields import (
    MOST_OPTIONS,
    PLACE_LENGTH,
    Destination,
    Quantity,
    Splits,
    Title,
)
from production.people.models import BudgetUnit
from store.db import UnitOfWork

SIZE = "size"  # the option that names the sheet, as 8.5x11


class PrintRequest(Asked):
    """An order of a product that is printed. ``splits``: bill code to weight; ``options``: the answers by code, what is
    not said is as usual; ``place``: where it is to be delivered.
    """

    CODE = "ORDER"
    REFUSED = "The order is not complete."
    product: Line = Field(
        title="Product", description="Its code, as `indicia catalog rows` has it.", max_length=40
    )
    title: Title
    quantity: Quantity
    due: Day = Field(title="Needed by", description="The day it is to be there.")
    place: Destination
    splits: Splits
    stock: Line = Field(title="Paper", description="Its code.", max_length=40)
    options: dict[str, Line] = Field(
        default_factory=dict,
        title="Options",
        description="Answers to the product's options by code; the first choice unless said.",
        max_length=MOST_OPTIONS,
    )


class Checked:
    """A request that can be taken in: its product, its sheet, its options in full, and who pays."""

    def __init__(
        self, product: ProductRow, sheet: Sheet, options: dict[str, str], units: list[tuple[BudgetUnit, int]]
    ) -> None:
        self.product, self.sheet, self.options, self.units = product, sheet, options, units


def check(uow: UnitOfWork, agency_id: int, request: PrintRequest) -> Checked:
    """Everything wrong with a request in one InvalidInput; NotFound PRODUCT_UNKNOWN."""
    product = catalog.product(uow.session, request.product)
    accounts = own_accounts(uow, agency_id)
    problems = [
        *order_problems(
            product,
            request.title,
            request.quantity,
            request.due,
            request.place,
            calendar=shop_calendar(uow.session),
        ),
        *account_problems(request.splits, accounts),
        *option_problems(uow.session, product, request.stock, request.options),
    ]
    if problems:
        raise InvalidInput("The order is not complete.", code="ORDER", findings=problems)
    options = usual_answers(product.options) | request.options
    stock = next(one for one in catalog.stocks(uow.session, product.grades) if one.code == request.stock)
    sheet = sheet_of(stock, options)
    assert sheet is not None  # option_problems has found it  # noqa: S101
    units = [(accounts[code], weight) for code, weight in request.splits.items()]
    return Checked(product, sheet, options, units)


def order_problems(
    product: ProductRow, title: str, quantity: int, due: date, place: str, *, calendar: ShopCalendar
) -> Iterator[Finding]:
    """What is wrong with title, quantity, day and place."""
    yield from title_problems(title)
    least, most = product.least_quantity or 1, product.most_quantity or 1_000_000
    if not product.is_active:
        yield of_field(
            "OPTION_CLASH", "", f"{product.name} is not offered any more.", "Choose another product."
        )
    if not least <= quantity <= most:
        yield of_field(
            "QUANTITY_RANGE", "quantity", f"{product.name} is made in quantities from {least:,} to {most:,}.",
            "Write another quantity, or ask the shop.",
        )  # fmt: skip
    yield from due_problems(due, clock.today(), calendar)
    yield from place_problems(place)


def place_problems(place: str) -> Iterator[Finding]:
    """What is wrong with the place it goes to."""
    if not 1 <= len(place.strip()) <= PLACE_LENGTH or not place.isprintable():
        yield of_field(
            "ORDER", "place", "Say where it is to be delivered.", "Building, floor and room, on one line."
        )


def option_problems(
    session: Session, product: ProductRow, stock_code: str, options: dict[str, str]
) -> Iterator[Finding]:
    """Answers that are none of the choices or do not go together, and paper that is not kept in the size."""
    known = {option.code: option for option in product.options}
    for code, value in options.items():
        if code not in known or value not in {choice.value for choice in known[code].choices}:
            yield of_field(
                "OPTION_CLASH",
                f"options-{code}",
                f"{value[:40]!r} is no choice here.",
                "Choose one of the list.",
            )
    for clash in clashes(product.options, options):
        yield of_field("OPTION_CLASH", f"options-{clash.option}", clash.sentence, clash.remedy)
    stock = next((one for one in catalog.stocks(session, product.grades) if one.code == stock_code), None)
    if stock is None:
        yield of_field("STOCK_UNKNOWN", "stock", "Choose a paper.", "Take one of the list.")
    elif sheet_of(stock, usual_answers(product.options) | options) is None:
        sizes = ", ".join(size_words(sheet.width_in, sheet.height_in) for sheet in stock.sheets)
        yield of_field(
            "OPTION_CLASH", "stock", f"{stock.name} is not kept in this size.",
            f"Choose another paper, or one of its sizes: {sizes}.",
        )  # fmt: skip


def sheet_of(stock: StockRow, options: dict[str, str]) -> Sheet | None:
    """The sheet that is printed: of the size that was chosen, whichever way it is written; else the first kept."""
    if SIZE not in options:
        return stock.sheets[0] if stock.sheets else None
    wanted = sorted(Decimal(side) for side in options[SIZE].split("x"))
    return next((one for one in stock.sheets if sorted((one.width_in, one.height_in)) == wanted), None)


def size_words(width_in: Decimal, height_in: Decimal) -> str:
    """'8.5 x 11 in'."""
    return f"{width_in.normalize():f} x {height_in.normalize():f} in"


def due_problems(due: date, today: date, calendar: ShopCalendar) -> Iterator[Finding]:
    """A day that the work cannot make, or on which nothing is delivered."""
    earliest = calendar.earliest_due_date(today)
    if due < earliest:
        yield of_field(
            "DUE_DATE", "due", f"The earliest day for this work is {in_full(earliest)}.",
            "Choose that day or a later one, or ask the shop.",
        )  # fmt: skip
    elif closed := calendar.closed_for(due):
        following = mail_days_after(due, 1, calendar.closed_for)
        yield of_field(
            "DUE_DATE", "due", f"Nothing is delivered on {in_full(due)}: {closed}.",
            f"The next day is {in_full(following)}.",
        )  # fmt: skip
