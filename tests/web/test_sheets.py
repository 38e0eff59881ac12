"""The press sheets of a job on the screen, and a step of its run as the operator has it at the machine."""

from __future__ import annotations

import io

from PIL import Image

from production.jobs.models import Operation
from tests.web.test_ticket import (
    booklet,  # noqa: F401  a fixture
    rows,
)


def test_each_side_is_shown_with_its_places_and_what_was_read(booklet, sign_in):  # noqa: F811
    number, _ = booklet
    pia, rita = sign_in("planner"), sign_in("requester")
    first = pia.get(f"/jobs/{number}/sheets")
    assert (first.status_code, first.location) == (302, f"/jobs/{number}/sheets/1/1")
    page = pia.get(first.location).text
    for expected in (
        "Sheet 1 of 2, front", "pages 8, 1, 8, 1", "From the foot, inches: 1: 17.5, 2: 9, 3: 0.5", "5.5 x 8.5",
        "0.5 from the left, 9 from the foot", "Next side",
    ):  # fmt: skip
        assert expected in page, expected
    # Both piles are the book, from the top.
    assert "1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8" in " ".join(page.split())
    assert "pages 2, 7, 2, 7" in rita.get(f"/jobs/{number}/sheets/1/2").text  # its own agency may look
    with Image.open(io.BytesIO(pia.get(f"/jobs/{number}/sheets/2/1.png").data)) as side:
        assert round(side.width / side.height, 2) == round(12 / 18, 2)
    for beyond in ("1/5", "3/1", "1/0", "1/5.png"):
        assert pia.get(f"/jobs/{number}/sheets/{beyond}").status_code == 404
    assert sign_in("other_agency").get(f"/jobs/{number}/sheets/1/1").status_code == 404


def test_the_operator_has_sentences_and_sheets_of_the_step(booklet, plant, sign_in):  # noqa: F811
    _, run = booklet
    steps = {one.type: one.ticket for one in sorted(rows(plant, Operation), key=lambda one: -one.step)}
    pat = sign_in("print_operator")
    cut = pat.get(f"/floor/{steps['cut']}?sheet=2").text
    for expected in (
        "Cut text",
        "From the foot, inches: 1: 17.5",
        "Sheet 1 of 2, back",
        "2 of 4 sides",
        f"/runs/{run}/",
    ):
        assert expected in cut, expected
    assert "60 lb text, 12 x 18 in, grain long" in pat.get(f"/floor/{steps['print']}").text
    fold = pat.get(f"/floor/{steps['fold']}").text
    assert "one into the other" in fold
    assert "Sheet 1 of 2, front: pages 8, 1; 1 fold." in fold
