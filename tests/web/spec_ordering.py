"""Steps of ordering by specification as a browser sends them."""

from __future__ import annotations

import io
import re

from production.frontdesk.lists.samples import write_sample_list
from tests.billing.ledgers import make_card
from tests.factories import PLANT
from tests.web import ordering
from tests.web.print_ordering import due
from tests.web.test_order_run import pages as draw_pages
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM

LETTER = (612, 792)
SAID = {
    "words-justification": "Hunters must know the seasons.", "signer-sign-off": "Ann Lee",
    "signer_title-sign-off": "Undersecretary", "signed_on-sign-off": "2026-11-02",
}  # fmt: skip


def press_card(plant) -> None:
    """A rate card with every price of print work."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())


def choose(browser, product, **answers):
    """The catalog's page with these answers, sent on as its panel does; the answer of the server."""
    page = browser.get(f"/catalog/{product}", query_string=answers)
    return browser.post(f"/drafts/new/{product}", data=fields_of(page))


def fields_of(page) -> dict[str, str]:
    """What the button of the price panel sends."""
    panel = page.text[page.text.index('id="prediction"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', panel))


def detail(browser, url, **more):
    """Where it goes, and who pays."""
    typed = {
        "title": "Hunting rules", "due": due().isoformat(), "place": "Depot B", "splits-DEX-100": "60",
        "splits-DEX-200": "40",
    }  # fmt: skip
    return browser.submit(url, **typed | more)


def send_files(browser, url, folder, **pages):
    """A file for each component: pages, or (pages, size in points)."""
    sent = {}
    for name, asked in pages.items():
        count, size = asked if isinstance(asked, tuple) else (asked, LETTER)
        path = folder / f"{name}.pdf"
        draw_pages(path, count, size)
        sent[f"file-{name.replace('__', '-')}"] = (io.BytesIO(path.read_bytes()), path.name)
    return browser.submit(url, content_type="multipart/form-data", **sent)


def on(answer) -> str:
    """Where a step that was kept leads."""
    assert answer.status_code == 303, answer.text
    return answer.location


def order(browser, folder, product, answers, pages, **more) -> str:
    """All steps; gives the job's number."""
    url = on(choose(browser, product, **answers))
    url = on(send_files(browser, on(detail(browser, url, **more)), folder, **pages))
    return on(send(browser, url)).rsplit("/", 1)[1]


def send(browser, url):
    """Submit the order, with what the shipped rules ask of a publication."""
    return browser.submit(url, url, **SAID)


def mail_too(browser, url, folder, *, people=600) -> str:
    """The steps of the mailing, from the first; gives the address of the review."""
    typed = {
        "title": "Hunting rules, mailed", "mail_date": due().isoformat(), "mail_class": "first-class",
        "envelope": "booklet6x9", "duplex": "yes", "splits-DEX-100": "1",
    }  # fmt: skip
    files = on(browser.submit(url, **typed))
    write_sample_list(folder / "people.csv", people)
    columns = on(ordering.upload(browser, files, rows=(folder / "people.csv").read_bytes()))
    on(ordering.confirm_columns(browser, columns))
    return on(ordering.keep_boxes(browser, columns))
