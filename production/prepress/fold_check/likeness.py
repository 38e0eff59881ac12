"""Which page of the input it is that stands somewhere else than it should."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from production.prepress.fold_check.cells import Cell
from production.prepress.fold_check.drawing import Document, Pose, Window
from production.prepress.fold_check.sides import Side

_LONG_SIDE = 48  # dots of a small picture
_MOST_PAGES = 2_000  # that a place is compared with: the nearest by number
_BEST = 6


class Likeness:
    """Small pictures and texts of pages, made when they are first needed."""

    def __init__(self, pages: Document) -> None:
        self.pages = pages
        self._texts: dict[int, str] = {}
        self._small: dict[tuple[object, ...], np.ndarray] = {}

    def candidates(self, side: Side, cell: Cell, window: Window) -> Iterator[tuple[int, int]]:
        """Pages with degrees clockwise that could stand there, the likeliest first."""
        turns = [(cell.turn + turn) % 360 for turn in (0, 180, 90, 270)]
        if cell.page is not None:
            yield from ((cell.page, turn) for turn in turns[1:])
        near = self._near(cell.page or 1)
        text = _squeezed(
            side.page.text((window.left, window.low, window.left + window.width, window.low + window.height))
        )
        alike = [number for number in near if text and self._text(number) == text]
        yield from ((number, turn) for number in alike[:_BEST] for turn in turns)
        width, height = window.width, window.height
        small = Window(window.left, window.low, width, height, _LONG_SIDE / max(width, height))
        sheet = side.page.draw(small)[:, :, 1].astype(np.int16)
        scored = sorted(
            (
                float(np.abs(self._picture(number, small, Pose(cell.center, turn)) - sheet).mean()),
                number,
                turn,
            )
            for number in near
            for turn in turns[:2]
        )
        yield from ((number, turn) for _, number, turn in scored[:_BEST])

    def _near(self, number: int) -> list[int]:
        first = max(1, min(number - _MOST_PAGES // 2, len(self.pages) - _MOST_PAGES + 1))
        return list(range(first, min(len(self.pages), first + _MOST_PAGES - 1) + 1))

    def _text(self, number: int) -> str:
        if number not in self._texts:
            self._texts[number] = _squeezed(self.pages[number].text())
        return self._texts[number]

    def _picture(self, number: int, window: Window, pose: Pose) -> np.ndarray:
        at = round(pose.center[0] - window.left), round(pose.center[1] - window.low)
        key = (number, pose.turn, *at, window.dots)
        if key not in self._small:
            self._small[key] = self.pages[number].draw(window, pose)[:, :, 1].astype(np.int16)
        return self._small[key]


def _squeezed(text: str) -> str:
    return "".join(text.split())
