"""Fair shares: the postage of jobs sorted together, split so that nobody pays more than mailing alone.

The rule, in the order it is applied (docs/fair-shares.md):

1. Pieces of one ZIP (and route) that can be sorted are alike: each costs the average price of that ZIP's pieces in
   the mailing. What goes at the single-piece price costs that price.
2. A job that would come out above its postage alone pays its postage alone. What is then missing is paid by the
   others in proportion to what each of them still saves.
3. Cents by largest remainder, ties to the earlier job.

Amounts are exact fractions until the last step, so that no share depends on the order of the input. A mailing of
several print streams is shared as one: its jobs' shares add to the sum of the streams' statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np

from kernel.findings import Finding, Severity
from kernel.money import ZERO, Extended, Money, Rate, allocate, extend, to_cents, total
from postal.piece.mailpiece import Mailpiece, check_mailpiece
from postal.plans.routes import ROUTES
from postal.sorting.level_rates import LevelRates
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import Int64s, PresortPlan, UInt8s
from postal.sorting.rule_book import RuleBook
from postal.sorting.streams import Stream

RULE = "nobody-above-alone"
METERED, STAMPED = "metered", "stamped"
_ONE_CENT = Money(1)
_MILLIONTHS_OF_A_CENT = 10_000  # millionths of a dollar in a cent


@dataclass(frozen=True, slots=True)
class JobShare:
    """One job's part of a mailing's postage, and what it is compared with. ``job``: its number in its stream.
    ``at_levels``: its pieces at the prices of the mailing (step 1 of the rule), to the cent. ``alone_levels``: pieces
    by name of level if the job were mailed alone. ``incentive``: what incentives take off, counted already in the
    others but the single pieces. ``metered``, ``stamped``: all its pieces singly; None where no such
    price is loaded.
    """

    job: int
    pieces: int
    at_levels: Money
    alone: Money
    alone_levels: Mapping[str, int]
    metered: Money | None
    stamped: Money | None
    share: Money
    incentive: Money = ZERO

    @property
    def saved(self) -> Money:
        """What mailing together saves the job against mailing alone."""
        return self.alone - self.share


@dataclass(frozen=True, slots=True, eq=False)
class FairShares:
    """Shares of one stream's jobs in the order of their numbers; ``alone_level``: index into the plan's levels of each
    piece, if its job were mailed alone. ``findings`` say where the rule could not be kept.
    """

    jobs: tuple[JobShare, ...]
    alone_level: UInt8s
    findings: tuple[Finding, ...] = ()

    def kept_in(self, plan: PresortPlan) -> PresortPlan:
        """The plan with what the shares know of its pieces, and with their findings."""
        return replace(plan, alone_level=self.alone_level, findings=(*plan.findings, *self.findings))


def fair_shares(
    plans: Sequence[PresortPlan], streams: Sequence[Stream], rules: RuleBook
) -> tuple[FairShares, ...]:
    """Share the postage of a mailing among its jobs, by stream: ``plans`` are those ``plan_streams`` (or, for one,
    ``plan_presort``) made of these very streams by these rules. InvalidInput RATE_MISSING when a job alone would need
    a price that is not loaded.
    """
    known = tuple(
        replace(plan, alone_level=_levels_alone(plan, stream, rules, is_all=len(plans) == 1))
        for plan, stream in zip(plans, streams, strict=True)
    )
    findings = tuple(_costlier_together(known))
    return tuple(
        FairShares(_with_single_pieces(jobs, rules, stream.mailpiece), plan.alone_level, findings)
        for plan, stream, jobs in zip(known, streams, shares_by_rule(known), strict=True)
        if plan.alone_level is not None
    )


def shares_by_rule(plans: Sequence[PresortPlan]) -> tuple[tuple[JobShare, ...], ...]:
    """The rule applied to plans that know their ``alone_level``: when they are made, and again by whoever checks kept
    ones. Without the single-piece figures, whose prices a plan does not keep.
    """
    costs = [cents for stream in at_batch_prices(plans) for cents in stream.values()]
    alone = [cents for plan in plans for cents in _alone_cents(plan).values()]
    shares = split_postage(Money(sum(plan.postage.cents for plan in plans)), costs, alone)
    figures = zip(costs, alone, shares, _incentives(plans), strict=True)
    return tuple(
        tuple(_share(job, levels, *next(figures)) for job, levels in _alone_levels(plan).items())
        for plan in plans
    )


def _incentives(plans: Sequence[PresortPlan]) -> list[Money]:
    """What incentives take off, by stream and job, in proportion to presorted pieces."""
    whole = Money(sum(plan.incentive.cents for plan in plans))
    pieces: list[int] = []
    for plan in plans:
        place = np.unique(plan.job, return_inverse=True)[1]
        pieces += np.bincount(place, plan.level_of_piece < len(plan.levels) - 1).astype(np.int64).tolist()
    return allocate(whole, pieces) if whole else [ZERO] * len(pieces)


def _share(
    job: int, levels: Mapping[str, int], cost: Fraction, apart: Fraction, share: Money, incentive: Money
) -> JobShare:
    return JobShare(
        job=job,
        pieces=sum(levels.values()),
        at_levels=_whole_cents(cost),
        alone=_whole_cents(apart),
        alone_levels=levels,
        metered=None,
        stamped=None,
        share=share,
        incentive=incentive,
    )


def explain_share(job: JobShare) -> tuple[str, ...]:
    """One job's share in words, from its own figures only: no other job's can be read out of them."""
    levels = ", ".join(f"{count:,} {name}" for name, count in job.alone_levels.items())
    sentences = [
        f"Its {job.pieces:,} pieces, at the prices their ZIPs reached in the mailing, come to ${job.at_levels}"
        + (f", less incentives of ${job.incentive}, which are taken off already." if job.incentive else "."),
        f"Mailed alone they would have been {levels}, for ${job.alone}.",
    ]
    more = job.share - job.at_levels
    if job.share > job.alone:
        sentences.append(
            "All the jobs of the mailing cost less alone than together, by a sort or by the cents of rounding: the "
            "postage is shared in proportion to what each costs alone."
        )
    elif job.at_levels > job.alone and job.share == job.alone:
        sentences.append(
            f"That is ${-more} less than at the mailing's prices, and nobody pays more than alone: it pays "
            f"${job.alone}. What is then missing is paid by the jobs that save, in proportion to what each of them "
            "saves."
        )
    elif more > _ONE_CENT:
        sentences.append(
            "Other jobs would have come out above their postage alone; of what is missing because they do not pay "
            f"it, this job pays ${more}, in proportion to what it saves."
        )
    elif more:
        sentences.append("A cent of rounding brings the shares to the sum of the statement.")
    against = [("alone", job.alone), ("singly by meter", job.metered), ("singly with stamps", job.stamped)]
    compared = [_compared(money - job.share, how) for how, money in against if money is not None]
    return (*sentences, f"It pays ${job.share}: {', '.join(compared)}.")


def split_postage(postage: Money, at_prices: Sequence[Fraction], alone: Sequence[Fraction]) -> list[Money]:
    """Steps 2 and 3: ``postage`` split over jobs whose pieces cost ``at_prices`` (cents, at least one each; adding to
    it but for its rounding) and whose postage alone is ``alone`` (cents before rounding). Nobody pays more than alone
    to the cent, unless all that is less than ``postage``: then in proportion to alone.

    What is missing includes the rounding of the total. A job at its cap has no fraction of a cent left, and another's
    amount rounded up is at most its cap, a whole cent: largest remainder keeps the caps.
    """
    caps = [Fraction(_whole_cents(cents).cents) for cents in alone]
    if sum(caps) < postage.cents:
        return _by_largest_remainder(postage, alone)
    paid = [min(own, cap) for own, cap in zip(at_prices, caps, strict=True)]
    room = [cap - part for cap, part in zip(caps, paid, strict=True)]
    missing, spread = postage.cents - sum(paid), sum(room)
    if spread:
        paid = [part + missing * free / spread for part, free in zip(paid, room, strict=True)]
    return _by_largest_remainder(postage, paid)


def at_batch_prices(plans: Sequence[PresortPlan]) -> tuple[dict[int, Fraction], ...]:
    """Step 1, by stream: job -> exact cents of its pieces, where those of one ZIP that are presorted cost the average
    of the ZIP in all streams.
    """
    count, last = len(plans[0].levels), len(plans[0].levels) - 1
    jobs = [np.unique(plan.job) for plan in plans]
    starts = np.cumsum([0, *(len(found) for found in jobs)]).tolist()
    place = np.concatenate(
        [
            np.searchsorted(found, plan.job) + start
            for found, plan, start in zip(jobs, plans, starts[:-1], strict=True)
        ]
    )
    level = np.concatenate([plan.level_of_piece for plan in plans]).astype(np.int64)
    unit = np.concatenate([_units(plan) for plan in plans])
    presorted = level < last
    found, counts = np.unique(unit[presorted] * count + level[presorted], return_counts=True)
    split = _repeated(found // count)
    shared = presorted & np.isin(unit, split)
    own = _counts(place[~shared], level[~shared], starts[-1], count)
    theirs = _counts(place[shared], np.searchsorted(split, unit[shared]), starts[-1], max(1, len(split)))
    averages = _averages(split, found, counts, _millionths(plans[0]))
    rows = iter(zip(own, theirs, strict=True))
    result = []
    for plan, numbers in zip(plans, jobs, strict=True):
        prices = _millionths(plan)  # but for the single-piece price they are the same in every stream
        result.append({job: _priced(*next(rows), prices, averages) for job in numbers.tolist()})
    return tuple(result)


def _priced(
    by_level: Sequence[int], by_unit: Sequence[int], prices: Sequence[Fraction], averages: Sequence[Fraction]
) -> Fraction:
    """Cents of one job's pieces: those at the price of their level, and those of ZIPs that stand at several."""
    millionths = sum((n * price for n, price in zip(by_level, prices, strict=True) if n), Fraction(0))
    split = sum((n * average for n, average in zip(by_unit, averages, strict=False) if n), Fraction(0))
    return (millionths + split) / _MILLIONTHS_OF_A_CENT


