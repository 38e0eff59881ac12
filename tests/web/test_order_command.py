"""``indicia order submit``."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from tests.production.prepress.letters import make_template
from tests.web import print_ordering
from web.commands import order, packing
from web.commands.console import make_console
from workers.runtime import drain


@pytest.fixture
def console(app, plant, monkeypatch):
    """Runs a command on the plant with people and rates."""

    @contextmanager
    def opened():
        yield plant

    for module in (order, packing):
        monkeypatch.setattr(module, "opened_plant", opened)
    indicia = make_console(drain=drain, run=lambda *_, **__: None)
    return lambda *arguments: CliRunner().invoke(indicia, [str(one) for one in arguments])


def spec(tmp_path, **more):
    wanted = {
        "product": "flat_form", "title": "From the console", "quantity": 100, "due": print_ordering.due().isoformat(),
        "place": "Dock", "splits": {"DEX-200": 1}, "stock": "bond24",
    }  # fmt: skip
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(wanted | more))
    return path


def test_an_order_is_checked_and_quoted(console, tmp_path):
    form = make_template(tmp_path / "form.pdf")
    answer = console("order", "submit", spec(tmp_path), "--file", form, "--agency", "DEX", "--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout.splitlines()[-1])  # before it, what the worker logs
    # set-up 12.50, 100 sheets at .012, 100 sides at .022, a stop 4.75
    assert (said["state"], said["total"], said["findings"]) == (
        "proof_ready",
        "20.65",
        ["PREFLIGHT_FONT"],
    )


def test_what_is_wrong_ends_with_two(console, tmp_path):
    form = make_template(tmp_path / "form.pdf", 3)
    answer = console("order", "submit", spec(tmp_path), "--file", form, "--agency", "DEX")
    assert (answer.exit_code, "[COMPONENT_PAGES]" in answer.stdout) == (2, True)
    refused = console("order", "submit", spec(tmp_path, stock="gold"), "--file", form, "--agency", "DEX")
    assert (refused.exit_code, "[STOCK_UNKNOWN]" in refused.stderr) == (2, True)
    clash = spec(tmp_path, options={"fold": "z", "pad": "50"})
    refused = console("order", "submit", clash, "--file", form, "--agency", "DEX")
    assert (refused.exit_code, "does not go with" in refused.output) == (2, True)
    refused = console("order", "submit", spec(tmp_path, paper="x"), "--file", form, "--agency", "DEX")
    assert (refused.exit_code, "paper" in refused.stderr) == (2, True)
    refused = console("order", "submit", spec(tmp_path), "--file", form, "--agency", "NOBODY")
    assert (refused.exit_code, "no agency NOBODY" in refused.stderr) == (2, True)
