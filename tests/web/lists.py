"""Pages as people read them: the figures that lead somewhere, and the rows of a list with their cells."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Lead(NamedTuple):
    """A figure as it stands on a page."""

    shown: str
    url: str
    column: str


class Page(HTMLParser):
    """``leads``: its figures. ``rows``: of its tables, and what else is marked as one; each with the ids it stands
    under, its cells and the heads of their columns. ``next``: the address of the page that goes on.
    """

    def __init__(self, text):
        super().__init__()
        self.leads, self.rows, self.next = [], [], ""
        self._open, self._heads, self._cells, self._cell = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "data-figure" in attributes:
            lead = attributes["data-figure"], attributes["href"], attributes.get("data-column", "")
            self.leads.append(Lead(*lead))
        if tag == "a" and attributes.get("rel") == "next":
            self.next = attributes["href"]
        if tag == "table":
            self._heads = []
        if tag == "tr":
            self._cells = []
        if tag in ("th", "td"):
            self._cell = []
            self._cells.append(self._cell)
            if attributes.get("scope") == "col":
                self._heads.append(self._cell)
            elif attributes.get("scope") == "row" and self._is_in("tbody"):
                self._begin_row(self._cells)
        if "data-row" in attributes:
            self._begin_row([])
        if tag not in _VOID:
            self._open.append((tag, {attributes.get("id"), attributes.get("aria-labelledby")}))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag in ("th", "td"):
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)

    def _is_in(self, tag):
        return any(name == tag for name, _ in self._open)

    def _begin_row(self, cells):
        under = set().union(*(ids for _, ids in self._open))
        self.rows.append((under, cells, self._heads))

    def column(self, name, under=""):
        """The cells of a column, of the rows under an id."""
        return [
            dict(zip(["".join(head).strip() for head in heads], cells, strict=False)).get(name, [])
            for ids, cells, heads in self.rows
            if not under or under in ids
        ]


def cents(text):
    """An amount or a count as a number; a dash is nothing."""
    digits = "".join(text).strip().replace("\N{MINUS SIGN}", "-").replace("$", "").replace(",", "")
    return round(float(digits) * 100) if digits not in ("", "\N{EN DASH}") else 0


def measured(browser, lead):
    """What the list says to which a figure leads: so many rows, or what a column of it adds up to."""
    url, under, found = lead.url, urlsplit(lead.url).fragment, []
    while url:
        answer = browser.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status}"
        page = Page(answer.text)
        found += page.column(lead.column, under)
        url = page.next
    return sum(cents("".join(cell)) for cell in found) if lead.column else 100 * len(found)
