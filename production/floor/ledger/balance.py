"""What comes into each step of a run and what has become of it, in the unit of the step. Pure: counts in, counts out.

Book 0 is the run itself; a make-up is a book of its own, whose last good ones go on in the run (print contract,
ledger).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from production.catalog.feeds import Feed

RUN = 0


class Balance(NamedTuple):
    """How a step stands; ``left`` is not worked yet, or was not needed."""

    into: int
    good: int
    spoiled: int
    held: int

    @property
    def left(self) -> int:
        """Less than none where more was counted out than came in."""
        return self.into - self.good - self.spoiled - self.held

    @property
    def holds(self) -> bool:
        """Nothing is less than none."""
        return min(*self, self.left) >= 0


class Step(NamedTuple):
    """A step as it was planned (``given`` in, ``setup`` of them spoiled at set-up, ``made`` out) and counted.
    ``taken``: what was put in beyond the plan, at a first step.
    """

    book: int
    number: int
    feeds: tuple[Feed, ...]
    given: int
    setup: int
    made: int
    good: int = 0
    spoiled: int = 0
    held: int = 0
    taken: int = 0
    is_done: bool = False

    def yields(self, into: int) -> int:
        """What comes out of so many by the standard: set-up is a count, running waste a share."""
        through = self.given - self.setup
        return max(0, (into - self.setup) * self.made // through) if through > 0 else 0

    def needs(self, out: int) -> int:
        """What must come in for so many more to come out of a step that is set up."""
        return -(-out * (self.given - self.setup) // self.made) if self.made else 0


@dataclass(frozen=True)
class Run:
    """All steps of a run and its make-ups, in the order of their numbers."""

    steps: tuple[Step, ...]

    def at(self, book: int, number: int) -> Step:
        """One step; KeyError."""
        return self._steps[book, number]

    @cached_property
    def _steps(self) -> dict[tuple[int, int], Step]:
        return {(step.book, step.number): step for step in self.steps}

    @property
    def end(self) -> int:
        """The number of the last step."""
        return max(step.number for step in self.steps if step.book == RUN)

    def balances(self) -> Iterator[tuple[Step, Balance]]:
        """How each step stands now."""
        for step in self.steps:
            into = self._arriving(step, lambda one: one.good)
            yield step, Balance(into, step.good, step.spoiled, step.held)

    def balance(self, book: int, number: int) -> Balance:
        """How one step stands now."""
        step = self.at(book, number)
        return Balance(self._arriving(step, lambda one: one.good), step.good, step.spoiled, step.held)

    def coming(self, step: Step) -> int:
        """What will have come into a step when all before it is done."""
        return self._arriving(step, self._will)

    def yields(self, step: Step, into: int) -> int:
        """What comes out of so many by the standard. What a last sheet gives beyond the plan (504 cards of 24 sheets,
        for 500) is not worked.
        """
        planned = step.given
        if step.feeds:
            planned = min(feed.into(self.at(step.book, feed.step).made) for feed in step.feeds)
        beyond = max(0, planned - step.given)
        return step.yields(min(into, max(step.given, into - beyond)))

    def comes_out(self, step: Step, into: int) -> int:
        """What a step that is not done will give of so many."""
        return max(step.good, min(self.yields(step, into), into - step.spoiled - step.held))

    def waste(self, step: Step, into: int) -> int:
        """What of so many its standard spoils."""
        return min(into, step.given) - self.yields(step, min(into, step.given))

    @cached_property
    def _known(self) -> dict[tuple[int, int], int]:
        return {}

    def _will(self, step: Step) -> int:
        """What a step will have given when all is done: as counted where it is, else by the standard of what comes to
        it, without what is spoiled beyond that.
        """
        key = step.book, step.number
        if key not in self._known:
            self._known[key] = step.good if step.is_done else self.comes_out(step, self.coming(step))
        return self._known[key]

    def to_repeat(self) -> frozenset[int]:
        """The finished steps that more must go through: all of them, but those of parts of which enough comes."""
        own = [step for step in self.steps if step.book == RUN]
        enough: set[int] = set()
        for step in (one for one in own if not one.is_done):
            for feed in step.feeds:
                if feed.into(sum(map(self._will, self.givers(step, feed.step)))) >= step.given:
                    enough |= self._behind(feed.step)
        return frozenset(step.number for step in own if step.is_done and step.number not in enough)

    def _behind(self, number: int) -> set[int]:
        """A step of the run with all that lead to it."""
        return {number}.union(*(self._behind(feed.step) for feed in self.at(RUN, number).feeds))

    def comes(self) -> int:
        """What will come out of the last step, with what make-ups add to it."""
        return sum(self._will(step) for step in self.steps if step.number == self.end)

    def came(self) -> int:
        """What has come out of the last step."""
        return sum(step.good for step in self.steps if step.number == self.end)

    def _arriving(self, step: Step, out: Callable[[Step], int]) -> int:
        if not step.feeds:
            return step.given + step.taken
        return min(feed.into(sum(map(out, self.givers(step, feed.step)))) for feed in step.feeds)

    def givers(self, step: Step, number: int) -> Iterable[Step]:
        """The steps of a number that feed one: that of its own book and, in the run, those of make-ups that end
        there.
        """
        known = self._steps
        return [
            one
            for one in self.steps
            if one.number == number
            and (one.book == step.book or (step.book == RUN and (one.book, step.number) not in known))
        ]
