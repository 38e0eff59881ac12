"""``indicia order run``: a specification through the plant to its charges."""

from __future__ import annotations

import json
import math
import re

import pypdf
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from billing.models import Charge
from billing.verify import verify
from kernel.money import Rate
from production.catalog.forms.models import FormRevision, JobForm
from production.catalog.forms.register import FORMS
from production.catalog.press_room.kinds import BINDERY, PRESS_PAPERS
from production.catalog.products.families import families
from production.catalog.products.spec import read_spec
from production.catalog.products.standards import read_standards
from production.frontdesk.estimates.estimate import estimate
from production.jobs.models import Operation
from production.people import setup
from production.people.models import BudgetUnit
from production.prepress.merge import fonts
from production.stockroom import moving
from production.stockroom.items import ITEMS
from tests.billing.ledgers import make_card
from tests.factories import PLANT
from tests.web.test_order_command import console  # noqa: F401  a fixture
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM

FOIL = b'unit,description,rate,minimum,pass_through\noutside.each,"Foil, a book",0.05,,no\n'
BOOKLET = {
    "product": "booklet", "quantity": 500, "title": "Hunting rules", "agency": "DEX", "account": "DEX-200",
    "trim": [5.5, 8.5], "binding": "saddle", "finishing": [{"operation": "pack"}],
    "components": [
        {"name": "text", "pages": 8, "stock": "text60", "colours": [1, 1]},
        {"name": "cover", "pages": 4, "stock": "cover80", "colours": [1, 1]},
    ],
    "files": [
        {"component": "text", "file": "all.pdf", "pages": "3-10"},
        {"component": "cover", "file": "all.pdf", "pages": "1-2,11-12"},
    ],
    "delivery": [{"place": "Depot B", "quantity": 500}],
}  # fmt: skip