# --- a job alone ------------------------------------------------------------------------------------------


def _levels_alone(plan: PresortPlan, stream: Stream, rules: RuleBook, *, is_all: bool) -> UInt8s:
    """Level of each piece of the plan if its job were mailed alone, by the same rules and wishes."""
    owners = np.unique(plan.job).tolist()
    if is_all and len(owners) == 1:
        return plan.level_of_piece
    level_at = np.empty(plan.pieces, np.uint8)  # by row of the input
    for job in owners:
        rows = np.flatnonzero(stream.pieces.job == job)
        apart = plan_presort(
            stream.pieces.take(rows),
            rules,
            mailpiece=stream.mailpiece,
            mailer_line=plan.mailer_line,
            payment=plan.payment,
            policy=plan.policy,
        )
        level_at[rows[apart.source]] = apart.level_of_piece
    found: UInt8s = level_at[plan.source]
    return found


def _alone_levels(plan: PresortPlan) -> dict[int, dict[str, int]]:
    """Job -> pieces by name of level, if it were mailed alone."""
    assert plan.alone_level is not None  # callers say so  # noqa: S101
    jobs, place = np.unique(plan.job, return_inverse=True)
    table = _counts(place, plan.alone_level.astype(np.int64), len(jobs), len(plan.levels))
    names = [level.name for level in plan.levels]
    return {
        job: {name: count for name, count in zip(names, row, strict=True) if count}
        for job, row in zip(jobs.tolist(), table, strict=True)
    }


