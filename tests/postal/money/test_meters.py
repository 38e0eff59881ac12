"""Meter registers: the control total moves with refills only, the ascending register with the runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernel.money import ZERO, Money, Rate
from postal.money.meters import MeterRun, Registers, tie_out

OPENING = Registers(Money(10_000_00), Money(5_000_00), 40_000)


def codes(opening, closing, runs, refills=()):
    return [finding.code for finding in tie_out(opening, closing, runs=runs, refills=refills).findings]


def test_a_day_that_ties():
    runs = [MeterRun("DOTD", 1000, Rate.of("0.593")), MeterRun("LDH", 10, Rate.of("0.74"))]
    closing = Registers(Money(10_600_40), Money(4_399_60), 41_010)
    day = tie_out(OPENING, closing, runs=runs)
    assert day.is_tied
    assert (day.gap, day.control_gap, day.postage_by_runs) == (ZERO, ZERO, Money(600_40))


def test_a_missing_run_is_named_with_its_amount():
    closing = Registers(Money(10_600_40), Money(4_399_60), 41_010)
    day = tie_out(OPENING, closing, runs=[MeterRun("DOTD", 1000, Rate.of("0.593"))])
    assert not day.is_tied
    assert [f.code for f in day.findings] == ["METER_RUN_GAP", "METER_COUNT_GAP"]
    assert day.gap == Money(7_40)
    assert "7.40" in day.findings[0].message


def test_a_missing_refill_and_a_mistyped_register():
    runs = [MeterRun("DOTD", 100, Rate.of("1"))]
    closing = Registers(Money(10_100_00), Money(5_900_00))
    assert codes(OPENING, closing, runs) == ["METER_CONTROL_GAP"]
    assert codes(OPENING, closing, runs, [Money(1_000_00)]) == []
    assert "METER_BACKWARDS" in codes(closing, OPENING, runs)
    assert "METER_NEGATIVE" in codes(OPENING, Registers(Money(1), Money(-1)), runs)
    assert "METER_RUN_INVALID" in codes(OPENING, OPENING, [MeterRun("DOTD", 0, Rate.of("1"))])


runs = st.lists(
    st.builds(
        lambda pieces, mils: MeterRun("A", pieces, Rate.of(f"{mils / 1000:.3f}")),
        st.integers(1, 5000),
        st.integers(5, 9999),  # from half a cent: a run without postage is refused
    ),
    max_size=8,
)


@given(runs, st.lists(st.integers(1, 10**7), max_size=3), st.integers(-(10**6), 10**6))
def test_whatever_the_runs_and_refills_an_honest_day_ties_and_a_slip_does_not(day, refills, slip):
    used = sum((run.postage for run in day), ZERO)
    added = [Money(cents) for cents in refills]
    opening = Registers(Money(10**9), Money(10**9), 0)
    closing = Registers(
        opening.ascending + used,
        opening.descending - used + sum(added, ZERO),
        sum(run.pieces for run in day),
    )
    assert closing.control_total == opening.control_total + sum(added, ZERO)
    assert tie_out(opening, closing, runs=day, refills=added).findings == ()
    wrong = Registers(closing.ascending + Money(slip), closing.descending - Money(slip), closing.count)
    seen = tie_out(opening, wrong, runs=day, refills=added)
    assert seen.is_tied == (slip == 0)
    assert (seen.gap, seen.control_gap) == (Money(slip), ZERO)
