"""What the demonstration holds, as rows: read from ``data/`` and checked as they are read."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DATA = Path(__file__).parent / "data"
Moment = Annotated[str, Field(pattern=r"^(-\d+|\d+ \d\d:\d\d)$")]


class Row(BaseModel):
    """A row of the demonstration; what it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AgencyRow(Row):
    """Who orders and pays: accounts as (bill code, name, accounting string), people as (sign-in name, full name)."""

    code: str
    name: str
    accounts: tuple[tuple[str, str, str], ...]
    requester: tuple[str, str]
    approver: tuple[str, str]


class PersonRow(Row):
    """Somebody else: of the plant, or of a sample agency."""

    sign_in: str
    name: str
    agency: str = ""
    roles: tuple[str, ...]


class People(Row):
    """Everybody of ``people.toml``."""

    agency: tuple[AgencyRow, ...]
    person: tuple[PersonRow, ...]


class Ordered(Row):
    """What every order has; ``account`` is the agency's first unless said; ``due``: mail days after today."""

    key: str
    agency: str
    title: str
    account: str = ""
    due: int | None = None
    ordered: Moment
    approved: Moment | None = None
    canceled: Moment | None = None
    reason: str = ""


class Letters(Ordered):
    """Letters with a list; ``is_messy``: a list with faults; ``matching``: by whom its addresses are to be matched."""

    pieces: int
    pages: int = 1
    is_messy: bool = False
    matching: str = ""


class Print(Ordered):
    """Something printed; ``made``: how many steps of the floor are done, from ``worked`` on. ``closes_account``: when
    the account that pays is closed.
    """

    quantity: int
    stock: str = "bond20"
    options: dict[str, str] = Field(default_factory=dict)
    is_wrong_size: bool = False
    made: int = 0
    worked: Moment | None = None
    is_running: bool = False
    fails: str = ""
    hold: str = ""
    closes_account: Moment | None = None
    left: Moment | None = None
    delivered: Moment | None = None


class Template(Row):
    """An identity template of business cards; ``owner``: who answers for it."""

    key: str
    agency: str
    name: str
    owner: str
    entered: Moment
    approved: Moment


class Cards(Ordered):
    """Cards by a template; ``people``: the list, headings first; ``quantity``: of each where it does not say."""

    template: str
    people: str
    quantity: int = 250


class KitRow(Row):
    """What an agency orders together: jobs, by their keys."""

    key: str
    agency: str
    name: str
    jobs: tuple[str, ...]
    made: Moment


class Filed(Row):
    """The master of a job, filed in the library."""

    key: str
    agency: str
    job: str
    title: str
    form_number: str = ""
    note: str = ""
    filed: Moment


class Draft(Row):
    """An order begun and not sent."""

    key: str
    agency: str
    by: str
    product: str
    title: str
    begun: Moment


class Mailing(Row):
    """Letters sorted together, and how far they are. ``mail``: mail days from today."""

    key: str
    jobs: tuple[str, ...]
    built: Moment
    mail: int
    payment: Literal["permit", "meter"] = "permit"
    stage: Literal["merged", "press", "inserter", "dock", "left", "delivered"]
    worked: Moment | None = None
    left: Moment | None = None
    delivered: Moment | None = None


class BroughtIn(Row):
    """Sealed mail of an agency."""

    key: str
    agency: str
    account: str = ""
    title: str
    counted: int
    mail: int = 1
    brought: Moment


class Run(Row):
    """Mail brought in, through the sorter."""

    key: str
    jobs: tuple[str, ...]
    made: Moment
    read: Moment | None = None
    closed: Moment | None = None
    left: Moment | None = None
    delivered: Moment | None = None


class MeterDay(Row):
    """A meter's sheet of a day; ``runs``: account, class, shape, ounces, pieces, dollars. ``gap``: dollars that the
    register counted and no run explains.
    """

    key: str
    meter: int
    opened: Moment
    runs: tuple[tuple[str, str, str, str, int, str], ...] = ()
    closed: Moment | None = None
    gap: str = "0.00"


class Kept(Row):
    """An item of the stockroom, and what came in of it at ``cost`` dollars each."""

    key: str
    code: str
    name: str
    kind: str
    unit: str
    stock: str = ""
    width_in: str | None = None
    height_in: str | None = None
    bin: str
    reorder_point: int
    received: Moment
    came: int
    cost: str
    source: str


class VendorRow(Row):
    """A firm that work is bought from."""

    key: str
    code: str
    name: str
    contact: str
    email: str
    does: str = ""
    contract_number: str = ""
    entered: Moment


class Bid(Row):
    """What a vendor offers; ``delivers``: mail days from today."""

    vendor: str
    price: str
    freight: str = ""
    delivers: int
    came: Moment


class Bought(Row):
    """A job that is made outside. ``note``: of the decision; ``outside``: dollars expected; ``closes``, ``needed``:
    mail days from today; ``sent``: when its order went out.
    """

    key: str
    job: str
    why: str
    note: str = ""
    outside: str
    vendors: tuple[str, ...]
    asked: Moment
    closes: int
    needed: int
    bids: tuple[Bid, ...] = ()
    opened: Moment | None = None
    awarded: Moment | None = None
    vendor: str = ""
    reason: str = ""
    sent: Moment | None = None


class Work(Row):
    """What one part of the demonstration does, kind by kind."""

    draft: tuple[Draft, ...] = ()
    letters: tuple[Letters, ...] = ()
    print: tuple[Print, ...] = ()
    template: tuple[Template, ...] = ()
    cards: tuple[Cards, ...] = ()
    kit: tuple[KitRow, ...] = ()
    filed: tuple[Filed, ...] = ()
    mailing: tuple[Mailing, ...] = ()
    brought_in: tuple[BroughtIn, ...] = ()
    sorter_run: tuple[Run, ...] = ()
    meter: tuple[MeterDay, ...] = ()
    stock: tuple[Kept, ...] = ()
    vendor: tuple[VendorRow, ...] = ()
    bought: tuple[Bought, ...] = ()

    @property
    def made_by(self) -> dict[str, int]:
        """How many jobs each act makes, by its key: a meter's run is one too."""
        ordered: tuple[Ordered | BroughtIn, ...] = (*self.letters, *self.print, *self.cards, *self.brought_in)
        single = dict.fromkeys((row.key for row in ordered), 1)
        return single | {f"{day.key}: runs": len(day.runs) for day in self.meter if day.runs}


@lru_cache(maxsize=1)
def people() -> People:
    """Who orders and works."""
    return People.model_validate(_read("people.toml"))


@lru_cache(maxsize=1)
def tuesday() -> Work:
    """The busy day."""
    return Work.model_validate(_read("tuesday.toml"))


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))
