"""Every piece of advice names something that is there: a control of a page, a setting, a page of the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import click
import pytest

from store.settings import CHECKOUT
from web import counters
from web.commands.console import make_console

ROOMS = ("postal", "production", "billing", "workers")
TEMPLATES = CHECKOUT / "templates"
# What a person does in this product, at the beginning of a piece of advice or after its comma.
ACT = re.compile(
    r"(?:^|[.;,] (?:or |then )?)((?:Accept|Activate|Add|Allow|Build|Charge|Choose|Close|Confirm|Enter|Feed|Load|Mail it"
    r"|Make one|Pay|Publish|Report|Say|Sort|Take|Withdraw|Finish|accept|add|allow|build|choose|confirm|enter|pay|say"
    r"|sort|take|use more|reprint|withdraw)\b[^.;]*)"
)
# Acts told in plain words: where each is done, and what stands there. What is between quotes is looked up by itself.
DONE_AT = {
    r"^Add (the run|it)|and add it": ("metering/sheet.html", ">Add</button>"),
    r"^Take (the run|it) out|take a wrong one out": ("metering/sheet.html", "Take out"),
    r"^Count the lot|take the rest from another": ("stock/lot.html", '"Count it"'),
    r"take another paper": ("web/stock/issuing.py", '"Lot or item"'),
    r"^Take the revision in force": ("web/stock/issuing.py", '"Lot or item"'),
    r"enter a refill": ("web/metering/sheets.py", '"Refills, $"'),
    r"say why under Supervisor's note": ("web/metering/sheets.py", '"Supervisor\'s note"'),
    r"take the file in again": ("metering/sheet.html", ">Check and take in</button>"),
    r"^(Sort .*)?[Ss]ort (it|this mailing)? ?level by level": (
        "mailroom/_prediction.html",
        '"level by level"',
    ),
    r"^Build a mailing|build a mailing": ("mailroom/_prediction.html", "Build the mailing of"),
    r"^Make one mailing for each": ("mailroom/_prediction.html", "Build the mailing of"),
    r"^Pay by meter": ("mailroom/_prediction.html", '("metered", "meter")'),
    r"^Mail it as First-Class": ("mailroom/_prediction.html", ": choose {{ way.title }}"),
    r"[Aa]llow (another pass|\{\} passes)": ("web/mailroom/sorter.py", '"Most passes of a piece"'),
    r"[Uu]se more bins": ("web/mailroom/sorter.py", '"Bins"'),
    r"^Sort them by hand": ("web/mailroom/sorter.py", '"Sorted by hand"'),
    r"^Feed them again|enter how many were sorted by hand": ("sorter/run.html", '"Enter", quiet=true'),
    r"say in a word why": ("web/mailroom/sorter.py", '"Why it is closed like this"'),
    r"take the other log back": ("sorter/run.html", "Take this log back"),
    r"^Finish, reprint or withdraw|reprint or withdraw": ("mailroom/_progress.html", '"Make the reprint"'),
    r"^Report (the missing|it at its own)": ("floor/operation.html", '"Report as spoiled"'),
    r"^Mail (it|them) together with another job": ("mailroom/build.html", "Tick jobs"),
    r"^Load the file as it comes": ("mailroom/edition_load.html", ">Check and load</button>"),
    r"^Enter the run at the meter desk": ("metering/sheet.html", ">Add</button>"),
    r"^Say what the letters hold": (
        "production/frontdesk/steps/mailing_answers.py",
        '"What do the letters hold?"',
    ),
    r"^Choose First-Class Mail": ("production/frontdesk/steps/mailing_answers.py", '"Class of mail"'),
    r"choose a larger envelope": ("production/frontdesk/steps/mailing_answers.py", '"Envelope or card"'),
    r"^Say what matched the list": ("portal/draft_columns.html", "Were the addresses matched (CASS)"),
    r"say in the columns where its delivery": (
        "portal/draft_columns.html",
        'form.entry("part", part.code, part.label',
    ),
    r"^Add one unless the template": ("portal/draft_letter.html", "Add a box"),
    r"take another format": ("_components/forms.html", '"Show columns as"'),
    r"^Choose one of \{\}": ("web/floor/queue.py", '"Machine or bench"'),
    r"^Choose another product": ("portal/catalog.html", ">Find</button>"),
    r"say why they are missing|there twice, say why": ("floor/operation.html", "ask(forms.count.reason)"),
    r"^Say why it is needed": ("web/floor/acts.py", '"Sent before. Why again?"'),
    r"^Say (a later time|when it happened)": ("web/floor/acts.py", '"When, if it was not now"'),
    r"say how you know the person": ("web/dock/custody.py", '"Without a code: how do you know the person?"'),
    r"say why it can begin now": ("web/floor/acts.py", '"Why it can begin now"'),
}
# Acts that no page of ours is for: why.
OUTSIDE = {
    r"^Mail it as a parcel": "parcels are not made here; the post office or a carrier takes them",
    r"^Say which amount every piece bears": "told to programs that settle a statement",
    r"^Enter (this operation among the standards|its standard under Setup)": (
        "the shop's to do, under Setup: bindery steps (docs/estimating.md)"
    ),
    r"^(Choose a (larger envelope|stronger carton)|Say where blanks go)": "told of a specification, not of a letter",
    r"^(Bind it perfect|Take a larger sheet|Give the file one page a part|Say --)": "told by the commands of prepress",
}
LABELS = re.compile(r'>\s*([^<>{}]+?)\s*<|"((?:[^"\\{}]|\\.)+)"')
QUOTED = re.compile(r'"([A-Z][^"]+)"')


def remedies(source: str) -> Iterator[str]:
    """The texts of remedies in a module, parts that vary as {}: of findings, of errors, and constants named so."""
    for node in ast.walk(ast.parse(source)):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            given += [keyword.value for keyword in node.keywords if keyword.arg == "remedy"]
            given += node.args[3:4] if name == "Finding" else []
            given += node.args[2:3] if name in ("_stop", "_finding", "finding") else []
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("_REMEDY", "remedy", "_FIT"):
            given.append(node.value)
        for value in given:
            yield from _texts(value)


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in value.values)


@cache
def advice() -> dict[str, str]:
    """Every remedy with a module that gives it."""
    found = {}
    for room in ROOMS:
        for path in sorted((CHECKOUT / room).rglob("*.py")):
            for text in remedies(path.read_text("utf-8")):
                found[text] = str(path.relative_to(CHECKOUT))
    return found


def controls() -> set[str]:
    """Words on buttons, links, headings and labels of every page, and of the navigation."""
    pages = [path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")]
    return {entry.label for entry in counters.NAV} | {
        word for text in pages for pair in LABELS.findall(text) for word in pair if word
    }


def test_the_looking_glass_sees_what_it_is_for():
    told = list(
        remedies('Finding(a, b, c, f"Load {x}." if y else "Wait."); raise E("s", remedy="Press \\"Go\\".")')
    )
    assert told == ["Load {}.", "Wait.", 'Press "Go".']
    assert ACT.findall("Look again, or enter a refill.") == ["enter a refill"]
    assert not ACT.findall("Export the file again from its program.")


def test_what_advice_quotes_is_a_control_of_a_page():
    known = controls()
    quoted = {(word, where) for text, where in advice().items() for word in QUOTED.findall(text)}
    assert len(quoted) >= 10
    assert {(word, where) for word, where in quoted if word not in known} == set()


def test_an_act_that_is_advised_can_be_done_on_a_page():
    unknown = {
        (text, where)
        for text, where in advice().items()
        for act in ACT.findall(text)
        if not (
            QUOTED.search(text) or any(re.search(known, act) or re.search(known, text) for known in DONE_AT)
        )
    }
    assert {pair for pair in unknown if not any(re.search(act, pair[0]) for act in OUTSIDE)} == set()
    assert [act for act in OUTSIDE if not any(re.search(act, text) for text, _ in unknown)] == []


@pytest.mark.parametrize("act", DONE_AT)
def test_where_an_act_is_done_it_stands(act):
    page, control = DONE_AT[act]
    root = TEMPLATES if page.endswith(".html") else CHECKOUT  # a label stands in the model of its act
    assert control in (root / page).read_text("utf-8")
    assert any(
        re.search(act, text) or any(re.search(act, one) for one in ACT.findall(text)) for text in advice()
    )


def test_settings_commands_and_pages_that_advice_names_are_there():
    settings = (CHECKOUT / "docs" / "reference" / "settings.md").read_text("utf-8")
    console = make_console(drain=len, run=print)
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    for text in advice():
        for name in re.findall(r"INDICIA_\w+", text):
            assert name in settings, text
        for words in re.findall(r"\bindicia ([a-z-]+) ([a-z-]+)", text):
            group = console.get_command(click.Context(console), words[0])
            assert words[1] in group.list_commands(click.Context(group)), text
        for page in re.findall(r"docs/[\w/-]+\.md", text):
            assert (CHECKOUT / page).is_file(), text
        for target in re.findall(r"\bmake (\w+)\b(?= ?\.|$)", text):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), text
