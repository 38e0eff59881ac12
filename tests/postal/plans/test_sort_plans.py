"""Sort plans: data in order, refusals of rules the engine does not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kernel.errors import Corrupt, InvalidInput
from postal.data.editions import InForce, edition_for, editions
from postal.plans.sort_plans import load_plan, sort_plan
from postal.sorting.rule_book import gaps
from tests.postal.mailings import LAST_YEAR, LETTER, TODAY

PLAN = "fcm-letter-automation"


def test_levels_of_automation_letters():
    plan = sort_plan(PLAN, InForce(TODAY, editions()))
    assert [(level.code, level.minimum, level.cin) for level in plan.all_levels] == [
        ("5DS", 150, 241),
        ("5D", 150, 242),
        ("AADC", 150, 245),
        ("MAADC", 1, 246),
        ("SP", 1, 0),
    ]
    assert plan.minimum_pieces == 500
    assert plan.list_names == ("5d-schemes", "city-state", "L801", "L201")
    assert any("unconfirmed" in sentence for sentence in plan.assumptions)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('overflow = "allowed"', 'overflow = "full-trays-only"'),
        ('key = "zip5"', 'key = "carrier-route"'),
        ("minimum = 1\n", "minimum = 10\n"),
    ],
)
def test_a_plan_the_engine_cannot_do_is_refused(tmp_path, old, new):
    edition = edition_for(f"sort-plan/{PLAN}", TODAY, among=editions())
    text = edition.path.read_text()
    assert old in text
    changed = tmp_path / "plan.toml"
    changed.write_text(text.replace(old, new, 1))
    with pytest.raises(Corrupt):
        load_plan(replace(edition, path=changed))


def test_a_plan_unknown_or_too_early_is_named():
    with pytest.raises(InvalidInput, match="sort-plan/mm-letter"):
        sort_plan("mm-letter", InForce(TODAY, editions()))
    with pytest.raises(InvalidInput, match="2020-01-01"):
        sort_plan(PLAN, InForce(date(2020, 1, 1), editions()))


def test_gaps_name_every_list_and_price_live_mail_would_lack():
    found = gaps(PLAN, InForce(TODAY, editions()), mailpiece=LETTER)
    assert [finding.code for finding in found] == ["EDITION_MISSING"] * 2 + ["RATE_MISSING"] * 2
    said = " ".join(finding.message for finding in found)
    for word in ("L801", "L201", "AADC", "mixed AADC", "2026-11-22"):
        assert word in said
    assert gaps(PLAN, InForce(TODAY, editions(), allow_test_only=True), mailpiece=LETTER) == []
    assert gaps(PLAN, InForce(LAST_YEAR, editions(), allow_test_only=True), mailpiece=LETTER) == []
