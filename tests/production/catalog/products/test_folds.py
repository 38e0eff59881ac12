"""Panels of folds: the figures of the practice file's sections 1.4 and 7, and that they make up the length."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.catalog.products.folds import folds


@pytest.mark.parametrize(
    ("code", "length", "panels"),
    [
        ("letter", "11", ["3.6875", "3.6875", "3.625"]),
        ("letter", "11.9375", ["4", "4", "3.9375"]),
        ("z", "12", ["4", "4", "4"]),
        ("half", "11", ["5.5", "5.5"]),
        ("accordion", "14", ["3.5", "3.5", "3.5", "3.5"]),
    ],
)
def test_published_panels(code: str, length: str, panels: list[str]):
    assert list(folds()[code].panels(Decimal(length))) == [Decimal(one) for one in panels]


@given(st.sampled_from(sorted(folds())), st.decimals(6, 40, places=3))
def test_panels_make_up_the_length_and_what_folds_in_is_shorter(code, length):
    fold = folds()[code]
    panels = fold.panels(length)
    assert abs(sum(panels) - length) < Decimal("1e-20")
    whole = max(panel / share for panel, share in zip(panels, fold.shares, strict=True))
    for panel, share, less in zip(panels, fold.shares, fold.shorter, strict=True):
        assert abs(whole * share - panel - less * fold.step_in) < Decimal("1e-20")
    assert abs(fold.opened(whole, Decimal(8))[0] - length) < Decimal("1e-20")