def _alone_cents(plan: PresortPlan) -> dict[int, Fraction]:
    """Job -> cents if it were mailed alone, before they are rounded."""
    at = {level.name: level for level in plan.levels if level.rate}
    residual = plan.levels[-1].name
    return {
        job: _cents(
            total([at[name].postage_of(count) for name, count in levels.items()])
            - extend(plan.off, sum(levels.values()) - levels.get(residual, 0))
        )
        for job, levels in _alone_levels(plan).items()
    }


def _with_single_pieces(
    jobs: Sequence[JobShare], rules: RuleBook, mailpiece: Mailpiece
) -> tuple[JobShare, ...]:
    metered, stamped = (_single_piece(rules, mailpiece, payment) for payment in (METERED, STAMPED))
    return tuple(
        replace(job, metered=_times(metered, job.pieces), stamped=_times(stamped, job.pieces)) for job in jobs
    )


def _single_piece(rules: RuleBook, mailpiece: Mailpiece, payment: str) -> Rate | None:
    """What one piece costs alone when paid this way, where that is known."""
    verdict = check_mailpiece(mailpiece, rules.standards, rules.plan.mail_class)
    if payment not in rules.plan.single_piece_tables[verdict.single_piece_shape]:
        return None
    found = LevelRates.find(rules, verdict, weight_oz=mailpiece.weight_oz, payment=payment).single_piece
    return found.rate if found else None


