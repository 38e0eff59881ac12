"""Whether an order can be made as it stands: refusals by code, and findings that a person should see."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.catalog.products.formulas import value_of
from production.catalog.products.makeup import COVER, Makeup
from production.catalog.products.spec import SourceFile, Spec
from production.catalog.products.standards import Standards

# A cover is cut to the nearest 1/32 in of its spine at best (Patterson Printing, spine diagrams).
_COVER_STEP = Decimal(1) / 32


def findings_of(makeup: Makeup, standards: Standards) -> list[Finding]:
    """What a person should know of an order. InvalidInput with the code and field of what cannot be made."""
    found = list(_all(makeup, standards))
    refusals = [one for one in found if one.severity is Severity.STOP and one.code not in _TOLD]
    if refusals:
        first = refusals[0]
        raise InvalidInput(
            f"{makeup.family.name}: {first.message}",
            code=first.code, findings=refusals, remedy=first.remedy, field=first.place.column,
        )  # fmt: skip
    return found


# Stops that leave the price as it is: they are told with the estimate.
_TOLD = {"COVER_STALE"}


def _stop(code: str, field: str, message: str, remedy: str) -> Finding:
    return Finding(code, Severity.STOP, message, remedy, Place(column=field))


def _all(makeup: Makeup, standards: Standards) -> Iterator[Finding]:
    yield from _parts(makeup)
    yield from _pages(makeup)
    yield from _finishing(makeup)
    yield from _numbers(makeup)
    yield from share_problems(makeup.spec)
    yield from _rules(makeup)
    yield from _blanks(makeup)
    yield from _old_cover(makeup)
    yield from _envelope(makeup, standards)


def _parts(makeup: Makeup) -> Iterator[Finding]:
    spec, family = makeup.spec, makeup.family
    if spec.unit not in (None, family.unit):
        yield _stop("OPTION_CLASH", "unit", f"it is counted by the {family.unit}.", "Give the quantity so.")
    if not family.repeats:
        return
    if spec.parts not in (None, len(spec.components)):
        yield _stop(
            "CARBONLESS_ORDER", "parts", f"{spec.parts} parts are ordered, {len(spec.components)} are described.",
            "Describe each part, top first.",
        )  # fmt: skip
    last = len(makeup.components) - 1
    for at, one in enumerate(makeup.components):
        needed = "CB" if at == 0 else "CF" if at == last else "CFB"
        if one.stock.coating != needed:
            yield _stop(
                "CARBONLESS_ORDER", f"components.{at}.stock",
                f"part {at + 1} must be {needed} and is {one.stock.coating or 'not coated'}: the set would not copy.",
                "Order parts as CB, then CFB, CF last.",
            )  # fmt: skip


def _pages(makeup: Makeup) -> Iterator[Finding]:
    spec = makeup.spec
    given = sum(one.pages for one in makeup.components)
    if spec.pages and not makeup.family.repeats and given != spec.pages:
        yield _stop(
            "COMPONENT_PAGES", "pages", f"{spec.pages} pages are ordered, its components have {given}.",
            "Correct one of the two.",
        )  # fmt: skip
    if makeup.text.name == COVER:
        yield _stop(
            "COMPONENT_PAGES", "components", "there is nothing inside the cover.", "Describe the text, too."
        )
    for at, one in enumerate(makeup.components):
        if one.blanks < 0:
            yield _stop(
                "COMPONENT_PAGES", f"components.{at}.pages", f"a cover has {one.pages_made} pages, not {one.pages}.",
                "Give the others to the text.",
            )  # fmt: skip
    pages = {one.name: one.pages for one in makeup.components}
    for at, file in enumerate(spec.files):
        if file.component not in pages:
            yield _stop(
                "COMPONENT_PAGES", f"files.{at}.component", f"there is no component {file.component}.",
                f"Components are {', '.join(pages)}.",
            )  # fmt: skip
        elif file.pages and (named := _count(file)) > pages[file.component]:
            yield _stop(
                "COMPONENT_PAGES", f"files.{at}.pages",
                f"{file.component} has {pages[file.component]} pages, {named} are taken from {file.file}.",
                "Correct the range, or the pages of the component.",
            )  # fmt: skip


def _count(file: SourceFile) -> int:
    ranges = (one.partition("-") for one in (file.pages or "").split(","))
    return sum(int(last or first) - int(first) + 1 for first, _, last in ranges)


def _finishing(makeup: Makeup) -> Iterator[Finding]:
    family = makeup.family
    possible = {*family.route, *makeup.binding.operations}
    for at, step in enumerate(makeup.spec.finishing):
        if step.operation not in possible:
            yield _stop(
                "OPTION_CLASH", f"finishing.{at}.operation", f"{step.operation} is not done to it.",
                f"It may be ordered with {', '.join(one for one in family.route if one != 'print')}.",
            )  # fmt: skip
    ordered = [step.operation for step in makeup.spec.finishing]
    for operation in dict.fromkeys(one for one in ordered if ordered.count(one) > 1):
        yield _stop(
            "OPTION_CLASH", "finishing", f"{operation} is ordered twice.", "Say how often by its count."
        )
    for one, other in family.clashes:
        if {one, other} <= makeup.finishing.keys():
            yield _stop(
                "OPTION_CLASH", "finishing", f"{one} does not go with {other}.", "Choose one of the two."
            )


def _numbers(makeup: Makeup) -> Iterator[Finding]:
    numbering = makeup.spec.numbering
    if numbering and numbering.last - numbering.first + 1 != makeup.spec.quantity:
        yield _stop(
            "NUMBER_RANGE", "numbering",
            f"{numbering.first} to {numbering.last} are not {makeup.spec.quantity:,} numbers.",
            "Correct the numbers or the quantity.",
        )  # fmt: skip


def share_problems(spec: Spec) -> Iterator[Finding]:
    """Shares that are not the quantity together."""
    delivered = sum(one.quantity for one in spec.delivery)
    if spec.delivery and delivered != spec.quantity:
        yield _stop(
            "DELIVERY_SUM", "delivery", f"{delivered:,} are to be delivered of {spec.quantity:,} ordered.",
            "Correct a share, or the quantity.",
        )  # fmt: skip


def _rules(makeup: Makeup) -> Iterator[Finding]:
    for rule in makeup.family.rules:
        if value_of(rule.refuses, makeup.figures):
            yield Finding(rule.code, rule.severity, rule.sentence, f"Rule: {rule.name}; {rule.source}.")


def _blanks(makeup: Makeup) -> Iterator[Finding]:
    for one in makeup.components:
        if one.blanks and one.pages > 1:
            yield Finding(
                "COMPONENT_PAGES", Severity.NOTE,
                f"{one.name} has {one.pages} pages and is made with {one.pages_made}: {one.blanks} stay blank.",
                "Say where blanks go, or change the pages.",
            )  # fmt: skip


def _old_cover(makeup: Makeup) -> Iterator[Finding]:
    for given, made in zip(makeup.spec.components, makeup.components, strict=True):
        if given.name == COVER and given.flat_size and _differs(given.flat_size, made.flat):
            yield Finding(
                "COVER_STALE", Severity.STOP,
                f"The cover was made {_size(given.flat_size)}; with {makeup.text.pages_made} pages and a spine of "
                f"{makeup.spine.normalize():f} in it is {_size(made.flat)}.",
                "Make the cover again for this spine.", Place(column="components.cover.flat_size"),
            )  # fmt: skip


def _differs(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> bool:
    return any(abs(a - b) > _COVER_STEP for a, b in zip(one, other, strict=True))


def _size(size: tuple[Decimal, Decimal]) -> str:
    return f"{size[0].normalize():f} x {size[1].normalize():f} in"


def _envelope(makeup: Makeup, standards: Standards) -> Iterator[Finding]:
    mailing = makeup.spec.mailing
    if mailing is None:
        return
    if mailing.envelope not in standards.envelopes:
        raise InvalidInput(
            f"There is no envelope {mailing.envelope} among the standards.",
            code="STANDARD_MISSING", field="mailing.envelope",
        )  # fmt: skip
    envelope = standards.envelopes[mailing.envelope]
    piece, room = sorted(makeup.folded), sorted(envelope.size)
    where = Place(column="mailing.envelope")
    if piece[0] > room[0] or piece[1] > room[1]:
        words = f"{_size(makeup.folded)} does not go into an envelope of {_size(envelope.size)}."
        yield Finding("LIMIT_SIZE", Severity.WARN, words, "Fold it, or choose a larger envelope.", where)
    if envelope.max_sheets and makeup.sheets > envelope.max_sheets:
        words = f"{makeup.sheets} sheets are more than the {envelope.max_sheets} that the envelope takes."
        yield Finding("LIMIT_THICKNESS", Severity.WARN, words, "Choose a larger envelope.", where)
