"""``indicia order run --script``: the sample orders, from order to charge, the ledger balanced at every moment."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from billing.verify import verify
from kernel import clock
from kernel.clock import SHOP_ZONE
from production.catalog.shop_calendar import shop_calendar
from production.jobs.models import Job
from tests.factories import PLANT
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_order_run import run  # noqa: F401  a fixture

SAMPLES = Path(__file__).parents[2] / "docs" / "samples" / "orders"


class Walk:
    """What a script left in its folder."""

    def __init__(self, out):
        self.trail, self.charge, self.packing = (
            json.loads((out / f"{name}.json").read_text()) for name in ("events", "charge", "packing")
        )
        self.events, self.out = self.trail["events"], out
        self.ledgers = [one["ledger"] for one in self.events if one["ledger"]]

    def after(self, do, nth=0):
        """The ledger after the nth event that does that."""
        return [one["ledger"] for one in self.events if one["do"] == do][nth]


@pytest.fixture
def play(run, console, plant, tmp_path):  # noqa: F811
    """Plays a sample's events from the morning of a working day on, or others; (exit code, answer, what it left)."""
    with plant.db.read_only(PLANT) as session:
        day = clock.today() + timedelta(days=1)
        while day.weekday() > 2 or shop_calendar(session).closed_for(day):  # work goes on for a day or two
            day += timedelta(days=1)
    morning = clock.start_of(day).astimezone(SHOP_ZONE).replace(hour=8).isoformat()

    def do(sample, events=None):
        events = events or json.loads((SAMPLES / sample / "events.json").read_text())
        path = tmp_path / "events.json"
        path.write_text(json.dumps([{"at": morning} | events[0], *events[1:]]))
        out = tmp_path / sample
        answer = console(
            "order", "run", SAMPLES / sample / "spec.json", "--script", path, "--out", out, "--json"
        )
        told = json.loads([line for line in answer.stdout.splitlines() if line.startswith("{")][-1])
        return answer.exit_code, told, Walk(out) if (out / "events.json").is_file() else None

    return do


def is_sound(walk, told, plant):
    """What must be true of every walk: each step balanced after each event, deliveries what was made less the overs
    that stay, each charge its quantity times its rate, the whole their sum, and nothing open in the database.
    """
    assert walk.trail["stopped"] is None
    for ledger in walk.ledgers:
        assert ledger["balanced"]
        for one in ledger["operations"]:
            assert one["in"] == one["good"] + one["spoiled"] + one["held"] + one["left"], one
    assert told["delivered"] == walk.packing["sum"]
    explained = Counter()  # by unit: what is rounded once and dealt out to the cent
    for line in walk.charge["lines"]:
        worth = Decimal(line["quantity"]) * Decimal(line["rate"])
        assert Decimal(line["extended"]) == worth.quantize(Decimal("0.0001"), ROUND_HALF_UP), line
        assert abs(Decimal(line["amount"]) - worth) < Decimal("0.01"), line
        assert line["card"] and line["evidence"]
        explained[line["unit"]] += worth
    total = sum(worth.quantize(Decimal("0.01"), ROUND_HALF_UP) for worth in explained.values())
    assert walk.charge["total"] == told["charges"] == str(total)
    assert verify(plant).violations == []


def test_a_booklet_with_too_little_paper_spoils_a_second_machine_and_a_make_up(play, plant):
    code, told, walk = play("booklet")
    assert code == 0, told
    is_sound(walk, told, plant)
    assert walk.after("floor split")["forecast"] == {"good": 490, "short": 10}
    assert walk.after("floor make-up")["forecast"]["short"] == 0
    last = walk.ledgers[-1]
    assert last["forecast"] == {"good": 512, "short": 0}
    assert told["delivered"] == 500  # 12 overs stay
    assert len(last["operations"]) == 12  # 7 steps, 5 of them in the make-up again
    for stop in (1, 2):
        for paper in ("packing-slip", "delivery-note"):
            assert (walk.out / f"{paper}-{stop}.pdf").is_file()


def test_a_numbered_set_with_numbers_missing_and_there_twice(play, plant):
    code, told, walk = play("numbered")
    assert code == 0, told
    is_sound(walk, told, plant)
    numbers = [one["numbers"] for one in walk.ledgers]
    assert {"missing": [1301], "repeated": []} in numbers
    assert numbers[-1] == {"missing": [], "repeated": [1100]}
    assert walk.after("floor make-up")["forecast"] == {"good": 500, "short": 0}
    assert (told["delivered"], walk.ledgers[-1]["forecast"]["good"]) == (500, 500)
    assert Decimal(told["charges"]) < Decimal(told["quote"])  # fewer were numbered than planned


def test_a_brokered_job_from_sealed_bids_to_the_invoice_and_the_charge(play, plant):
    code, told, walk = play("brokered")
    assert code == 0, told
    is_sound(walk, told, plant)
    assert walk.after("floor make-up")["forecast"] == {"good": 1000, "short": 0}
    assert told["delivered"] == 1000
    paid = {}
    for line in walk.charge["lines"]:
        if line["unit"].startswith("outside."):
            paid[line["unit"]] = paid.get(line["unit"], 0) + Decimal(line["amount"])
    # 345.00 invoiced, 25.00 off as the bid was 320.00, 6.40 off for 20 of 1,000; the fee is 5 percent.
    expected = {"outside.cost": "313.60", "outside.freight": "25.00", "outside.fee": "15.68"}
    assert paid == {unit: Decimal(dollars) for unit, dollars in expected.items()}


UNREADABLE = [
    ({"do": "purge"}, "0.do", "floor finish"),
    ({"do": "floor finish", "ticket": "$fold", "god": 3}, "0.god", "spoiled"),
    ({"do": "floor finish", "ticket": "27-000001-6-10", "good": "many"}, "0.good", "not a valid integer"),
    ({"do": "floor start"}, "0.ticket", "Missing argument"),
    ({"do": "pack", "after": "soon", "at": None}, "0.after", "PT45M"),
]


def test_a_script_that_cannot_be_read_is_refused_before_anything_is_ordered(play, plant):
    for event, field, words in UNREADABLE:
        code, told, walk = play("booklet", [event])
        assert (code, told["error"]["code"], told["error"]["field"], walk) == (2, "SCRIPT", field, None)
        assert words in json.dumps(told)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job)).all() == []


def test_a_refused_event_says_where_it_stopped_and_what_stands(play):
    code, told, walk = play("booklet", [{"do": "floor start", "ticket": "$print text"}, {"do": "pack"}])
    assert (code, told["error"]["code"], told["error"]["event"]) == (2, "STATE", 1)
    assert (told["error"]["steps"]["print text"], told["error"]["steps"]["fold"]) == ("running", "waiting")
    assert (walk.trail["stopped"]["event"], len(walk.events)) == (1, 1)
