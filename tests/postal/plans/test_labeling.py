"""Labeling lists and ZIP facts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kernel.errors import InvalidInput
from postal.data.editions import InForce, edition_for, editions
from postal.data.zips import prefixes, runs, zip_cities, zip_states
from postal.plans.labeling import city_state_label, label_lists, load_list
from postal.sorting.rule_book import rule_book

ON = date(2026, 11, 22)


def zips(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def test_runs_of_prefixes():
    assert list(prefixes("700-701 703")) == [700, 701, 703]
    assert list(prefixes("005")) == [5]
    assert runs([703, 700, 701], 3) == "700-701, 703"
    assert runs([5], 3) == "005"


def test_the_stand_in_puts_louisiana_where_its_scfs_are():
    aadc = load_list(edition_for("L801", ON, allow_test_only=True, among=editions()))
    rows = aadc.destinations(zips(70802, 70112, 75601, 71101, 34012))
    assert [aadc.label[row] if row >= 0 else None for row in rows.tolist()] == [
        "AADC BATON ROUGE LA 707",
        "AADC NEW ORLEANS LA 700",
        "AADC SHREVEPORT LA 710",
        "AADC SHREVEPORT LA 710",
        None,  # military prefixes have no SCF, so the stand-in has no AADC for them
    ]
    assert aadc.label_zip[rows[0]] == 70700


def test_every_destination_of_a_list_can_be_reached():
    for name in ("L801", "L201", "L002"):
        found = load_list(edition_for(name, ON, allow_test_only=True, among=editions()))
        assert set(found.destination_of[found.destination_of >= 0].tolist()) == set(range(len(found.label)))


def test_l002_has_the_931_prefixes_of_the_state_table():
    l002 = load_list(edition_for("L002", ON, among=editions()))
    states = zip_states(ON)
    assert np.array_equal(l002.destination_of >= 0, states.state_of_prefix >= 0)
    assert int((states.state_of_prefix >= 0).sum()) == 931
    assert l002.label[int(l002.destination_of[708])] == "BATON ROUGE LA 708"


def test_a_mixed_tray_is_labeled_by_the_office_of_mailing():
    lists = label_lists(
        ["L201", "city-state"], InForce(ON, editions(), allow_test_only=True), origin_zip5=70802
    )
    assert lists.origin_label("L201") == ("MXD BATON ROUGE LA 707", 70700)
    military = label_lists(["L201"], InForce(ON, editions(), allow_test_only=True), origin_zip5=34012)
    assert military.origin_label("L201")[0].startswith("MXD ")


@pytest.mark.parametrize("plan", ["mm-letter-automation", "np-letter-machinable", "mm-letter-nonmachinable"])
@pytest.mark.parametrize(("origin", "name"), [(70802, "L011"), (38999, "L010")])
def test_the_list_of_mixed_trays_depends_on_the_place_of_entry(plan, origin, name):
    rules = rule_book(plan, InForce(ON, editions(), allow_test_only=True), origin_zip5=origin)
    levels = rules.plan.all_levels
    assert [level.list for level in levels if level.key == "all"] == [name, name]
    assert {"L010", "L011"} & set(rules.lists.by_name) == {name}
    assert any("ZIPs of L601" in said for said in rules.assumptions)


def test_a_list_without_a_live_edition_is_named():
    with pytest.raises(InvalidInput, match="L201"):
        label_lists(["L201"], InForce(ON, editions()), origin_zip5=70802)


def test_states_of_prefix_and_of_border_zips():
    states = zip_states(ON)
    assert states.states_of(70802) == ("LA",)
    assert states.states_of(20588) == ("DC", "MD")
    assert states.states_of(99_999) == ("AK",)
    assert states.states_of(100) == ()
    assert states.states_of(123_456) == ()
    assert states.has_prefix(zips(70802, 100, -1, 100_000)).tolist() == [True, False, False, False]


def test_city_and_state_come_from_the_zip_table():
    assert city_state_label(70801) == "BATON ROUGE LA 70801"
    assert city_state_label(99) == "00099"
    cities = zip_cities()
    assert cities.has_zip(zips(70801, 99, -1, 100_000)).tolist() == [True, False, False, False]
    assert len(cities.names) > 40_000
    assert cities.place(501) == ("HOLTSVILLE", "NY")