@pytest.fixture
def run(console, plant, tmp_path):  # noqa: F811
    """Runs a specification with the sample's press rates; (exit code, answer)."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())

    def do(wanted, *more):
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(wanted))
        answer = console("order", "run", path, "--out", tmp_path / "out", "--json", *more)
        lines = [line for line in answer.stdout.splitlines() if line.startswith("{")]
        return answer.exit_code, json.loads(lines[-1])

    return do


def pages(path, count, size=(396, 612), font="DejaVuSans"):
    """A file as an agency sends it, its font embedded unless it is one of the standard ones."""
    if font not in pdfmetrics.standardFonts:
        pdfmetrics.registerFont(TTFont(font, str(fonts.FOLDER / f"{font}.ttf")))
    canvas = Canvas(str(path), pagesize=size, initialFontName=font)
    for number in range(1, count + 1):
        canvas.setFont(font, 20)
        canvas.drawString(60, 100, f"Page {number}")
        canvas.showPage()
    canvas.save()


def test_a_booklet_is_charged_its_quote_to_the_cent(run, plant, tmp_path, sign_in):
    """Its cover on sheets that are cut down first, foil by another house, packed by hand into cartons."""
    pages(tmp_path / "all.pdf", 12)
    ordered = BOOKLET | {
        "finishing": [{"operation": "outside"}, {"operation": "pack"}],
        "packing": {"carton": "C25"},
    }
    with plant.db.unit_of_work(PLANT) as uow:
        parents = {"code": "cover80", "sheets": "", "parents": "19 x 25 long", "on_shelf": True}
        setup.put(
            uow, PRESS_PAPERS, PRESS_PAPERS.read(parents), why="Bought so", knowing=["PRINT_STANDARD_CHANGE"]
        )
        foil = {
            "code": "outside",
            "name": "Foil",
            "machine": "foil-house",
            "setup_minutes": "5",
            "is_hand_work": True,
            "pays_each": True,
        }
        setup.put(uow, BINDERY, BINDERY.read(foil), knowing=["PRINT_STANDARD_CHANGE", "PRICE_NEEDED"])
        make_card(uow, name="Foil", effective_from=RATE_CARD_FROM, data=FOIL)
    code, said = run(ordered)
    assert code == 0, said
    assert said["quote"] == said["charges"]
    assert said["delivered"] == 500
    steps = [(one["operation"], one["good"]) for one in said["operations"]]
    # Backwards from 500: stitch 1 percent and 5 to set up, fold 1.1 percent and 40.
    assert [name for name, _ in steps] == [
        "print",
        "cut",
        "cut",
        "print",
        "fold",
        "stitch",
        "outside",
        "pack",
    ]
    assert dict(steps)["pack"] == 500
    assert said["operations"][2]["good"] == said["operations"][3]["in"]  # press sheets of the cover
    for before, after in zip(said["operations"][4:], said["operations"][5:], strict=False):
        assert before["good"] == after["in"]
    assert all(one["in"] == one["good"] + one["spoiled"] for one in said["operations"])
    kinds = {one["kind"] for one in said["files"]}
    assert {"spec", "artwork.1", "artwork.2", "print_file", "plan", "worksheet"} <= kinds
    assert {"sheets.1", "sheets.2", "layout.1", "layout.2"} <= kinds
    for one in said["files"]:
        assert (tmp_path / "out" / one["name"]).is_file()
    # Text pages 1 to 8 are pages 3 to 10 of the file: front (8, 1), back (2, 7), front (6, 3), back (4, 5).
    assert numbers_on(tmp_path / "out" / "sheets.1.pdf") == [[3, 10], [4, 9], [5, 8], [6, 7]]
    read = json.loads((tmp_path / "out" / "layout.1.json").read_text())["check"]
    assert (read["ok"], set(read["reading_order"])) == (True, set(range(1, 9)))
    with plant.db.read_only(PLANT) as session:
        paid = select(BudgetUnit.bill_code).join(Charge, Charge.budget_unit_id == BudgetUnit.id).distinct()
        (account,) = session.scalars(paid).all()
        minutes = session.scalars(select(Operation.planned_minutes)).all()
    assert account == "DEX-200"
    assert all(minutes)
    # Whoever asks for a reason later has the standards of that day.
    kept = read_standards((tmp_path / "out" / "standards.json").read_bytes())
    chosen = estimate(read_spec(json.dumps(ordered)), kept, families()).chosen
    assert sorted(minutes) == sorted(
        math.ceil(one.minutes) for one in (*chosen.cut_down, *chosen.printed, *chosen.done)
    )
    assert verify(plant).violations == []
    rita = sign_in("requester")
    shown = rita.get(f"/jobs/{said['job']}").text
    for words in (
        "Hunting rules", "60 lb text", "Stitcher, hours", "Hand work, hours", "Foil, a book", f"${said['charges']}",
    ):  # fmt: skip
        assert words in shown, words
    assert "Page 1 of 12" in rita.get(f"/jobs/{said['job']}/proof").text
    run_number = said["operations"][0]["ticket"].rpartition("-")[0]
    ticket = sign_in("print_operator").get(f"/floor/runs/{run_number}/ticket").text
    # 19 x 25 in, grain along 25: spreads of 11 x 8.5 want it along 8.5, so two lie along 25 in
    for words in (
        "Cut down cover",
        "2 x 1 press sheets of 8.5 x 11 in from each, grain short, 3 cuts a lift",
        " a carton, ",
    ):
        assert words in ticket, words


def test_what_stops_it_is_told_and_nothing_is_made(run, plant, tmp_path):
    pages(tmp_path / "all.pdf", 12, font="Helvetica")
    code, said = run(BOOKLET)
    assert (code, said["quote"], said["charges"], said["operations"]) == (2, None, None, [])
    assert {one["code"] for one in said["findings"]} == {"PREFLIGHT_FONT"}
    code, said = run(BOOKLET | {"files": BOOKLET["files"][:1]})
    assert (code, said["error"]["code"], said["error"]["field"]) == (2, "FILE_MISSING", "components.1")
    code, said = run(BOOKLET | {"files": [{"component": "text", "file": "all.pdf", "pages": "3-90"}]})
    assert (code, said["error"]["code"], said["error"]["field"]) == (2, "COMPONENT_PAGES", "files.0.pages")
    code, said = run(BOOKLET | {"account": "OSR-010"})
    assert (code, said["error"]["code"]) == (2, "ACCOUNT")
    pages(tmp_path / "all.pdf", 12)
    code, said = run(BOOKLET | {"binding": "saddle", "finishing": [{"operation": "pad", "count": 50}]})
    assert (code, {one["code"] for one in said["findings"]}) == (2, {"OPTION_CLASH"})


NEWSLETTER = {
    "product": "newsletter", "quantity": 300, "trim": [8.5, 11], "pages": 8,
    "components": [{"name": "sheet", "stock": "text60", "colours": [1, 1]}],
    "files": [{"component": "sheet", "file": "news.pdf"}],
}  # fmt: skip
BOOK = {
    "product": "book", "quantity": 40, "trim": [6, 9],
    "components": [
        {"name": "text", "pages": 40, "stock": "text60", "colours": [1, 1]},
        {"name": "cover", "stock": "cover100", "colours": [1, 0]},
    ],
    "files": [{"component": "text", "file": "text.pdf"}, {"component": "cover", "file": "cover.pdf"}],
}  # fmt: skip


def numbers_on(path):
    """Page numbers on each side of the sheets, as pypdf reads them."""
    return [
        sorted({int(one) for one in re.findall(r"Page (\d+)", sheet.extract_text())})
        for sheet in pypdf.PdfReader(path).pages
    ]


def test_nested_sheets_and_a_book_with_its_flat_cover_come_on_their_sheets(run, tmp_path):
    pages(tmp_path / "news.pdf", 8, size=(612, 792))
    code, said = run(NEWSLETTER)
    assert (code, said["quote"]) == (0, said["charges"])
    assert numbers_on(tmp_path / "out" / "sheets.1.pdf") == [[1, 8], [2, 7], [3, 6], [4, 5]]
    pages(tmp_path / "text.pdf", 40, size=(432, 648))
    # 20 leaves of .0046 and twice .0125 of cover: a spine of .117 in (practice 5).
    pages(tmp_path / "cover.pdf", 1, size=(72 * 12.117, 648))
    code, said = run(BOOK)
    assert (code, said["quote"]) == (0, said["charges"]), said
    on_sheets = [number for side in numbers_on(tmp_path / "out" / "sheets.1.pdf") for number in side]
    assert sorted(on_sheets) == list(range(1, 41))  # every page once
    assert numbers_on(tmp_path / "out" / "sheets.2.pdf") == [[1]]


def test_parts_of_a_set_are_printed_each_from_its_own_page(run, tmp_path):
    parts = {"white": "carbonless_cb", "canary": "carbonless_cf"}
    pages(tmp_path / "part.pdf", 1, size=(612, 792))
    wanted = {
        "product": "carbonless", "quantity": 100, "unit": "set", "trim": [8.5, 11],
        "components": [
            {"name": name, "pages": 1, "stock": stock, "colours": [1, 0]} for name, stock in parts.items()
        ],
        "files": [{"component": name, "file": "part.pdf"} for name in parts],
    }  # fmt: skip
    code, said = run(wanted)
    assert (code, said["quote"]) == (0, said["charges"]), said
    for part in ("sheets.1.pdf", "sheets.2.pdf"):
        assert numbers_on(tmp_path / "out" / part) == [[1]]


def test_a_form_is_ordered_by_its_number_in_the_revision_in_force(run, plant, tmp_path, sign_in):
    def enter(**other):
        said = {
            "agency": "DEX", "number": "DEX-104", "revision": "1", "title": "Leave request",
            "edition": "2025-07-01", "owner": "Olive Owner", "product": "flat_form",
        }  # fmt: skip
        with plant.db.unit_of_work(PLANT) as uow:
            setup.put(uow, FORMS, FORMS.read(said | other), knowing=None)

    enter()
    enter(revision="2", edition="2026-07-01", supersedes="1", review_on="2026-08-01")
    enter(agency="OSR", title="Trip report", number="OSR-7")
    pages(tmp_path / "form.pdf", 1, size=(612, 792))
    wanted = {
        "product": "flat_form", "quantity": 500, "agency": "DEX", "trim": [8.5, 11],
        "components": [{"name": "sheet", "stock": "bond20", "colours": [1, 0]}],
        "files": [{"component": "sheet", "file": "form.pdf"}],
    }  # fmt: skip
    code, said = run(wanted, "--form", "DEX-104/1")
    assert (code, said["error"]["code"], said["error"]["field"]) == (2, "FORM_SUPERSEDED", "form")
    assert run(wanted, "--form", "OSR-7")[1]["error"]["code"] == "FORM_UNKNOWN"  # of another agency
    code, said = run(wanted, "--form", "DEX-104")
    assert code == 0, said
    with plant.db.read_only(PLANT) as session:
        ordered = session.execute(select(FormRevision.number, FormRevision.revision).join(JobForm)).all()
    assert ordered == [("DEX-104", "2")]
    rita = sign_in("requester")
    listed = rita.get("/forms").text
    assert "Leave request" in listed
    assert "Trip report" not in listed
    assert "Revision 2 is the one in force." in rita.get("/forms/DEX/DEX-104/1").text
    assert "was to look at it by" in rita.get("/forms/DEX/DEX-104/2").text
    assert rita.get("/forms/OSR/OSR-7/1").status_code == 404
    assert "No form has these words" in rita.get("/forms?find=trip").text
    number = said["job"]
    with plant.db.unit_of_work(PLANT) as uow:
        item = {
            "code": "F104",
            "name": "Leave request",
            "kind": "form",
            "unit": "piece",
            "form": "DEX/DEX-104/2",
        }
        setup.put(uow, ITEMS, ITEMS.read(item), knowing=None)
        moving.receive(uow, "F104", 400, unit_cost=Rate.of("0.02"))
    assert run(wanted, "--form", "DEX-104", "--from-shelf")[1]["error"]["code"] == "STOCK_SHORT"
    assert "It lies on" not in rita.get(f"/jobs/{number}/again").text  # more than there are
    code, said = run(wanted | {"quantity": 300}, "--form", "DEX-104", "--from-shelf")
    assert code == 0, said
    shelf = said["shelf"]
    assert (shelf["on_hand"], shelf["fits"], shelf["picked"], said["quote"]) == (400, True, "9.50", "9.50")
    assert said["charges"] == said["quote"]  # nobody drives: it is picked up
    assert float(shelf["printed"]) > 9.5
    assert [one["operation"] for one in said["operations"]] == ["pick"]