def _times(rate: Rate | None, pieces: int) -> Money | None:
    return None if rate is None else to_cents(extend(rate, pieces))


def _costlier_together(plans: Sequence[PresortPlan]) -> list[Finding]:
    """Before rounding: what all cost alone, each rounded by itself, may be some cents less without that."""
    together = sum((_net_cents(plan) for plan in plans), Fraction(0))
    more = together - sum(cents for plan in plans for cents in _alone_cents(plan).values())
    if more <= 0:
        return []
    return [
        Finding(
            "SHARES_ABOVE_ALONE",
            Severity.WARN,
            f"Sorted together the jobs cost ${Money(sum(plan.postage.cents for plan in plans))}, "
            f"${_whole_cents(more)} more than each alone. "
            "The postage is shared in proportion to what each costs alone.",
            "Another time, build a mailing for each job.",
        )
    ]


# --- columns and cents ------------------------------------------------------------------------------------


def _units(plan: PresortPlan) -> Int64s:
    """What pieces are sorted by: the ZIP, and the route where the plan tells routes apart."""
    zips = plan.zip5.astype(np.int64)
    if plan.units.route is None or plan.route is None:
        return zips
    found: Int64s = zips * ROUTES + np.maximum(plan.route, 0)
    return found


def _millionths(plan: PresortPlan) -> list[Fraction]:
    """What a piece of each level pays less incentives, in millionths of a dollar; 0 where no price is loaded and no
    piece came.
    """
    off = [plan.off.value] * (len(plan.levels) - 1) + [0]
    return [
        (Fraction(level.each) - Fraction(less)) * 1_000_000 if level.each else Fraction(0)
        for level, less in zip(plan.levels, off, strict=True)
    ]


def _repeated(ordered: Int64s) -> Int64s:
    """Values that stand more than once in an ordered column."""
    values, times = np.unique(ordered, return_counts=True)
    repeated: Int64s = values[times > 1]
    return repeated


def _averages(split: Int64s, found: Int64s, counts: Int64s, millionths: Sequence[Fraction]) -> list[Fraction]:
    """Average price of the presorted pieces of each ZIP that stands at several levels."""
    units, level = found // len(millionths), found % len(millionths)
    money, pieces = [Fraction(0)] * len(split), [0] * len(split)
    here = np.isin(units, split)
    rows = zip(
        np.searchsorted(split, units[here]).tolist(), level[here].tolist(), counts[here].tolist(), strict=True
    )
    for row, at, count in rows:
        money[row] += count * millionths[at]
        pieces[row] += count
    return [cost / count for cost, count in zip(money, pieces, strict=True)]


def _counts(row: Int64s, column: Int64s, rows: int, columns: int) -> list[list[int]]:
    """How many stand in each row and column."""
    table: list[list[int]] = (
        np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns).tolist()
    )
    return table


def _by_largest_remainder(whole: Money, parts: Sequence[Fraction]) -> list[Money]:
    scale = lcm(*(part.denominator for part in parts))
    return allocate(whole, [int(part * scale) for part in parts])


def _net_cents(plan: PresortPlan) -> Fraction:
    """The postage before it is rounded to the cent."""
    return _cents(plan.gross - total([one.amount for one in plan.incentives]))


def _cents(extended: Extended) -> Fraction:
    return Fraction(extended.value) * 100


def _whole_cents(cents: Fraction) -> Money:
    """Half up."""
    return Money(int(cents + Fraction(1, 2)))


def _compared(saved: Money, how: str) -> str:
    if not saved:
        return f"the same as {how}"
    return f"${saved} less than {how}" if saved.cents > 0 else f"${-saved} more than {how}"
