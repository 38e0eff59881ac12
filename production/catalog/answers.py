"""Answers to the options of a product: what is usual, and what does not go together, by rules that are data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from production.catalog.parts import Choice, Option


class Clash(NamedTuple):
    """Answers that do not go together: the option whose rule says so, both by name, and what to do."""

    option: str
    sentence: str
    remedy: str


def usual_answers(options: Sequence[Option]) -> dict[str, str]:
    """The first choice of each option."""
    return {option.code: option.choices[0].value for option in options}


def named(options: Sequence[Option], answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Question and answer of each option in words; what was answered with nothing, or not, is left out."""
    return [
        (option.question, choice.name)
        for option in options
        for choice in option.chosen(answers.get(option.code, ""))
        if choice.value
    ]


def clashes(options: Sequence[Option], answers: Mapping[str, str]) -> Iterator[Clash]:
    """What excludes one another, or lacks what it needs. What is not answered is as usual; an answer of none, or one
    that is no choice, stands against nothing.
    """
    values = usual_answers(options) | dict(answers)
    asked = {option.code: option for option in options}
    for option in options:
        for choice in option.chosen(values[option.code]):
            this = _named(option, choice)
            for code, among in (*option.excludes.items(), *choice.excludes.items()):
                for other in asked[code].chosen(values[code], among):
                    sentence = f"{this} does not go with {_named(asked[code], other)}."
                    yield Clash(option.code, sentence, "Choose one of the two.")
            for code, among in (*option.needs.items(), *choice.needs.items()):
                if not asked[code].chosen(values[code], among):
                    needed = " or ".join(_named(asked[code], one) for one in asked[code].among(among))
                    yield Clash(option.code, f"{this} needs {needed}.", "Choose that too, or leave this one.")


def _named(option: Option, choice: Choice) -> str:
    return f'"{option.question}: {choice.name}"'
