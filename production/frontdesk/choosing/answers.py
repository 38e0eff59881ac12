"""What a family of products asks in plain words, and the specification that the answers come to.

Beside its own questions a family asks how many, the pages where it has many, and paper and colors of each component.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kernel.errors import InvalidInput
from production.catalog.parts import Choice, Option
from production.catalog.products.families import Families, Family
from production.catalog.products.makeup import COVER, Makeup, made_up
from production.catalog.products.spec import MOST_PIECES, Spec, spec_of
from production.catalog.products.standards import Standards

QUANTITY, PAGES, SIZE = "quantity", "pages", "size"
# What a fresh page asks for, until somebody says how many: shop to confirm.
USUAL = {QUANTITY: "1000", PAGES: "16"}
_A_SIZE = re.compile(r"\d{1,2}(\.\d{1,4})?x\d{1,2}(\.\d{1,4})?", re.ASCII)
_MOST_DIGITS = len(str(MOST_PIECES))
_INSIDE, _ONE, _BOTH = "text", "1", "2"
_NAMES = {_INSIDE: "inside", COVER: "cover"}
# Questions that order a step of the bindery: the step, and what the answer says of it.
_STEPS = {
    "fold": ("fold", "pattern"),
    "holes": ("drill", "pattern"),
    "perforate": ("perforate", "pattern"),
    "leaf_fold": ("fold", "pattern"),
    "pad": ("pad", "count"),
    "shrink_wrap": ("shrink_wrap", "count"),
    "banks": ("tab", "count"),
}
# Whose answer a field of the specification is.
_ASKED_AS = {"trim": SIZE, "numbering": "numbering", "binding": "binding", "parts": "parts"}


def has_pages(family: Family) -> bool:
    """Is it of many pages, so that their number is asked?"""
    return _INSIDE in family.components


def questions(family: Family, standards: Standards, given: Mapping[str, str]) -> tuple[Option, ...]:
    """All that are answered by a choice, each with the usual answer first. A ``given`` size is a choice, too."""
    own = (one for one in family.options if one.code not in ("colors", SIZE))
    sizes = next(one for one in family.options if one.code == SIZE)
    return (_with_own(sizes, given.get(SIZE, "")), *own, *_of_components(family, standards))


def _with_own(sizes: Option, size: str) -> Option:
    known = {one.value for one in sizes.choices}
    if size in known or not _A_SIZE.fullmatch(size):
        return sizes
    own = Choice(value=size, name=f"{size_words(size)}, your own")
    return sizes.model_copy(update={"choices": (*sizes.choices, own)})


def size_words(size: str) -> str:
    """3.5x2 as people write it."""
    return f"{size.replace('x', ' x ')} in"


def _of_components(family: Family, standards: Standards) -> Iterator[Option]:
    colors = next((one for one in family.options if one.code == "colors"), None)
    for name in family.components:
        of = f" of the {_NAMES.get(name, name)}" if len(family.components) > 1 else ""
        hint = "Where it has a cover of its own." if name in family.optional else ""
        papers = _papers(family.grades[name], standards)
        if papers and not family.repeats:
            yield Option(code=f"paper-{name}", question=f"Paper{of}", hint=hint, choices=papers)
        if colors:
            yield colors.model_copy(
                update={"code": f"colors-{name}", "question": f"Colors{of}", "hint": hint}
            )


def _papers(grades: tuple[str, ...], standards: Standards) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=code, name=stock.name or code)
        for grade in grades
        for code, stock in standards.stocks.items()
        if stock.grade == grade
    )


def completed(asked: tuple[Option, ...], given: Mapping[str, str]) -> dict[str, str]:
    """Every question with its answer; the usual one where none of its choices was given."""
    chosen = {
        one.code: given[one.code]
        if any(given.get(one.code) == choice.value for choice in one.choices)
        else one.choices[0].value
        for one in asked
    }
    return chosen | {name: given.get(name, usual).strip() for name, usual in USUAL.items()}


def matters(family: Family, question: str, answers: Mapping[str, str]) -> bool:
    """Has a question a meaning beside the other answers? Those about a component that is left out have none."""
    component = question.partition("-")[2]
    return component not in family.optional or bool(answers.get(component))


def in_words(
    family: Family, asked: tuple[Option, ...], answers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each question that has a meaning, with what was answered."""
    digits = answers[QUANTITY].replace(",", "")
    yield "How many", f"{int(digits):,}" if digits.isdecimal() else answers[QUANTITY]
    if has_pages(family):
        yield "Pages", answers[PAGES]
    for one in asked:
        chosen = one.chosen(answers[one.code], [choice.value for choice in one.choices])
        if chosen and matters(family, one.code, answers):
            yield one.question, chosen[0].name


def component_name(name: str) -> str:
    """A component as people call it: Inside, Part 1."""
    return _NAMES.get(name, name).replace("-", " ").capitalize()


