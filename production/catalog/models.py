"""What can be made and how, as rows: units of usage, types of operation, work centers, stocks, routes, products.

Rows are named by their codes, which other rooms keep. They are never removed, only taken out of use. The shipped ones
come from ``data/*.toml`` (``shipped.py``); the shop adds and changes its own.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from production.catalog.parts import FirstCheck, Option, Sheet
from store.columns import Base, Document, Word, choice_check

_Inches = Numeric(8, 4)


def _words() -> Mapped[tuple[str, ...]]:
    return mapped_column(Document(tuple[str, ...], was_bare=True))


class Place(StrEnum):
    """Where an operation is done, and so who does it."""

    FLOOR = "floor"
    SYSTEM = "system"
    MAILROOM = "mailroom"
    DOCK = "dock"


class _Row:
    """What every row of the catalog has."""

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    is_active: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)  # where its figures come from, or "shop to confirm"
    shipped: Mapped[str | None] = mapped_column(
        String(64)
    )  # SHA-256 of the row as shipped; None: the shop's own


class UsageUnit(_Row, Base):
    """Something that is recorded when it is done and that a rate card prices."""

    __tablename__ = "usage_unit"


class OperationType(_Row, Base):
    """A kind of step. ``takes`` of its unit become ``gives`` of the next: whole numbers, or the name of an answer or
    fact of the job that is one (50 sheets, one pad). Usage: what came out good, times ``usage_times``. Its time is
    planned by the shop's standard: minutes to set up, and how many of its unit come out in an hour; None where nobody
    measured. ``does``: the operation of the print contract that it is, where that has another code; ``in_line``: what
    printers call it that do it in the same pass; ``from_units``: what it can be fed with, anything where none is named;
    ``groups``: what a set-up depends on; ``lag_minutes``: what must pass before the next step; ``includes``: what it
    does in the same pass.
    """

    __tablename__ = "operation_type"
    place: Mapped[Place] = mapped_column(Word(Place))
    work_center_class: Mapped[str | None] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(
        String(20)
    )  # what is counted when it is done: sheet, piece, set, pad, book ...
    takes: Mapped[str] = mapped_column(String(40))
    gives: Mapped[str] = mapped_column(String(40))
    usage_unit: Mapped[str | None] = mapped_column(ForeignKey("usage_unit.code"))
    usage_times: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str] = mapped_column(String(120))  # on the timeline once it is done
    spoil_reasons: Mapped[tuple[str, ...]] = _words()
    stop_reasons: Mapped[tuple[str, ...]] = _words()
    setup_minutes: Mapped[int | None]
    setup_units: Mapped[int | None]
    waste_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    per_hour: Mapped[int | None]
    does: Mapped[str | None] = mapped_column(String(40))
    in_line: Mapped[str | None] = mapped_column(String(40))
    from_units: Mapped[tuple[str, ...]] = _words()
    skill: Mapped[str | None] = mapped_column(String(40))
    groups: Mapped[tuple[str, ...]] = _words()
    checks: Mapped[tuple[FirstCheck, ...]] = mapped_column(Document(tuple[FirstCheck, ...], was_bare=True))
    instructions: Mapped[str] = mapped_column(Text)
    includes: Mapped[tuple[str, ...]] = _words()
    lag_minutes: Mapped[int]

    __table_args__ = (
        choice_check("place", Place),
        CheckConstraint("per_hour > 0 AND setup_minutes >= 0", name="standard"),
        CheckConstraint("lag_minutes >= 0", name="lag"),
    )

    @property
    def work(self) -> str:
        """What it is in the words of the print contract."""
        return self.does or self.code


class WorkCenter(_Row, Base):
    """A machine or bench."""

    __tablename__ = "work_center"
    work_center_class: Mapped[str] = mapped_column(String(40))


class Stock(_Row, Base):
    """A paper: pounds of 500 sheets of its basic size (inches), thickness of a sheet, None while nobody measured it;
    the sheets it is kept in. ``usage_unit``: a sheet of it as it is charged, None where the printing includes it.
    """

    __tablename__ = "stock"
    grade: Mapped[str] = mapped_column(String(40))
    basis_lb: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    basic_width_in: Mapped[Decimal] = mapped_column(_Inches)
    basic_height_in: Mapped[Decimal] = mapped_column(_Inches)
    caliper_in: Mapped[Decimal | None] = mapped_column(_Inches)
    sheets: Mapped[tuple[Sheet, ...]] = mapped_column(Document(tuple[Sheet, ...], was_bare=True))
    usage_unit: Mapped[str | None] = mapped_column(ForeignKey("usage_unit.code"))


class RouteStep(Base):
    """A step of a route. ``needs``: steps that come before it; ``lag_minutes``: what must pass after them, where it is
    not what their types say. With ``when_option`` it is only done when that option of the order was answered, with one
    of ``when_is`` if there are any.
    """

    __tablename__ = "route_step"
    route: Mapped[str] = mapped_column(ForeignKey("route.code"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operation: Mapped[str] = mapped_column(ForeignKey("operation_type.code"))
    needs: Mapped[tuple[int, ...]] = mapped_column(Document(tuple[int, ...], was_bare=True))
    when_option: Mapped[str | None] = mapped_column(String(40))
    when_is: Mapped[tuple[str, ...]] = _words()
    lag_minutes: Mapped[int | None]


class Route(_Row, Base):
    """Steps from the first operation to the agency."""

    __tablename__ = "route"
    steps: Mapped[list[RouteStep]] = relationship(
        order_by=RouteStep.step, lazy="selectin", cascade="all, delete-orphan"
    )


class Product(_Row, Base):
    """Something an agency can order: which kind of job it becomes, the steps of its order, its options and limits."""

    __tablename__ = "product"
    position: Mapped[int]  # in the list of products
    sentence: Mapped[str] = mapped_column(String(200))  # what it is, to somebody who chooses
    kind: Mapped[str] = mapped_column(String(40))  # of the job: production.jobs.states.JobKind
    unit: Mapped[str] = mapped_column(String(20))  # what the quantity counts
    components: Mapped[tuple[str, ...]] = _words()
    steps: Mapped[tuple[str, ...]] = _words()  # codes of production.frontdesk.steps
    route: Mapped[str] = mapped_column(ForeignKey("route.code"))
    options: Mapped[tuple[Option, ...]] = mapped_column(Document(tuple[Option, ...], was_bare=True))
    grades: Mapped[tuple[str, ...]] = _words()  # of stock that it can be printed on
    least_quantity: Mapped[int | None]
    most_quantity: Mapped[int | None]
    most_pages: Mapped[int | None]
    unders_percent: Mapped[int]  # how many fewer and more than ordered an order takes
    overs_percent: Mapped[int]

    __table_args__ = (
        CheckConstraint("least_quantity > 0 AND least_quantity <= most_quantity", name="quantity"),
        CheckConstraint("unders_percent BETWEEN 0 AND 99 AND overs_percent >= 0", name="tolerance"),
    )
