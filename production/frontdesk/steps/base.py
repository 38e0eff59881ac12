"""What a step of an order is: a module with typed answers, what its page shows, and what it keeps.

A product names its steps; the counter walks them and knows none by name. Nothing here speaks to a browser: a form is
the values and files that were sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, of_field
from production.asked import Asked, Sent, Upload
from production.catalog.rows import ProductRow
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.preparation.first_check import DrawnPage
from store.db import Actor, UnitOfWork
from store.documents import Versioned
from store.files import FileRef, record_file
from store.plant import Plant


class Answers(Asked):
    """What a person said in one step, as it is kept in the draft."""

    CODE = "ORDER"
    REFUSED = "The order is not complete."


Said = TypeVar("Said", bound=Answers)


class KeptFile(Answers):
    """A file as a draft names it."""

    sha256: str
    size: int
    media_type: str
    name: str

    @classmethod
    def of(cls, given: GivenFile) -> KeptFile:
        """Of an order's file."""
        ref = given.ref
        return cls(sha256=ref.sha256, size=ref.size, media_type=ref.media_type, name=given.name)

    @property
    def given(self) -> GivenFile:
        """As an order takes it."""
        return GivenFile(FileRef(self.sha256, self.size, self.media_type), self.name)


class Page(Answers):
    """A page as it prints, in points, and the hash of its image where it was drawn."""

    width: float
    height: float
    sha256: str | None = None


def drawn(pages: Sequence[DrawnPage]) -> tuple[Page, ...]:
    """Pages that were looked at, as a draft keeps them."""
    return tuple(Page.model_validate(page, from_attributes=True) for page in pages)


@dataclass(frozen=True, slots=True)
class Ordering:
    """A draft at hand, with its product, the person, and the plant whose files and rows it is about."""

    plant: Plant
    actor: Actor
    product: ProductRow
    draft: OrderDraft

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only transaction in the person's scope."""
        with self.plant.db.read_only(self.actor) as session:
            yield session

    def keep(self, upload: Upload, media_type: str) -> KeptFile:
        """A file kept by its hash before anything looks at it."""
        ref = self.plant.files.keep_stream(upload.stream, media_type)
        return KeptFile(sha256=ref.sha256, size=ref.size, media_type=media_type, name=upload.name)

    def after(self, step: str) -> str:
        """The step that follows another one."""
        steps = self.product.steps
        return steps[steps.index(step) + 1]


class Fact(NamedTuple):
    """A line of the review: what, and the answer; ``kind`` as of the table cells: text, date, count."""

    label: str
    value: Any
    kind: str = "text"


@dataclass(slots=True)
class Reading:
    """A form as a step understood it, and what could not be read."""

    problems: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the page of a step shows: the values of its form as kept, and the choices of its fields."""

    values: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)

    @property
    def busy(self) -> str:
        """How far workers are with what was sent; empty where they are at nothing."""
        return ""


class Step(Protocol):
    """A module of this room. ``read`` may take long and holds no transaction; ``keep`` is one, gives the code of the
    step to go on with, and refuses by InvalidInput. Problems that ``read`` found are told in any case.
    """

    LABEL: str
    ASKS: type[Asked]  # the fields of its form

    def is_done(self, ordering: Ordering) -> bool:
        """Has it all the answers it needs?"""
        ...

    def is_open(self, ordering: Ordering) -> bool:
        """Is there what it builds on?"""
        ...

    def show(self, ordering: Ordering, sent: Sent | None) -> View:
        """What its page needs; ``sent`` where that was refused."""
        ...

    def read(self, ordering: Ordering, sent: Sent) -> Any:
        """A Reading of what was sent."""
        ...

    def keep(self, uow: UnitOfWork, ordering: Ordering, reading: Any) -> str:
        """Keep it in the draft."""
        ...

    def told(self, ordering: Ordering) -> Sequence[Fact]:
        """Its answers for the review."""
        ...


@cache
def documents(answers: type[Said]) -> Versioned[Said]:
    """How the answers of a step are kept."""
    return Versioned(answers, was_bare=True)


def said(draft: OrderDraft, step: str, answers: type[Said]) -> Said | None:
    """What was answered in a step; None before."""
    kept = draft.answers.get(step)
    return documents(answers).value(kept, _column(step)) if kept is not None else None


def put(draft: OrderDraft, step: str, answers: Answers) -> None:
    """Keep the answers of a step."""
    kept = documents(type(answers)).plain(answers, _column(step))
    draft.answers = {**draft.answers, step: kept}


def forget(draft: OrderDraft, step: str) -> None:
    """The step is to be answered anew."""
    draft.answers = {name: kept for name, kept in draft.answers.items() if name != step}


def _column(step: str) -> str:
    return f"order_draft.answers {step}"


def recorded(uow: UnitOfWork, file: KeptFile) -> KeptFile:
    """The file with its row, which a draft's file needs."""
    record_file(uow, file.given.ref)
    return file


def problem(column: str, sentence: str, remedy: str = "", *, code: str = "ORDER") -> Finding:
    """Something wrong with one field."""
    return of_field(code, column, sentence, remedy)


def refuse(problems: list[Finding]) -> None:
    """InvalidInput with what could not be read, if anything."""
    if problems:
        raise InvalidInput("The order is not complete.", code="ORDER", findings=problems)
