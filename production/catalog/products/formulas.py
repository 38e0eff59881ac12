"""Formulas of data files: arithmetic and comparisons over named figures, exact, and nothing else."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator

Number = int | Decimal

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: Decimal(left) / right,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CALLS: dict[str, Callable[..., Number]] = {"floor": math.floor, "ceil": math.ceil, "min": min, "max": max}


Figures = Mapping[str, Number]


def value_of(formula: str, figures: Figures) -> Number:
    """What it comes to; a comparison is 0 or 1. KeyError for a figure that is not there."""
    found: Number = _compiled(formula)(figures)
    return int(found) if isinstance(found, bool) else found


def names_in(formula: str) -> set[str]:
    """The figures that it goes by."""
    return {node.id for node in ast.walk(_parsed(formula)) if isinstance(node, ast.Name)} - _CALLS.keys()


def _checked(formula: str) -> str:
    _compiled(formula)
    return formula


Formula = Annotated[str, AfterValidator(_checked)]


def _parsed(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{formula!r} is no formula") from error


@lru_cache(maxsize=1024)
def _compiled(formula: str) -> Callable[[Figures], Any]:
    return _of(_parsed(formula))


def _of(node: ast.expr) -> Callable[[Figures], Any]:
    """A function of the figures; ValueError for anything that is no arithmetic."""
    match node:
        case ast.Constant(value=int() | float() as number):
            exact = number if isinstance(number, int) else Decimal(str(number))
            return lambda _: exact
        case ast.Name(id=name):
            return operator.itemgetter(name)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            apply, one, other = _BINARY[type(op)], _of(left), _of(right)
            return lambda figures: apply(one(figures), other(figures))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            below = _of(operand)
            return lambda figures: -below(figures)
        case ast.BoolOp(op=op, values=values):
            parts, judge = [_of(value) for value in values], any if isinstance(op, ast.Or) else all
            return lambda figures: judge(part(figures) for part in parts)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            asked, then, other = _of(test), _of(body), _of(orelse)
            return lambda figures: then(figures) if asked(figures) else other(figures)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
            call, given = _CALLS[name], [_of(one) for one in args]
            return lambda figures: call(*(one(figures) for one in given))
    raise ValueError(f"{ast.unparse(node)!r} is not part of a formula")
