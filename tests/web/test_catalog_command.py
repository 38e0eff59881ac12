"""``indicia catalog`` and ``indicia routes``."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from production.catalog.products.families import families
from web.commands import catalog
from web.commands.console import make_console


@pytest.fixture
def console(plant, monkeypatch):
    """Runs a command on the test's plant."""

    @contextmanager
    def opened():
        yield plant

    monkeypatch.setattr(catalog, "opened_plant", opened)
    indicia = make_console(drain=lambda _plant: None, run=lambda *_, **__: None)
    return lambda *arguments: CliRunner().invoke(indicia, [str(one) for one in arguments])


def test_the_catalog_and_a_route_as_json(console):
    listed = json.loads(console("catalog", "rows", "--json").stdout)
    products = {row["code"]: row for row in listed["products"]}
    assert set(products) == {"letter", "shelf", *families().families}
    form = products["flat_form"]
    assert set(form) == {"code", "name", "kind", "unit", "components", "options", "rules", "route"}
    assert form["route"] == ["print", "perforate", "punch", "fold", "pad", "shrink_wrap", "deliver"]
    assert form["rules"]["most_pages"] == 2
    assert {"print", "fold", "pad"} <= {row["code"] for row in listed["operation_types"]}
    shown = json.loads(console("routes", "show", "flat_form", "--json").stdout)
    pad = next(step for step in shown["steps"] if step["operation"] == "pad")
    assert (shown["route"], pad["takes"], pad["usage_unit"]) == ("flat_form", "pad", "pad.pad")
    assert (pad["needs"], pad["when_option"], pad["place"]) == ([40], "pad", "floor")


def test_the_route_of_what_goes_by_specification_is_what_the_estimate_lays_out(console):
    steps = json.loads(console("routes", "show", "booklet", "--json").stdout)["steps"]
    # Cover and text each by itself, together from the collating on, by the family's route.
    assert [(one["operation"], one["component"]) for one in steps[:4]] == [
        ("print", "text"), ("cut", "text"), ("print", "cover"), ("cut", "cover")
    ]  # fmt: skip
    both = next(one for one in steps if len(one["needs"]) == 2)
    assert both["needs"] == [steps[1]["step"], steps[3]["step"]]
    stitch = next(one for one in steps if one["operation"] == "stitch")
    assert (stitch["unit"], stitch["from_units"], stitch["when_option"]) == (
        "book",
        ["sheet", "piece", "set"],
        "stitch",
    )
    assert steps[-1]["operation"] == "deliver"
    assert [one["step"] for one in steps] == sorted({one["step"] for one in steps})
    assert "Print cover, if cover is ordered" in console("routes", "show", "booklet").stdout


def test_in_words(console):
    said = console("catalog", "rows").stdout
    assert "Flat form: print, perforate" in said
    assert "20 lb bond" in said
    assert "Fold, after 30, if fold is ordered" in console("routes", "show", "flat_form").stdout


def test_an_unknown_product_and_a_faulty_file_end_with_two(console, tmp_path):
    gone = console("routes", "show", "banner")
    assert (gone.exit_code, "[PRODUCT_UNKNOWN]" in gone.stderr) == (2, True)
    own = tmp_path / "own.toml"
    own.write_text('[[work_center]]\ncode = "press-2"\nname = "Press 2"\n')
    refused = console("catalog", "load", own)
    assert (refused.exit_code, "work_center press-2 work_center_class" in refused.stderr) == (2, True)
    own.write_text('[[work_center]]\ncode = "press-2"\nname = "Press 2"\nwork_center_class = "press"\n')
    assert console("catalog", "load", own).stdout == "Loaded: press-2.\n"
    assert "press-2" in console("catalog", "rows").stdout
