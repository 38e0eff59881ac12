"""The catalog as a requester sees it: what there is, what it asks, and what each answer comes to."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest

from kernel import clock
from production.catalog.hours import STOPS, StopValue
from production.catalog.products.families import families
from production.people import setup
from production.scheduling.keeping import keep, scheduled
from tests.billing.ledgers import make_card
from tests.factories import PLANT
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM

_TAG = re.compile(r"<[^>]+>")


def words(page) -> str:
    return " ".join(unescape(_TAG.sub(" ", page.text)).split())


@pytest.fixture
def rita(sign_in, plant):
    """A requester while the rate card has every price."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
    return sign_in("requester")


def test_everything_the_shop_makes_is_there_and_leads_to_its_questions_or_its_steps(sign_in) -> None:
    page = sign_in("requester").get("/catalog")
    for family in families().families.values():
        assert f"/catalog/{family.code}" in page.text, family.code
        assert family.sentence in words(page), family.code
    assert "/drafts/new/letter" in page.text
    assert "Sam Service" in page.text
    assert 'aria-current="page"' in page.text
    assert sign_in("planner").get("/catalog").status_code == 403


@pytest.mark.parametrize(
    ("sought", "first"), [("brochure", "Pamphlet"), ("a letter to everybody whose permit ends", "Letter")]
)
def test_a_word_or_a_sentence_finds_it(sign_in, sought, first) -> None:
    page = sign_in("requester").get("/catalog", query_string={"q": sought}).text
    names = re.findall(r"<h3><a [^>]*>([^<]+)<", page)
    assert names[0].startswith(first)


def test_a_shelf_says_what_each_costs_as_its_own_page_does_and_by_when(rita) -> None:
    shelf = words(rita.get("/catalog"))
    for code in ("booklet", "business_cards", "poster"):
        price = re.search(r'data-says="[^$]*(\$[\d,]+\.\d\d)', rita.get(f"/catalog/{code}").text)[1]
        assert f"1,000 for {price} usually by" in shelf, code
    assert "Order again in two clicks" not in shelf, "nobody has ordered anything yet"


def test_what_is_not_there_leads_to_a_person(sign_in) -> None:
    page = words(sign_in("requester").get("/catalog?q=zeppelin"))
    assert "nothing" in page and "Something else? Ask us" in page and "Sam Service" in page


def test_a_booklet_has_its_price_a_ladder_and_what_each_other_answer_would_change(rita) -> None:
    page = rita.get("/catalog/booklet?quantity=3,000&pages=24&paper-text=text60&colors-text=1")
    assert page.status_code == 200
    said = words(page)
    assert re.search(r"3,000 pieces \$[\d,]+\.\d\d \$0\.\d+ each", said)
    for quantity in ("1,000", "2,000", "5,000", "10,000", "20,000"):
        assert f'class="right">{quantity}</th>' in page.text, quantity
    assert re.search(r"Same paper as inside (saves|\+) \$[\d,]+\.\d\d", said)
    assert "Order it" in said


def test_the_difference_beside_an_answer_is_the_difference_of_the_two_prices(rita) -> None:
    def total(page) -> int:
        return int(
            re.search(r'data-says="[^$]*\$([\d,]+\.\d\d)', page.text)[1].replace(",", "").replace(".", "")
        )

    one, both = rita.get("/catalog/rack_card?sides=1"), rita.get("/catalog/rack_card?sides=2")
    more = total(both) - total(one)
    assert f"Both sides + ${more / 100:,.2f}" in words(one)
    assert f"One side saves ${more / 100:,.2f}" in words(both)