def spec_of_answers(family: Family, answers: Mapping[str, str], standards: Standards) -> Spec:
    """The specification of completed answers. InvalidInput with the field of what cannot be read."""
    quantity = _whole(answers, QUANTITY)
    given = {
        "product": family.code,
        "quantity": quantity,
        "unit": family.unit,
        "trim": answers[SIZE].split("x"),
        "pages": _whole(answers, PAGES) if has_pages(family) else None,
        "bleed": answers.get("bleed") or "0",
        "binding": answers.get("binding") or family.bindings[0],
        "components": list(_components(family, answers, standards)),
        "finishing": list(_finishing(answers)),
        "numbering": {"first": 1, "last": quantity} if answers.get("numbering") else None,
    }
    return spec_of(given)


def answers_of_spec(spec: Spec, known: Families, standards: Standards) -> dict[str, str] | None:
    """The answers that come to the same product; None where the specification asks for what the questions of its family
    do not. Title, day, places, accounts and files are no answers. Errors as ``made_up``.
    """
    family, made = known.family(spec.product), made_up(spec, known, standards)
    given = {QUANTITY: str(spec.quantity), PAGES: str(sum(one.pages for one in made.components))}
    given |= {SIZE: "x".join(f"{side.normalize():f}" for side in spec.trim), "binding": made.binding.code}
    given |= {
        "bleed": f"{spec.bleed.normalize():f}" if spec.bleed else "",
        "parts": str(len(spec.components)),
    }
    given |= dict.fromkeys(family.optional, "") | {"numbering": "yes" if spec.numbering else ""}
    for one in spec.components:
        given |= {one.name: "own", f"paper-{one.name}": one.stock, f"colors-{one.name}": str(one.inks[0])}
        given["sides"] = _BOTH if one.inks[1] else _ONE
    for step in spec.finishing:
        said = str(step.pattern or step.count or "")
        given |= {name: said for name, (operation, _) in _STEPS.items() if operation == step.operation}
    answers = completed(questions(family, standards, given), given)
    same = made_up(spec_of_answers(family, answers, standards), known, standards)
    return answers if _product(made) == _product(same) else None


def _product(made: Makeup) -> tuple[object, ...]:
    """What is made, and by which wishes, wherever the specification says it."""
    spec = made.spec
    wishes = (
        spec.quantity,
        spec.trim,
        spec.bleed,
        spec.finishing,
        spec.numbering,
        spec.packing,
        spec.mailing,
        spec.force,
    )
    return made.family.code, made.binding, made.fold, made.components, made.spine, *wishes


def question_of(field: str, spec: Spec | None) -> str:
    """The question that a field of the specification comes from, as in ``components.1.stock``; "" for none."""
    first, _, rest = field.partition(".")
    at, _, part = rest.partition(".")
    if first != "components" or spec is None or not at.isdigit():
        return _ASKED_AS.get(first, first if first in USUAL else "")
    if part == PAGES:
        return PAGES
    kind = {"stock": "paper", "colours": "colors"}.get(part)
    return f"{kind}-{spec.components[int(at)].name}" if kind else ""


def _whole(answers: Mapping[str, str], name: str) -> int:
    """A whole number as people write it, as in 1,000."""
    digits = answers[name].replace(",", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        code = "QUANTITY_RANGE" if name == QUANTITY else "COMPONENT_PAGES"
        raise InvalidInput("Write a whole number, as in 1,000.", code=code, field=name)
    return int(digits)


def _finishing(answers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for question, (operation, says) in _STEPS.items():
        if value := answers.get(question):
            yield {"operation": operation, says: int(value) if says == "count" else value}


def _components(family: Family, answers: Mapping[str, str], standards: Standards) -> Iterator[dict[str, Any]]:
    if family.repeats:
        yield from _parts(family, answers, standards)
        return
    for name in family.components:
        if name not in family.optional or answers.get(name):
            inks = _inks(family, answers, f"colors-{name}")
            yield {"name": name, "stock": answers.get(f"paper-{name}", ""), "colours": inks}


def _parts(family: Family, answers: Mapping[str, str], standards: Standards) -> Iterator[dict[str, Any]]:
    """Parts of a set, top first: coated on its back, on both sides, on its front (SmartResolution, NCR paper)."""
    last = int(answers["parts"]) - 1
    for at in range(last + 1):
        coating = "CB" if at == 0 else "CF" if at == last else "CFB"
        stock = next((code for code, one in standards.stocks.items() if one.coating == coating), coating)
        yield {
            "name": f"{family.components[0]}-{at + 1}",
            "stock": stock,
            "colours": _inks(family, answers, ""),
        }


def _inks(family: Family, answers: Mapping[str, str], colors: str) -> tuple[int, int]:
    """Front and back. What folds or is bound is read on both sides, unless it asks."""
    inks = int(answers.get(colors, "1"))
    usual = _BOTH if family.flat == "folded" or family.bindings[0] != "none" else _ONE
    return inks, inks if answers.get("sides", usual) == _BOTH else 0
