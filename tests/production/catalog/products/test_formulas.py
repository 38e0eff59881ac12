"""Formulas of data files: arithmetic, exact, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from production.catalog.products.formulas import names_in, value_of

FIGURES = {"a": 7, "b": Decimal("0.1"), "none": 0}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("a * b + 0.2", Decimal("0.9")),
        ("a - 2 * 3", 1),
        ("-a % 4", 1),
        ("ceil(a / 2)", 4),
        ("floor(a / (1 - b))", 7),
        ("max(min(a, 3), b)", 3),
        ("a > 5 and b == 0.1", 1),
        ("a < 5 or none", 0),
        ("2 if a >= 7 else 3", 2),
    ],
)
def test_values(formula: str, value: Decimal):
    assert value_of(formula, FIGURES) == value


@pytest.mark.parametrize(
    "formula",
    ["", "a.b", "open('x')", "a[0]", "'text'", "a if", "lambda: 1", "max(a, key=b)", "a < b < 2", "[1]"],
)
def test_what_is_no_formula(formula: str):
    with pytest.raises(ValueError, match="formula"):
        value_of(formula, FIGURES)


def test_names_of_figures():
    assert names_in("max(width, 2) / pages") == {"width", "pages"}
    with pytest.raises(KeyError):
        value_of("width", FIGURES)
