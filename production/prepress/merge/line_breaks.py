"""Where the lines of wrapped texts break, for a whole column at once: words are columns, and the only loop runs
over line numbers and sizes, never over texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SLACK = 1.0  # thousandths of the size: a line may be this much too wide (rounding of widths)
_SPACE, _LINE_FEED = 32, 10


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines of all texts, text by text: ``text``, ``start`` and ``stop`` (places in the column's characters) of
    each line; the number of the size and whether everything fits, of each text."""

    text: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    size: np.ndarray
    fits: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """Words in order: their characters, running widths there, the last word of the paragraph; words of each text."""

    start: np.ndarray
    stop: np.ndarray
    left: np.ndarray
    right: np.ndarray
    paragraph_end: np.ndarray
    first: np.ndarray
    last: np.ndarray


def break_lines(
    codes: np.ndarray,
    spans: tuple[np.ndarray, np.ndarray],
    advances: np.ndarray,
    *,
    unit: float,
    rooms: np.ndarray,
    heights: np.ndarray,
) -> Lines:
    """Greedy lines of each text (its span in ``codes``) at the first size it fits, else at the last one, cut to the
    box. ``advances``: width of each character in ``unit`` thousandths of the size (int64); ``rooms``: width of a line
    in thousandths; ``heights``: how many lines, size by size. Breaks at spaces, and always at line feeds.
    """
    words = _words(codes, spans, advances, unit)
    count = len(spans[0])
    widest = np.maximum.reduceat(words.right - words.left, words.first) if count else np.zeros(0)
    size, fits = np.zeros(count, np.int64), np.zeros(count, bool)
    waiting = np.arange(count)
    found: list[tuple[np.ndarray, ...]] = []
    for number, (room, height) in enumerate(zip(rooms, heights, strict=True)):
        lines, is_whole = _fill(words, waiting, room + _SLACK, max(1, int(height)))
        good = is_whole & (widest[waiting] <= room + _SLACK) & (height >= 1)
        settled = good | (number == len(rooms) - 1)
        size[waiting[settled]], fits[waiting[settled]] = number, good[settled]
        is_settled = np.zeros(count, bool)
        is_settled[waiting[settled]] = True
        found += [tuple(column[is_settled[text]] for column in (text, *rest)) for text, *rest in lines]
        waiting = waiting[~settled]
        if not len(waiting):
            break
    text, first, last = (np.concatenate(column) for column in zip(*found, strict=True)) if found else _NOTHING
    order = np.argsort(text, kind="stable")
    return Lines(text[order], words.start[first[order]], words.stop[last[order]], size, fits)


_NOTHING = (np.zeros(0, np.int64),) * 3


def _words(
    codes: np.ndarray, spans: tuple[np.ndarray, np.ndarray], advances: np.ndarray, unit: float
) -> _Words:
    """A text of k separators has k + 1 words, empty ones among them."""
    starts, stops = spans
    breaks = np.flatnonzero((codes == _SPACE) | (codes == _LINE_FEED))
    last = np.searchsorted(breaks, stops) + np.arange(len(starts))
    first = np.append(0, last[:-1] + 1)[: len(last)]
    # Break k of text t ends word k + t; the last word of a text ends with it.
    word = np.arange(len(breaks)) + np.repeat(np.arange(len(starts)), last - first)
    start, stop = (np.empty(len(breaks) + len(starts), np.int64) for _ in range(2))
    start[first], start[word + 1] = starts, breaks + 1
    stop[last], stop[word] = stops, breaks
    running = np.zeros(len(advances) + 1, np.int64)
    np.cumsum(advances, out=running[1:])
    feeds = word[codes[breaks] == _LINE_FEED]
    is_end = np.zeros(len(start), bool)
    is_end[feeds] = is_end[last] = True
    ends = np.flatnonzero(is_end)
    paragraph_end = np.repeat(ends, np.diff(ends, prepend=-1))
    return _Words(start, stop, running[start] * unit, running[stop] * unit, paragraph_end, first, last)


def _fill(
    words: _Words, texts: np.ndarray, room: float, height: int
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], np.ndarray]:
    """At most ``height`` lines of each text as (text, first word, last word), line number by line number, and
    whether that was all of it."""
    lines = []
    is_whole = np.zeros(len(texts), bool)
    open_ = np.arange(len(texts))
    at = words.first[texts]
    for _ in range(height):
        fitting = np.searchsorted(words.right, words.left[at] + room, side="right") - 1
        end = np.clip(fitting, at, words.paragraph_end[at])
        lines.append((texts[open_], at, end))
        ended = end == words.last[texts[open_]]
        is_whole[open_[ended]] = True
        open_, at = open_[~ended], end[~ended] + 1
        if not len(open_):
            break
    return lines, is_whole