@pytest.mark.parametrize(
    ("asked", "beside", "sentence"),
    [
        ("booklet?quantity=many", "quantity", "Write a whole number, as in 1,000."),
        ("booklet?quantity=0", "quantity", "1 or more is expected."),
        ("booklet?pages=0", "pages", "1 or more is expected."),
        ("booklet?pages=2", "pages", "2 pages are ordered, its components have 6."),
        ("booklet?pages=400", "", "Stitched booklets end at 32 sheets and a cover"),
        ("sign?size=24x36", "", "No machine of ours can make it so."),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_said_beside_its_answer_and_without_a_price(
    rita, asked, beside, sentence
) -> None:
    page = rita.get(f"/catalog/{asked}")
    assert page.status_code == 200
    assert sentence in words(page)
    assert not beside or re.search(rf'id="told-{beside}" data-follows>{re.escape(sentence)}', page.text)
    assert "big-figure" not in page.text


def test_a_price_that_is_missing_is_for_a_person_to_tell(sign_in) -> None:
    page = sign_in("requester").get("/catalog/poster")
    assert page.status_code == 200
    assert "Ask us. The price list in force has no price for some of this work." in words(page)
    assert "Sam Service" in words(page)


def test_every_family_asks_its_own_questions_and_has_a_price(rita) -> None:
    for family in families().families.values():
        page = rita.get(f"/catalog/{family.code}")
        assert "big-figure" in page.text, (family.code, words(page))
        for option in family.options:
            assert option.code == "colors" or f'id="q-{option.code}"' in page.text, (family.code, option.code)
    assert rita.get("/catalog/banner").status_code == 404


BOOKLET = "/catalog/booklet?quantity=3,000&pages=50&colors-cover=4"


def amounts(text) -> list[int]:
    return [int(one.replace(",", "").replace(".", "")) for one in re.findall(r"\$([\d,]+\.\d\d)", text)]


def test_a_price_opens_to_parts_that_add_up_and_says_when_it_is_usually_made(rita) -> None:
    page = rita.get(BOOKLET).text
    (total,) = amounts(re.search(r'data-says="([^"]*?each)', page)[1])[:1]
    parts = re.search(r'<ul class="parts".*?</ul>\s*</details></li>\s*</ul>', page, re.DOTALL)[0]
    heads = re.findall(r"<summary>.*?</summary>", parts, re.DOTALL)
    assert sum(amounts("".join(heads))) == total
    lines = re.findall(r"= (\$[\d,]+\.\d\d)</li>", parts)
    assert sum(amounts(" ".join(lines))) == total
    said = unescape(_TAG.sub(" ", page))
    assert re.search(r"Usually by\s+\w{3} \w{3} \d+", said)
    assert "what is quoted holds" in said
    assert "costs less than digital, so the price of each drops" in said


def room(page) -> list[str]:
    return re.findall(r'We can promise <strong><time [^>]*?datetime="([^"]+)"', page.text)


def test_where_the_plant_is_scheduled_a_price_promises_a_day(rita, plant) -> None:
    """A press that stands for sixty days more puts it off by as many at least."""
    cards, today = "/catalog/business_cards", clock.today()
    assert room(rita.get(cards)) == []
    with plant.db.unit_of_work(PLANT) as uow:
        keep(uow, *scheduled(plant.db, PLANT, seconds=0, seed=1), seconds=0, seed=1)
    (soon,) = room(rita.get(cards))
    assert today <= date.fromisoformat(soon) <= today + timedelta(days=5)
    until = today + timedelta(days=60)
    stands = {"from_day": today, "from_at": "00:00", "to_day": until, "to_at": "23:00", "reason": "It moves."}
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, STOPS, StopValue(code="move", **stands), knowing=None)
    (later,) = room(rita.get(cards))
    assert date.fromisoformat(later) > until


def test_what_costs_less_is_told_when_it_is_asked_and_taken_with_one_click(rita) -> None:
    assert "48 pages instead of 50" not in rita.get(BOOKLET).text
    asked = rita.get(f"{BOOKLET}&less=yes").text
    line = re.search(r"<li><strong>48 pages instead of 50</strong>.*?</li>", asked, re.DOTALL)[0]
    saves, price = amounts(line)
    way = unescape(re.search(r'href="([^"]+)"', line)[1])
    taken = rita.get(way).text
    assert amounts(re.search(r'data-says="([^"]*?each)', taken)[1])[0] == price
    assert amounts(re.search(r'data-says="([^"]*?each)', asked)[1])[0] == price + saves
    assert 'name="pages" value="48"' in taken or 'value="48"' in taken


def test_a_size_that_is_taken_stays_chosen(rita) -> None:
    page = rita.get("/catalog/business_cards?quantity=5000&size=3.5x1.875&bleed=0.125")
    assert re.search(r'name="size" value="3.5x1.875" checked', page.text)
    assert re.search(r"5,000 pieces \$[\d,]+\.\d\d", words(page))
    assert "A business card is 3.5 x 2 in" in words(rita.get("/catalog/business_cards?size=9x9"))


def test_how_a_price_is_worked_out_has_its_lines_ways_reasons_and_figures(rita) -> None:
    price = amounts(re.search(r'data-says="([^"]*?each)', rita.get(BOOKLET).text)[1])[0]
    page = rita.get(BOOKLET.replace("booklet?", "booklet/working?"))
    charged = re.search(r"What is charged.*?</table>", page.text, re.DOTALL)[0]
    assert amounts(charged)[-1] == price
    said = words(page)
    for expected in (
        "Ways to make it",
        "Why not",
        "Wide-format printer",
        "shop to confirm",
        "presses.digital-color",
    ):
        assert expected in said, expected
    assert "There is no price" in words(rita.get("/catalog/booklet/working?quantity=none&on=never"))
    assert rita.get("/catalog/zeppelin/working").status_code == 404
