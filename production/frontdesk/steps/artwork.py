"""The file to be printed: looked at against the size that was ordered, and shown as it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput, NotFound
from production.asked import Asked, Sent
from production.catalog import queries as catalog
from production.frontdesk.orders.print_request import sheet_of, size_words
from production.frontdesk.preparation import first_check
from production.frontdesk.steps import base
from production.frontdesk.steps.base import (
    Fact,
    KeptFile,
    Ordering,
    Page,
    Reading,
    drawn,
    problem,
    put,
    recorded,
)
from production.frontdesk.steps.print_answers import (
    ARTWORK,
    ArtworkAnswers,
    ArtworkForm,
    artwork_of,
    finishing_of,
)
from store.db import UnitOfWork

LABEL = "File"
ASKS: type[Asked] = ArtworkForm


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    file: KeptFile | None
    pages: Sequence[Page]
    size: str
    most_pages: int | None


@dataclass(slots=True)
class ArtworkReading(Reading):
    """The file and its pages; None when no other was sent."""

    answers: ArtworkAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """A file is here and could be looked at."""
    return artwork_of(ordering.draft) is not None


def is_open(ordering: Ordering) -> bool:
    """The size is known."""
    return finishing_of(ordering.draft) is not None


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """The file that is here, as it prints."""
    kept = artwork_of(ordering.draft)
    _, words = _sheet(ordering)
    pages = kept.pages if kept else ()
    file = kept.file if kept else None
    return View(file=file, pages=pages, size=words, most_pages=ordering.product.most_pages)


def read(ordering: Ordering, sent: Sent) -> ArtworkReading:
    """The file kept and looked at. InvalidInput when it cannot be printed as it was ordered."""
    upload = sent.files.get(ARTWORK)
    if upload is None:
        here = is_done(ordering)
        return (
            ArtworkReading()
            if here
            else ArtworkReading([problem(ARTWORK, "Choose the file.", code="FILE_MISSING")])
        )
    file = ordering.keep(upload, "application/pdf")
    files, (size, _) = ordering.plant.files, _sheet(ordering)
    pages = first_check.check_artwork(
        files, files.checked_path(file.sha256), file.name, size, most_pages=ordering.product.most_pages
    )
    answers = ArtworkAnswers(file=file, pages=drawn(pages))
    return ArtworkReading(answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: ArtworkReading) -> str:
    """The file in place of the one before."""
    if reading.answers is not None:
        recorded(uow, reading.answers.file)
        put(ordering.draft, ARTWORK, reading.answers)
    if not is_done(ordering):
        raise InvalidInput("The file is missing.", code="FILE_MISSING", findings=reading.problems)
    return ordering.after(ARTWORK)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Name of the file, and its pages."""
    kept = artwork_of(ordering.draft)
    return [Fact("File", kept.file.name), Fact("Pages", len(kept.pages), "count")] if kept else ()


def picture(ordering: Ordering, page: int) -> str:
    """A page as it prints; NotFound."""
    kept = artwork_of(ordering.draft)
    if kept is None or not 1 <= page <= len(kept.pages):
        raise NotFound("There is no such page.")
    files = ordering.plant.files
    return kept.pages[page - 1].sha256 or first_check.draw_page(
        files, files.checked_path(kept.file.sha256), page
    )


def _sheet(ordering: Ordering) -> tuple[tuple[float, float], str]:
    """Width and height of the sheet in inches, and in words."""
    chosen = finishing_of(ordering.draft)
    assert chosen is not None  # is_open  # noqa: S101
    with ordering.reading() as session:
        stocks = {stock.code: stock for stock in catalog.stocks(session, ordering.product.grades)}
    sheet = sheet_of(stocks[chosen.stock], chosen.options) if chosen.stock in stocks else None
    if sheet is None:
        raise InvalidInput("This paper is no longer offered. Choose another.", code="STOCK_UNKNOWN")
    return (float(sheet.width_in), float(sheet.height_in)), size_words(sheet.width_in, sheet.height_in)
