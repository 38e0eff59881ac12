"""Layouts that are none are refused with the field that is wrong."""

from __future__ import annotations

import json

import pytest

from kernel.errors import InvalidInput
from production.prepress.fold_check.layout import read_layout
from tests.production.prepress.fold_check.sheets import saddle

GOOD = saddle(8).layout


def refused(data: bytes) -> tuple[str, object]:
    with pytest.raises(InvalidInput) as error:
        read_layout(data)
    assert error.value.sentence.endswith(".")
    return error.value.instance_code, error.value.details.get("field")


def test_the_answer_of_an_imposition_is_read_as_its_layout():
    assert read_layout(json.dumps({"sheets": 2, "layout": GOOD}).encode()) == read_layout(
        json.dumps(GOOD).encode()
    )


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}"])
def test_what_is_not_json(data):
    assert refused(data) == ("SPEC_FIELD", None)


def placed(**changes):
    return {"placements": [GOOD["placements"][0] | changes]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nest": 10**9}, "nest"),
        ({"nest": 0}, "nest"),
        ({"gather": True}, "gather"),
        ({"sheet": [float("nan"), 400]}, "sheet.0"),
        ({"sheet": [400, float("inf")]}, "sheet.1"),
        ({"sheet": [400, 10**400]}, "sheet.1"),
        ({"sheet": [-400, 300]}, "sheet.0"),
        ({"turn": "sideways"}, "turn"),
        ({"unit": "mm"}, "unit"),
        ({"placements": []}, "placements"),
        ({"cuts": "none"}, "cuts"),
        ({"copies": 2}, "copies"),
        ({"folds": [GOOD["folds"][0]] * 13}, "folds"),
        ({"folds": [GOOD["folds"][0] | {"move": "top"}]}, "folds.0"),
        (placed(rotate=45), "placements.0.rotate"),
        (placed(page=0), "placements.0.page"),
        (placed(page="1"), "placements.0.page"),
        (placed(side=10**9), "placements.0.side"),
        (placed(trim=[0, 0, 1e308, 5]), "placements.0.trim.2"),
        (placed(trim=[50, 50, 40, 40]), "placements.0"),
    ],
)
def test_a_wrong_field(changes, field):
    assert refused(json.dumps(GOOD | changes).encode()) == ("SPEC_FIELD", field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"folds": [GOOD["folds"][0] | {"at": 4000}]}, "folds.0.at"),
        ({"cuts": [{"line": "y", "at": -5}]}, "cuts.0.at"),
        (placed(trim=[-50, 0, 40, 40]), "placements.0.trim"),
    ],
)
def test_lines_and_pages_beside_the_sheet(changes, field):
    assert refused(json.dumps(GOOD | changes).encode()) == ("LAYOUT_MISMATCH", field)


def test_ten_thousand_sides_are_read_quickly_enough_to_refuse_them():
    """A side that no sheet has cannot make the checker look for as many."""
    layout = read_layout(json.dumps(GOOD | placed(side=100_000)).encode())
    assert layout.sides == 100_000
    assert len(layout.sheets()) == 50_000
