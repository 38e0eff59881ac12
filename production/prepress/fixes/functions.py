"""Functions of a PDF worked out: tints of inks and runs of tones (ISO 32000-1, 7.10)."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pikepdf

_MAX_DEPTH, _MOST_INPUTS = 8, 6
_SAMPLED, _EXPONENTIAL, _STITCHED, _CALCULATED = 0, 2, 3, 4


def evaluate(function: Any, inputs: Sequence[float], depth: int = 0) -> list[float]:
    """The outputs of a function, or of an array of functions one after the other. ValueError for what is none."""
    if depth > _MAX_DEPTH:
        raise ValueError("functions are nested too deeply")
    if isinstance(function, pikepdf.Array):
        return [value for one in function for value in evaluate(one, inputs, depth + 1)]
    kind = int(function["/FunctionType"])
    if kind not in _KINDS:
        raise ValueError(f"there is no function of type {kind}")
    domain = _numbers(function["/Domain"])
    given = [_clip(value, low, high) for value, (low, high) in zip(inputs, _pairs(domain), strict=True)]
    outputs = _KINDS[kind](function, given, depth)
    bounds = _pairs(_numbers(function["/Range"])) if "/Range" in function else None
    return (
        [_clip(v, low, high) for v, (low, high) in zip(outputs, bounds, strict=True)] if bounds else outputs
    )


def _numbers(values: Any) -> list[float]:
    return [float(value) for value in values]


def _pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _between(value: float, span: tuple[float, float], to: tuple[float, float]) -> float:
    width = span[1] - span[0]
    return to[0] + (value - span[0]) * (to[1] - to[0]) / width if width else to[0]


def _sampled(function: Any, inputs: Sequence[float], _: int) -> list[float]:
    sizes, bits = [int(size) for size in function["/Size"]], int(function["/BitsPerSample"])
    if len(sizes) > _MOST_INPUTS or bits not in {1, 2, 4, 8, 12, 16, 24, 32}:
        raise ValueError("a table of samples of this kind is not read")
    spans, ranges = _pairs(_numbers(function["/Domain"])), _pairs(_numbers(function["/Range"]))
    encode = (
        _pairs(_numbers(function["/Encode"])) if "/Encode" in function else [(0, size - 1) for size in sizes]
    )
    decode = _pairs(_numbers(function["/Decode"])) if "/Decode" in function else ranges
    places = [
        _clip(_between(value, span, to), 0, size - 1)
        for value, span, to, size in zip(inputs, spans, encode, sizes, strict=True)
    ]
    lows = [min(int(place), max(0, size - 2)) for place, size in zip(places, sizes, strict=True)]
    parts = [place - low for place, low in zip(places, lows, strict=True)]
    data = function.read_bytes()
    totals = [0.0] * len(ranges)
    for corner in product((0, 1), repeat=len(sizes)):
        weight = math.prod(part if step else 1 - part for part, step in zip(parts, corner, strict=True))
        if not weight:
            continue
        index, stride = 0, 1
        for low, step, size in zip(lows, corner, sizes, strict=True):
            index, stride = index + (low + step) * stride, stride * size
        for k in range(len(ranges)):
            totals[k] += weight * _sample(data, (index * len(ranges) + k) * bits, bits)
    return [_between(total, (0, (1 << bits) - 1), to) for total, to in zip(totals, decode, strict=True)]


def _sample(data: bytes, bit: int, bits: int) -> int:
    first, last = bit // 8, (bit + bits + 7) // 8
    whole = int.from_bytes(data[first:last], "big")
    return whole >> (last * 8 - bit - bits) & ((1 << bits) - 1)


def _exponential(function: Any, inputs: Sequence[float], _: int) -> list[float]:
    begin, end = _numbers(function.get("/C0", [0])), _numbers(function.get("/C1", [1]))
    share = inputs[0] ** float(function["/N"])
    return [low + share * (high - low) for low, high in zip(begin, end, strict=True)]


def _stitched(function: Any, inputs: Sequence[float], depth: int) -> list[float]:
    bounds, (span,) = _numbers(function["/Bounds"]), _pairs(_numbers(function["/Domain"]))
    edges = [span[0], *bounds, span[1]]
    place = next((k for k, bound in enumerate(bounds) if inputs[0] < bound), len(bounds))
    encode = _pairs(_numbers(function["/Encode"]))[place]
    inner = _between(inputs[0], (edges[place], edges[place + 1]), encode)
    return evaluate(function["/Functions"][place], [inner], depth + 1)


# --- PostScript calculator functions


def _calculated(function: Any, inputs: Sequence[float], _: int) -> list[float]:
    words = iter(re.findall(r"[{}]|[^\s{}]+", function.read_bytes().decode("latin-1")))
    if next(words, "") != "{":
        raise ValueError("a calculator function begins with a brace")
    stack: list[Any] = list(inputs)
    _run(_block(words, 0), stack)
    return [float(value) for value in stack]


def _block(words: Any, depth: int) -> list[Any]:
    if depth > _MAX_DEPTH:
        raise ValueError("blocks are nested too deeply")
    block: list[Any] = []
    for word in words:
        if word == "}":
            return block
        block.append(_block(words, depth + 1) if word == "{" else word)
    raise ValueError("a block does not end")


def _run(block: Sequence[Any], stack: list[Any]) -> None:
    for word in block:
        if isinstance(word, list):
            stack.append(word)
        elif word == "if":
            then, test = stack.pop(), stack.pop()
            _run(then if test else [], stack)
        elif word == "ifelse":
            other, then, test = stack.pop(), stack.pop(), stack.pop()
            _run(then if test else other, stack)
        elif word in _MOVES:
            _MOVES[word](stack)
        elif word in _TWO:
            second, first = stack.pop(), stack.pop()
            stack.append(_TWO[word](first, second))
        elif word in _ONE:
            stack.append(_ONE[word](stack.pop()))
        else:
            stack.append(
                {"true": True, "false": False}.get(word) if word in {"true", "false"} else float(word)
            )


def _copy(stack: list[Any]) -> None:
    count = int(stack.pop())
    stack.extend(stack[len(stack) - count :] if count else [])


def _roll(stack: list[Any]) -> None:
    by, count = int(stack.pop()), int(stack.pop())
    if count:
        top = stack[-count:]
        stack[-count:] = top[-by % count :] + top[: -by % count]


def _exchange(stack: list[Any]) -> None:
    stack[-1], stack[-2] = stack[-2], stack[-1]


def _logical(on_truth: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Of truths, or of whole numbers bit by bit."""
    return lambda a, b: on_truth(a, b) if isinstance(a, bool) else on_truth(int(a), int(b))


