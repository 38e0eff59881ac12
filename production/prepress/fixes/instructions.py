"""The operators of drawings rewritten: pages, forms, patterns, glyphs and appearances, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pikepdf

from production.prepress.templates.drawings import Drawing, dictionary, drawings

Instruction: TypeAlias = tuple[Sequence[Any], pikepdf.Operator]
Edit: TypeAlias = Callable[[Drawing, list[Instruction]], list[Instruction]]


def say(word: str, *operands: Any) -> Instruction:
    """An instruction of our own; numbers with four digits."""
    return [round(one, 4) if isinstance(one, float) else one for one in operands], pikepdf.Operator(word)


def rewrite(pdf: pikepdf.Pdf, edit: Edit, *, leave: frozenset[tuple[int, int]] = frozenset()) -> None:
    """Every drawing of an open document as ``edit`` answers it; ``leave``: objects that stay as they are."""
    for drawing in list(drawings(pdf)):
        if drawing.is_picture or drawing.thing.objgen in leave:
            continue
        given: list[Instruction] = [
            (list(part.operands), part.operator) for part in pikepdf.parse_content_stream(drawing.thing)
        ]
        made = edit(drawing, given)
        if made is not given:
            drawing.rewrite(pikepdf.unparse_content_stream(made))


def named(drawing: Drawing, key: str) -> Any:
    """The resources of a kind that a drawing's operators name."""
    return dictionary(dictionary(drawing.resources).get(key))
