"""What goes into which envelope and when: sizes of the chart of envelopes less 1/8 in, days as people ask for them."""

from __future__ import annotations

from datetime import date

import pytest

from production.catalog.products.families import families
from production.catalog.products.standards import shipped_standards
from production.frontdesk.choosing.answers import completed, questions, spec_of_answers
from production.frontdesk.steps.envelope_fit import fitting, misfits

STANDARDS = shipped_standards()
DUE = date(2026, 12, 18)


def booklet(size):
    family = families().family("booklet")
    asked = questions(family, STANDARDS, {"size": size})
    spec = spec_of_answers(family, completed(asked, {"size": size}), STANDARDS)
    return spec.model_copy(update={"due": DUE})


# 8.5 x 5.5 in into 9 x 6 in and more; 11 x 8.5 in into 12 x 9 in alone: each leaves 1/8 in and more.
@pytest.mark.parametrize(
    ("size", "fit"), [("5.5x8.5", ["booklet6x9", "booklet9x12"]), ("8.5x11", ["booklet9x12"])]
)
def test_the_smallest_envelope_that_takes_a_piece_comes_first(size, fit) -> None:
    assert [one.code for one in fitting(booklet(size), STANDARDS)] == fit


def postcard(size):
    family = families().family("postcard")
    asked = questions(family, STANDARDS, {"size": size})
    return spec_of_answers(family, completed(asked, {"size": size}), STANDARDS)


@pytest.mark.parametrize("size", ["6x4", "8.5x5.5", "9x6", "11x6"])  # every size of the family
def test_a_postcard_may_be_mailed_itself_and_what_is_folded_may_not(size) -> None:
    usual, *envelopes = fitting(postcard(size), STANDARDS)
    assert usual.is_piece and not usual.is_inserted
    assert [f"{side:g}" for side in usual.page_in] == size.split("x")
    assert not any(one.is_piece for one in envelopes)
    assert misfits(postcard(size), STANDARDS, usual.code, DUE) == []
    assert misfits(booklet("5.5x8.5"), STANDARDS, "postcard5x8", DUE)[0].code == "ENCLOSURE_SIZE"


@pytest.mark.parametrize(
    ("envelope", "day", "wrong"),
    [
        ("booklet6x9", DUE, []),
        ("booklet6x9", date(2026, 12, 17), [("MAIL_DATE", "mail_date")]),
        ("window10", DUE, [("ENCLOSURE_SIZE", "envelope")]),
        ("card6x9", date(2026, 12, 17), [("ENCLOSURE_SIZE", "envelope"), ("MAIL_DATE", "mail_date")]),
        ("no such", DUE, []),
    ],
)
def test_a_mailing_takes_its_piece_and_leaves_when_it_is_there(envelope, day, wrong) -> None:
    found = misfits(booklet("5.5x8.5"), STANDARDS, envelope, day)
    assert [(one.code, one.place.column) for one in found] == wrong
