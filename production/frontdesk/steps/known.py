"""Every step by its code: what a product may name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import NotFound
from kernel.findings import Finding
from production.frontdesk.steps import (
    artwork,
    choices,
    columns,
    component_files,
    details,
    files,
    finishing,
    from_shelf,
    kit,
    letter,
    order,
    print_order,
    review,
    stationery,
)
from production.frontdesk.steps.base import Answers, Fact, Ordering, Step
from production.frontdesk.steps.kit_answers import KIT, KitAnswers
from production.frontdesk.steps.mailing_answers import (
    COLUMNS,
    FILES,
    LETTER,
    ORDER,
    ColumnsAnswers,
    FilesAnswers,
    LetterAnswers,
    OrderAnswers,
)
from production.frontdesk.steps.print_answers import (
    ARTWORK,
    FINISHING,
    PRINT_ORDER,
    ArtworkAnswers,
    FinishingAnswers,
    PrintOrderAnswers,
)
from production.frontdesk.steps.shelf_answers import FROM_SHELF, ShelfAnswers
from production.frontdesk.steps.spec_answers import (
    CHOICES,
    COMPONENT_FILES,
    DETAILS,
    REVIEW,
    ChoicesAnswers,
    ComponentFilesAnswers,
    DetailsAnswers,
    ReviewAnswers,
)
from production.frontdesk.steps.stationery_answers import STATIONERY, StationeryAnswers

STEPS: Mapping[str, Step] = {
    "order": order,
    "files": files,
    "columns": columns,
    "letter": letter,
    "print_order": print_order,
    "finishing": finishing,
    "artwork": artwork,
    "choices": choices,
    "details": details,
    "component_files": component_files,
    "stationery": stationery,
    "from_shelf": from_shelf,
    "kit": kit,
    "review": review,
}
# What is kept of each step that asks something.
ANSWERS: Mapping[str, type[Answers]] = {
    ORDER: OrderAnswers,
    FILES: FilesAnswers,
    COLUMNS: ColumnsAnswers,
    LETTER: LetterAnswers,
    PRINT_ORDER: PrintOrderAnswers,
    FINISHING: FinishingAnswers,
    ARTWORK: ArtworkAnswers,
    CHOICES: ChoicesAnswers,
    DETAILS: DetailsAnswers,
    COMPONENT_FILES: ComponentFilesAnswers,
    STATIONERY: StationeryAnswers,
    FROM_SHELF: ShelfAnswers,
    KIT: KitAnswers,
    REVIEW: ReviewAnswers,
}
# Steps with pages to look at: the image of one of them (from 1) by its hash; NotFound.
PICTURES: Mapping[str, Callable[[Ordering, int], str]] = {
    "files": files.picture,
    "letter": files.picture,
    "artwork": artwork.picture,
    "component_files": component_files.picture,
}
# Steps whose page follows what is tried there: it stands in the address until it is kept.
TRIED = frozenset({"choices", "from_shelf"})


def step_of(ordering: Ordering, code: str) -> Step:
    """A step of the draft's product; NotFound for any other."""
    if code not in ordering.product.steps or code not in STEPS:
        raise NotFound("There is no such step.")
    return STEPS[code]


def is_done(ordering: Ordering, code: str) -> bool:
    """Has a step all its answers, and nothing typed that was not sent?"""
    return STEPS[code].is_done(ordering) and not ordering.draft.typed.get(code)


def missing(ordering: Ordering) -> str | None:
    """The first step before the last that is not done; None when the order can be submitted."""
    return next((code for code in ordering.product.steps[:-1] if not is_done(ordering, code)), None)


# Where a specification says what a step asks by another name.
_ASKED_IN = {"delivery": DETAILS, "components": COMPONENT_FILES}


def at_fault(ordering: Ordering, findings: Iterable[Finding]) -> str:
    """The step that asks the first field that was found wrong; the first step where none does."""
    for found in findings:
        field = re.split(r"[-.]", found.place.column or "")[0]
        for code in ordering.product.steps[:-1]:
            if field in STEPS[code].ASKS.model_fields or _ASKED_IN.get(field) == code:
                return code
    return ordering.product.steps[0]


@dataclass(frozen=True, slots=True)
class Section:
    """A step with its answers."""

    code: str
    title: str
    facts: Sequence[Fact]


def told(ordering: Ordering, *, before: str) -> list[Section]:
    """What was answered before a step, step by step."""
    earlier = ordering.product.steps[: ordering.product.steps.index(before)]
    sections = [
        Section(code, STEPS[code].LABEL, STEPS[code].told(ordering))
        for code in earlier
        if STEPS[code].is_done(ordering)
    ]
    return [section for section in sections if section.facts]


def picture(ordering: Ordering, code: str, page: int) -> str:
    """The image of a page that a step shows, by its hash; NotFound."""
    if code not in PICTURES or code not in ordering.product.steps:
        raise NotFound("There is no such page.")
    return PICTURES[code](ordering, page)
