"""The shelf of editions as a person looks at it: grouped, with how each stands on a day, and what a mailing lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.findings import Finding
from postal.data.editions import IN_FORCE, Edition, InForce, Status, standing
from postal.piece.mailpiece import Mailpiece
from postal.sorting.rule_book import gaps

GROUPS = (  # heading, and how its kinds begin; the last takes the rest
    ("Labeling lists", ("L",)),
    ("Prices", ("prices", "incentives")),
    ("Sort plans", ("sort-plan/",)),
    ("Statement line maps", ("statement-lines/",)),
    ("Tables and limits", ("",)),
)


FOR_TESTS = "used for tests"


@dataclass(frozen=True, slots=True)
class Standing:
    """An edition and how it stands on the day asked: 'in force', 'comes into force', 'superseded', ..."""

    edition: Edition
    word: str
    is_shipped: bool

    @property
    def counts(self) -> bool:
        """It is the one a mailing of that day would use."""
        return self.word in (IN_FORCE, FOR_TESTS)


@dataclass(frozen=True, slots=True)
class Group:
    """Editions under one heading, by kind, newest first."""

    heading: str
    rows: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a mailing lacks; ``has_stand_in``: tests could go on without it."""

    finding: Finding
    has_stand_in: bool


def on_shelf(among: Sequence[Edition], on: date, *, allow_test_only: bool) -> list[Group]:
    """Every edition with how it stands on a day; an edition marked test-only counts where the shop allows it."""
    by_kind: dict[str, list[Edition]] = {}
    for edition in among:
        by_kind.setdefault(edition.kind, []).append(edition)
    live, in_tests = InForce(on, tuple(among)), InForce(on, tuple(among), allow_test_only)
    rows: dict[str, list[Standing]] = {heading: [] for heading, _ in GROUPS}
    for kind in sorted(by_kind):
        found = sorted(by_kind[kind], key=lambda one: (one.effective_from, one.id), reverse=True)
        heading = next(heading for heading, starts in GROUPS if kind.startswith(starts))
        chosen, in_test = live.find(kind), in_tests.find(kind)
        rows[heading] += [Standing(one, _word(one, on, chosen, in_test), not one.deeds) for one in found]
    return [Group(heading, tuple(found)) for heading, found in rows.items() if found]


def lacking(
    plan_id: str, on: date, mailpiece: Mailpiece, among: Sequence[Edition], *, payment: str = "permit"
) -> list[Gap]:
    """What live mail of this kind lacks on a day, by name, and whether a stand-in would do for tests."""

    def missing(*, allow_test_only: bool) -> list[Finding]:
        in_force = InForce(on, tuple(among), allow_test_only)
        return gaps(plan_id, in_force, mailpiece=mailpiece, payment=payment)

    in_tests = {_about(finding) for finding in missing(allow_test_only=True)}
    return [Gap(found, _about(found) not in in_tests) for found in missing(allow_test_only=False)]


def _word(edition: Edition, on: date, live: Edition | None, in_tests: Edition | None) -> str:
    """How an edition stands for live mail; one that only tests may use says so."""
    if edition.status is Status.TEST_ONLY and in_tests is not None and edition.name == in_tests.name:
        return FOR_TESTS
    return standing(edition, on, live)


def _about(finding: Finding) -> str:
    """The finding less the name of the edition looked in, which differs when a test-only one is allowed."""
    return finding.message.split(" for live mail")[0].split(" in the prices of ")[0]
