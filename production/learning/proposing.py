"""From runs to another standard: what each figure really was, and whether that is enough to propose it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log, log10
from statistics import median

from kernel.findings import Finding, Place, Severity
from production.learning.rules import LearningRow
from production.learning.runs import Finished, length_class
from production.learning.spread import Spread, fitted, spread, strays

_APART = (
    2.0  # runs whose lengths differ less (longest quarter to shortest) cannot tell set-up from running waste
)
_SPOILS_STRAY = 1.0  # pieces: spoils that differ by less never stray


@dataclass(frozen=True, slots=True)
class Standing:
    """A figure of a standard as it stands: its field, what it is called, and how finely it is said (0: three digits of
    what it is). ``now`` is None where nobody has measured it.
    """

    field: str
    title: str
    now: Decimal | None
    step: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Current:
    """A standard as the set-up says it. ``speed`` is counted in ``of_hour`` of an hour."""

    kind: str
    key: str
    name: str
    speed: Standing
    setup: Standing
    setup_units: Standing
    waste: Standing
    of_hour: int = 1


@dataclass(frozen=True, slots=True)
class Stray:
    """A run that was left out of a figure, with what it came to there, and why."""

    ticket: str
    value: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure of a standard really was. ``proposed`` is None where it stays, or where the ``finding`` says
    what is missing.
    """

    standing: Standing
    points: tuple[tuple[str, float], ...]
    measured: Spread | None
    proposed: Decimal | None
    strays: tuple[Stray, ...]
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one machine, paper and class of length: minutes of make-ready and speed as they were."""

    work_center: str
    stock: str
    length: int
    runs: int
    setup: Spread | None
    speed: Spread | None
    spoiled: float | None


@dataclass(frozen=True, slots=True)
class Learned:
    """Everything that the runs of a standard say."""

    current: Current
    runs: int
    since: str
    figures: tuple[Figure, ...]
    groups: tuple[Group, ...]

    @property
    def proposals(self) -> dict[str, Decimal]:
        """New figures by field."""
        return {one.standing.field: one.proposed for one in self.figures if one.proposed is not None}

    @property
    def findings(self) -> list[Finding]:
        """What is missing for the others."""
        return [one.finding for one in self.figures if one.finding]


def learned(current: Current, runs: Sequence[Finished], rules: LearningRow, since: str = "") -> Learned:
    """Speed, make-ready and waste of a standard by what really happened."""
    figures = (
        _figure(current, current.speed, runs, rules, lambda run: _speed(run, current.of_hour)),
        _figure(current, current.setup, runs, rules, _setup),
        *_waste(current, runs, rules),
    )
    return Learned(current, len(runs), since, figures, _groups(current, runs, rules))


def _speed(run: Finished, of_hour: int) -> float | None:
    if not run.run_minutes or run.run_minutes <= 0 or run.amount <= 0:
        return None
    return run.amount * 60 / run.run_minutes / of_hour


def _setup(run: Finished) -> float | None:
    if run.setup_minutes is None or run.setup_minutes < 0 or run.makereadies < 1:
        return None
    return run.setup_minutes / run.makereadies


def _figure(
    current: Current,
    standing: Standing,
    runs: Sequence[Finished],
    rules: LearningRow,
    value_of: Callable[[Finished], float | None],
) -> Figure:
    """The median of what the runs come to, strays left out."""
    found = [(run, None if run.remark else value_of(run)) for run in runs]
    usable = [(run.ticket, value) for run, value in found if value is not None]
    logs = [log(value + 1e-9) for _, value in usable]
    astray = strays(logs, float(rules.outlier_deviations))
    middle = median(value for _, value in usable) if usable else 0.0
    left_out = [Stray(run.ticket, None, run.remark) for run, _ in found if run.remark]
    left_out += [
        Stray(ticket, value, _times(value, middle))
        for (ticket, value), is_stray in zip(usable, astray, strict=True)
        if is_stray
    ]
    kept = [one for one, is_stray in zip(usable, astray, strict=True) if not is_stray]
    return _judged(current, standing, kept, tuple(left_out), rules)


def _times(value: float, middle: float) -> str:
    """How far a run strays, in words."""
    if not middle or not value:
        return "nothing at all, where others took time"
    return f"{value / middle:.2g} times the usual"


def _judged(
    current: Current,
    standing: Standing,
    points: Sequence[tuple[str, float]],
    left_out: tuple[Stray, ...],
    rules: LearningRow,
    proposed: float | None = None,
) -> Figure:
    """Enough runs, and alike enough? ``proposed``: where it is not their median."""
    measured = spread([value for _, value in points]) if points else None
    missing = _missing(current, standing, measured, rules, is_fitted=proposed is not None)
    if missing or measured is None:
        return Figure(standing, tuple(points), measured, None, left_out, missing)
    said = rounded(measured.middle if proposed is None else proposed, standing.step)
    return Figure(
        standing, tuple(points), measured, said if _differs(said, standing.now, rules) else None, left_out
    )


def _missing(
    current: Current, standing: Standing, measured: Spread | None, rules: LearningRow, *, is_fitted: bool
) -> Finding | None:
    count, what = measured.count if measured else 0, standing.title.lower()
    if count < rules.least_runs:
        more = rules.least_runs - count
        return _evidence(
            current, standing,
            f"{count} of the runs say something about the {what}; {rules.least_runs} are needed.",
            f"Time and count {more} more {'run' if more == 1 else 'runs'}, make-ready and run apart.",
        )  # fmt: skip
    if measured and not is_fitted and measured.width * 100 > rules.widest_percent:
        return _evidence(
            current, standing,
            f"The {what} of the middle half of the runs goes from {measured.low:,.4g} to {measured.high:,.4g}: too far "
            "apart for one figure.",
            "Look at the groups by machine, paper and length, and at what made the slow ones slow.",
        )  # fmt: skip
    return None


def _evidence(current: Current, standing: Standing, message: str, remedy: str) -> Finding:
    place = Place(file=current.kind, sheet=current.key, column=standing.field)
    return Finding("STANDARD_EVIDENCE", Severity.NOTE, f"{current.name}: {message}", remedy, place)


def _differs(said: Decimal, now: Decimal | None, rules: LearningRow) -> bool:
    if now is None:
        return said != 0  # nothing, where nothing is said, is no news
    return said != now and abs(said - now) * 100 >= now * rules.least_change_percent


def rounded(value: float, step: Decimal) -> Decimal:
    """To whole steps; without one to three digits: 5,437.2 an hour is 5,440."""
    if not step:
        step = Decimal(10) ** (floor(log10(value)) - 2) if value > 0 else Decimal(1)
    found = (Decimal(repr(value)) / step).quantize(Decimal(1)) * step + 0  # + 0: no minus before a zero
    return Decimal(f"{found.normalize():f}")


def _waste(current: Current, runs: Sequence[Finished], rules: LearningRow) -> tuple[Figure, Figure]:
    """Spoiled at each make-ready, and a share of what goes through: a line through the runs where their lengths differ
    enough, else what is spoiled beyond the set-up that the standard says.
    """
    usable = [one for one in runs if not one.remark and one.spoiled is not None and one.through > 0]
    left = tuple(Stray(one.ticket, None, one.remark) for one in runs if one.remark)
    each = [max(one.makereadies, 1) for one in usable]
    xs = [one.through / n for one, n in zip(usable, each, strict=True)]
    ys = [(one.spoiled or 0) / n for one, n in zip(usable, each, strict=True)]
    units = float(current.setup_units.now or 0)
    if _are_apart(xs):
        start, slope = fitted(xs, ys)
    else:
        shares = [max(y - units, 0.0) / x for x, y in zip(xs, ys, strict=True)]
        start, slope = units, median(shares) if shares else 0.0
    slope = min(max(slope, 0.0), 0.99)
    off = [y - start - slope * x for x, y in zip(xs, ys, strict=True)]
    astray = strays(off, float(rules.outlier_deviations), least=max([_SPOILS_STRAY, *_quarter(ys)]))
    left += tuple(
        Stray(one.ticket, float(one.spoiled or 0), f"{one.spoiled:,} spoiled of {one.through:,}")
        for one, is_stray in zip(usable, astray, strict=True)
        if is_stray
    )
    kept = [(one, x, y) for one, x, y, is_stray in zip(usable, xs, ys, astray, strict=True) if not is_stray]
    shares_kept = [(one.ticket, 100 * max(y - start, 0.0) / x) for one, x, y in kept]
    at_setup = [(one.ticket, max(y - slope * x, 0.0)) for one, x, y in kept]
    first = max(start, 0.0) / (1 - slope)
    return (
        _judged(current, current.setup_units, at_setup, left, rules, first if _are_apart(xs) else units),
        _judged(current, current.waste, shares_kept, left, rules, 100 * slope),
    )


def _quarter(ys: Sequence[float]) -> list[float]:
    """A tenth of the usual spoils: counting is no finer."""
    return [median(ys) / 10] if ys else []


def _are_apart(xs: Sequence[float]) -> bool:
    if len(xs) < 4:
        return False
    found = spread(xs)
    return found.high >= _APART * found.low


def _groups(current: Current, runs: Sequence[Finished], rules: LearningRow) -> tuple[Group, ...]:
    by: Mapping[tuple[str, str, int], list[Finished]] = defaultdict(list)
    for run in runs:
        by[run.work_center, run.stock, length_class(run.through, rules.run_lengths)].append(run)
    return tuple(_group(key, of, current.of_hour) for key, of in sorted(by.items()))


def _group(key: tuple[str, str, int], runs: Sequence[Finished], of_hour: int) -> Group:
    speeds = [value for run in runs if not run.remark and (value := _speed(run, of_hour)) is not None]
    setups = [value for run in runs if not run.remark and (value := _setup(run)) is not None]
    spoils = [100 * run.spoiled / run.through for run in runs if run.spoiled is not None and run.through]
    return Group(
        *key, len(runs), spread(setups) if setups else None, spread(speeds) if speeds else None,
        median(spoils) if spoils else None,
    )  # fmt: skip
