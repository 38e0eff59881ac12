"""The rendered look at a page for a press: where paint stops at the trim, what comes too near to it, and color.
Called only inside the sandbox."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pypdfium2

from production.prepress.preflight.color import shows_color
from production.prepress.preflight.finish import HIGH, LEFT, LOW, RIGHT, Finish
from production.prepress.templates.page_boxes import Box
from production.prepress.templates.rendering import runs

DPI = 100
_MOST_DOTS = 20_000_000  # of a picture: a poster is looked at more coarsely
_PAPER = 245  # of 255: lighter is paper
_FEW = 8  # dots along an edge; fewer are chance
_DEEP = 6  # dots inwards from the trim; what is thinner is a line that ends or runs along there
_EDGE = 2  # dots beside the trim, where its own line may fall between dots
_TOUCH = 3  # dots along an edge: what lies so near to something that runs over the trim belongs to it


@dataclass(frozen=True, slots=True)
class PageLook:
    """What is seen of a page. ``unbled``: where paint ends at the trim; ``near``: what lies nearer to it than it
    should and does not run over it, and how near in points. Boxes in points as displayed."""

    page: int
    is_colored: bool = False
    unbled: Box | None = None
    near: Box | None = None
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for: ``bleed`` around the trim and ``safe`` zone inside it, points; ``colored``: the pages that
    may show color; ``seconds`` of processor time that it may take."""

    bleed: float
    safe: float
    colored: frozenset[int]
    seconds: float


def look(pdf: str | bytes, finishes: Sequence[Finish], asked: Asked) -> list[PageLook]:
    """The pages of a file, as many as can be rendered in the time. They are seen as far as their frames."""
    document, started = pypdfium2.PdfDocument(pdf), time.process_time()
    seen: list[PageLook] = []
    for finish in finishes:
        if time.process_time() - started > asked.seconds:
            break
        page = document[finish.page - 1]
        seen.append(_look(page, finish, asked))
        page.close()
    return seen


def _look(page: Any, finish: Finish, asked: Asked) -> PageLook:
    width, height = page.get_size()
    scale = min(DPI / 72, (_MOST_DOTS / max(1.0, width * height)) ** 0.5)
    image: Any = page.render(scale=scale, draw_annots=False, optimize_mode="print")
    picture = _Picture(image.to_numpy(), finish, scale / finish.unit)
    edges = [_Edge(picture, side, min(asked.bleed, finish.bleed), asked.safe) for side in finish.cut]
    unbled = next(filter(None, (edge.unbled() for edge in edges)), None)
    near = min(filter(None, (edge.near() for edge in edges)), default=(0.0, None))
    is_colored = finish.page in asked.colored and shows_color(picture.inside)
    made = PageLook(finish.page, is_colored, unbled, near[1], near[0])
    image.close()
    return made


class _Picture:
    """Dots of a page with its trim among them. ``scale``: dots a point as displayed."""

    def __init__(self, dots: np.ndarray, finish: Finish, scale: float) -> None:
        self.dots, self.scale, self.frame = dots, scale, finish.frame
        left, low, right, high = finish.trim
        height, width = dots.shape[:2]
        self.left = min(max(0, round((left - self.frame[0]) * scale)), width)
        self.right = min(max(0, round((right - self.frame[0]) * scale)), width)
        self.top = min(max(0, height - round((high - self.frame[1]) * scale)), height)
        self.bottom = min(max(0, height - round((low - self.frame[1]) * scale)), height)

    @property
    def inside(self) -> np.ndarray:
        """The dots of the finished page."""
        return self.dots[self.top : self.bottom, self.left : self.right]

    def band(self, side: int, out: int, within: int) -> tuple[np.ndarray, int]:
        """Whether dots beside the trim have ink: a row for each dot along the edge, from ``out`` dots outside it to
        ``within`` dots inside; and at which of them the edge is."""
        height, width = self.dots.shape[:2]
        turned, edge = {
            LEFT: (self.dots, self.left),
            RIGHT: (self.dots[:, ::-1], width - self.right),
            HIGH: (self.dots.swapaxes(0, 1), self.top),
            LOW: (self.dots[::-1].swapaxes(0, 1), height - self.bottom),
        }[side]
        along = slice(self.top, self.bottom) if side in (LEFT, RIGHT) else slice(self.left, self.right)
        start = max(0, edge - out)
        strip = turned[along, start : edge + within]
        darkest = strip if strip.ndim < 3 else reduce(np.minimum, (strip[:, :, k] for k in range(3)))
        return darkest < _PAPER, edge - start

    def box(self, side: int, start: int, end: int, shallow: int, deep: int) -> Box:
        """Dots along an edge and inwards from it, as points of the page as displayed."""
        height = self.dots.shape[0]
        left, top, right, bottom = {
            LEFT: (self.left + shallow, self.top + start, self.left + deep, self.top + end),
            RIGHT: (self.right - deep, self.top + start, self.right - shallow, self.top + end),
            HIGH: (self.left + start, self.top + shallow, self.left + end, self.top + deep),
            LOW: (self.left + start, self.bottom - deep, self.left + end, self.bottom - shallow),
        }[side]
        x, y = self.frame[:2]
        return (
            left / self.scale + x, (height - bottom) / self.scale + y,
            right / self.scale + x, (height - top) / self.scale + y,
        )  # fmt: skip


class _Edge:
    """One side of the trim. ``bleed`` and ``safe`` in points."""

    def __init__(self, picture: _Picture, side: int, bleed: float, safe: float) -> None:
        self.picture, self.side = picture, side
        self.out, self.depth = int(bleed * picture.scale), int(safe * picture.scale)
        self.ink, self.at = picture.band(side, self.out, max(self.depth, _DEEP))
        self.over = np.asarray(self.ink[:, self.at : self.at + _EDGE].any(axis=1))

    def unbled(self) -> Box | None:
        """Where paint beside the trim has none outside it, in the outer half of the bleed."""
        if self.out < _EDGE or not self.over.any():
            return None
        painted = np.asarray(self.ink[:, self.at : self.at + _DEEP].all(axis=1))
        ends = np.logical_and(painted, ~self.ink[:, : self.at - self.out // 2].any(axis=1))
        found = [run for run in runs(ends) if run[1] - run[0] >= _FEW]
        return self.picture.box(self.side, found[0][0], found[-1][1], 0, self.out) if found else None

    def near(self) -> tuple[float, Box] | None:
        """The nearest thing that stands inside the safe zone and does not run over the trim, and its distance."""
        band = self.ink[:, self.at + _EDGE : self.at + self.depth]
        alone = np.logical_and(band.any(axis=1), ~self.over)
        found = [
            (start, end)
            for start, end in runs(alone, gap=_TOUCH)
            if not self.over[max(0, start - _TOUCH) : end + _TOUCH].any()
        ]
        if not found:
            return None
        nearest, start, end = min((int(band[a:b].any(axis=0).argmax()), a, b) for a, b in found)
        box = self.picture.box(self.side, start, end, nearest + _EDGE, self.depth)
        return (nearest + _EDGE) / self.picture.scale, box
