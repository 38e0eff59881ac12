"""Two pictures compared: are they alike, what has the one more or less, how far is it off."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from production.prepress.fold_check.drawing import Picture

# Drawn at the same place by the same program, pictures of a page and of a sheet are equal to the dot but where a glyph
# lies between two dots. A tint of a tenth is 25 of 255.
NOISE = 24
_EPSILON = 1e-3
_WHITE = np.uint32(0xFFFFFFFF)
_ROWS = 32  # looked at together: most pages have ink near their top
_DARK = 160  # of 255
Mask: TypeAlias = np.ndarray  # (height, width) bool


def difference(one: Picture, other: Picture) -> Mask:
    """Where two pictures of one size differ in any color. Most dots are equal, and are compared four bytes at once."""
    found: Mask = (one.view(np.uint32) != other.view(np.uint32))[:, :, 0]
    places = np.flatnonzero(found)
    if places.size:
        rows, columns = np.divmod(places, found.shape[1])
        ours, theirs = one[rows, columns, :3], other[rows, columns, :3]
        found[rows, columns] = (np.maximum(ours, theirs) - np.minimum(ours, theirs)).max(axis=1) > NOISE
    return found


def has_ink(picture: Picture) -> bool:
    """Whether anything stands on it."""
    return any(
        int(picture[top : top + _ROWS, :, :3].min()) < 255 - NOISE
        for top in range(0, picture.shape[0], _ROWS)
    )


def is_white(picture: Picture) -> bool:
    """Whether nothing at all stands on it."""
    return bool((picture.view(np.uint32) == _WHITE).all())


def lost_and_added(sheet: Picture, page: Picture) -> tuple[Mask, Mask]:
    """Where the sheet is lighter than the page anywhere within a dot, and where darker: edges that fall between dots
    elsewhere are neither."""
    low, high = _around(page)
    lost = np.maximum(sheet, high) - high
    added = low - np.minimum(sheet, low)
    return lost.max(axis=2, initial=0) > NOISE, added.max(axis=2, initial=0) > NOISE


def _around(picture: Picture) -> tuple[Picture, Picture]:
    """The darkest and the lightest of the nine dots around each."""
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    columns = [padded[:, k : k + picture.shape[1]] for k in range(3)]
    low, high = np.minimum.reduce(columns), np.maximum.reduce(columns)
    rows = slice(0, picture.shape[0]), slice(1, 1 + picture.shape[0]), slice(2, 2 + picture.shape[0])
    return (
        np.minimum.reduce([low[part] for part in rows]),
        np.maximum.reduce([high[part] for part in rows]),
    )


def offset(sheet: Picture, page: Picture) -> tuple[float, float]:
    """How far what stands on the page stands further right and further up on the sheet, in dots, by the peak of the
    phase correlation (Kuglin and Hines 1975) and a parabola through its neighbors."""
    one, other = (np.fft.rfft2(255.0 - picture[:, :, 1]) for picture in (sheet, page))
    cross = one * np.conj(other)
    size = np.abs(cross)
    surface = np.fft.irfft2(cross / (size + _EPSILON * size.max(initial=0.0) + 1e-12), s=sheet.shape[:2])
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    down = _signed(int(row), surface.shape[0]) + _peak(surface[:, column], int(row))
    right = _signed(int(column), surface.shape[1]) + _peak(surface[row], int(column))
    return right, -down


def _signed(place: int, length: int) -> int:
    return place - length if place > length // 2 else place


def _peak(line: np.ndarray, at: int) -> float:
    """Where between its neighbors the top of the curve lies."""
    before, top, after = (float(line[(at + step) % len(line)]) for step in (-1, 0, 1))
    bend = before - 2 * top + after
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, (before - after) / (2 * bend)))


def busiest(picture: Picture, size: int) -> tuple[int, int] | None:
    """Row and column of the square, ``size`` dots a side, that has most corners: there a displacement shows both
    across and down. None where nothing has any."""
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    part = picture[: rows * size, : columns * size]
    for is_dark in (_is_inked, _is_dark, _is_below_mean):
        dark = is_dark(part)
        corners = np.zeros(dark.shape, np.uint8)
        corners[1:, 1:] = (dark[1:, 1:] != dark[:-1, 1:]) & (dark[1:, 1:] != dark[1:, :-1])
        if corners.any():
            by_row = corners.reshape(rows, size, -1).sum(axis=1, dtype=np.uint8)
            counts = by_row.reshape(rows, columns, size).sum(axis=2)
            row, column = np.unravel_index(int(counts.argmax()), counts.shape)
            return int(row) * size, int(column) * size
    return None


def _is_inked(picture: Picture) -> Mask:
    found: Mask = picture.view(np.uint32)[:, :, 0] != _WHITE
    return found


def _is_dark(picture: Picture) -> Mask:
    found: Mask = picture[:, :, 1] < _DARK
    return found


def _is_below_mean(picture: Picture) -> Mask:
    gray = picture[:, :, 1]
    found: Mask = gray < (gray.mean() if gray.size else 0)
    return found