def _shifted(value: Any, by: Any) -> int:
    return int(value) << int(by) if by >= 0 else int(value) >> -int(by)


_MOVES: dict[str, Callable[[list[Any]], object]] = {
    "pop": lambda stack: stack.pop(), "dup": lambda stack: stack.append(stack[-1]), "exch": _exchange,
    "copy": _copy, "roll": _roll, "index": lambda stack: stack.append(stack[-1 - int(stack.pop())]),
}  # fmt: skip
_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "idiv": lambda a, b: int(int(a) / int(b)), "mod": math.fmod, "exp": operator.pow,
    "atan": lambda a, b: math.degrees(math.atan2(a, b)) % 360,
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
    "and": _logical(operator.and_), "or": _logical(operator.or_), "xor": _logical(operator.xor), "bitshift": _shifted,
}  # fmt: skip
_ONE: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg, "abs": abs, "sqrt": math.sqrt, "ln": math.log, "log": math.log10,
    "sin": lambda a: math.sin(math.radians(a)), "cos": lambda a: math.cos(math.radians(a)),
    "ceiling": math.ceil, "floor": math.floor, "round": lambda a: math.floor(a + 0.5), "truncate": math.trunc,
    "cvi": int, "cvr": float, "not": lambda a: not a if isinstance(a, bool) else ~int(a),
}  # fmt: skip
_KINDS: dict[int, Callable[[Any, Sequence[float], int], list[float]]] = {
    _SAMPLED: _sampled, _EXPONENTIAL: _exponential, _STITCHED: _stitched, _CALCULATED: _calculated,
}  # fmt: skip
