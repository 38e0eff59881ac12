"""Cheaper twins of an order: neighbors that do the same work for less, looked for only when somebody asks.

Each is one move away from what was answered, and is priced as the order itself is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import UserError
from kernel.findings import Severity
from kernel.money import Money
from production.catalog.parts import Choice, Option
from production.catalog.products.folds import folds
from production.catalog.products.makeup import made_up
from production.catalog.products.ordered import findings_of
from production.catalog.products.spec import Spec
from production.frontdesk.choosing.answers import PAGES, SIZE, has_pages, matters, size_words
from production.frontdesk.choosing.prices import Shop
from production.frontdesk.estimates.alternatives import Alternative

Answers = Mapping[str, str]
_STEP = Decimal("0.125")  # inches: what a reader does not miss
_SHEET_PAGES = 4  # of a folded sheet
_WORTH = 100  # it is told if it saves a hundredth of the price at least


@dataclass(frozen=True, slots=True)
class Twin:
    """``words``: what is another; ``why``: what makes it cheaper; ``given``: the answers that differ."""

    words: str
    why: str
    given: Answers
    price: Money
    saves: Money


@dataclass(frozen=True, slots=True)
class _Move:
    """Another answer to a question, or to all whose code begins so; ``keeps``: would it still do the same work?"""

    question: str
    keeps: Callable[[Shop, str, str], bool]


def _is_none(_shop: Shop, _now: str, other: str) -> bool:
    return not other


def _is_on_shelf(shop: Shop, _now: str, other: str) -> bool:
    return shop.standards.stocks[other].on_shelf


def _is_fewer(_shop: Shop, now: str, other: str) -> bool:
    return int(other) < int(now)


def _has_as_many_panels(_shop: Shop, now: str, other: str) -> bool:
    known = folds()
    return known[now].pages == known[other].pages


def _always(_shop: Shop, _now: str, _other: str) -> bool:
    return True


MOVES = (
    _Move("cover", _is_none),
    _Move("paper-", _is_on_shelf),
    _Move("colors-", _is_fewer),
    _Move("fold", _has_as_many_panels),
    _Move("binding", _always),
    _Move("bleed", _is_none),
)


def twins(shop: Shop, asked: tuple[Option, ...], answers: Answers) -> list[Twin]:
    """Those that cost less than the answers, the cheapest first; none where these cannot be made."""
    try:
        now = _Made(shop, answers)
    except UserError:
        return []
    found = [twin for words, given in _neighbors(shop, asked, answers) if (twin := _twin(now, words, given))]
    return sorted(found, key=lambda one: (one.price, one.words))


class _Made:
    """Answers with the way they are made and its price. UserError where they cannot be."""

    def __init__(self, shop: Shop, answers: Answers) -> None:
        self.shop, self.answers = shop, answers
        self.spec: Spec = shop.spec(answers)
        self.way: Alternative = shop.cheapest(self.spec)
        self.price: Money = shop.price(self.way)

    @property
    def warnings(self) -> set[str]:
        """What a person should think twice about."""
        standards = self.shop.standards
        found = findings_of(made_up(self.spec, self.shop.known, standards), standards)
        return {one.message for one in found if one.severity is Severity.WARN}


def _twin(now: _Made, words: str, given: Answers) -> Twin | None:
    """None where it cannot be made, saves next to nothing, or brings a warning."""
    try:
        other = _Made(now.shop, {**now.answers, **given})
    except UserError:
        return None
    saves = now.price - other.price
    if saves.cents * _WORTH < max(now.price.cents, 1) or not other.warnings <= now.warnings:
        return None
    return Twin(words, _why(now.way, other.way), given, other.price, saves)


def _neighbors(shop: Shop, asked: tuple[Option, ...], answers: Answers) -> Iterator[tuple[str, Answers]]:
    yield from _other_answers(shop, asked, answers)
    yield from _smaller(answers)
    if has_pages(shop.family):
        yield from _whole_sheets(answers)


def _other_answers(shop: Shop, asked: tuple[Option, ...], answers: Answers) -> Iterator[tuple[str, Answers]]:
    for option in asked:
        now, move = answers[option.code], _move_of(option.code)
        if move and matters(shop.family, option.code, answers):
            for choice in option.choices:
                if choice.value != now and move.keeps(shop, now, choice.value):
                    yield _in_words(option, choice), {option.code: choice.value}


def _move_of(question: str) -> _Move | None:
    return next((one for one in MOVES if question.startswith(one.question)), None)


def _in_words(option: Option, choice: Choice) -> str:
    return f"{option.question.rstrip('?')}: {choice.name[:1].lower()}{choice.name[1:]}"


def _smaller(answers: Answers) -> Iterator[tuple[str, Answers]]:
    """An eighth of an inch less each way: more may fit on a sheet."""
    width, height = (Decimal(side) for side in answers[SIZE].split("x"))
    for how, less in (
        ("1/8 in narrower", (_STEP, Decimal(0))),
        ("1/8 in shorter", (Decimal(0), _STEP)),
        ("1/8 in smaller each way", (_STEP, _STEP)),
    ):
        size = f"{(width - less[0]).normalize():f}x{(height - less[1]).normalize():f}"
        yield f"{how}: {size_words(size)}. The file must have this size", {SIZE: size}


def _whole_sheets(answers: Answers) -> Iterator[tuple[str, Answers]]:
    """As many pages as fill their sheets, without blank ones."""
    pages = int(answers[PAGES].replace(",", ""))
    if (over := pages % _SHEET_PAGES) and pages > _SHEET_PAGES:
        yield f"{pages - over} pages instead of {pages}", {PAGES: str(pages - over)}


# By what is spent less on.
_WHY = {
    "paper": "It needs less paper, or paper that costs less",
    "press": "It needs less time on the press",
    "clicks": "Fewer sides are counted, or at a lower price",
    "plates": "It needs fewer plates",
    "bindery": "It needs less work in the bindery",
    "outside": "Less of it is bought outside",
}


def _why(now: Alternative, other: Alternative) -> str:
    """What makes it cheaper: how many fit on a sheet, else what is saved most on."""
    before, after = now.ways[0].grid.n_up, other.ways[0].grid.n_up
    if after > before and now.ways[0].sheet.size == other.ways[0].sheet.size:
        return f"{after} fit on a sheet instead of {before}"
    spent, spends = now.cost._asdict(), other.cost._asdict()
    return _WHY[max(_WHY, key=lambda name: spent[name] - spends[name])]
