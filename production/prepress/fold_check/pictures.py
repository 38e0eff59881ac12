"""Two pictures compared: are they alike, what has the one more or less, how far is it off."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from production.prepress.fold_check.drawing import Picture

# Drawn at the same place by the same program, pictures of a page and of a sheet are equal to the dot but where a glyph
# lies between two dots. A tint of a tenth is 25 of 255.
NOISE = 24
_EPSILON = 1e-3
Mask: TypeAlias = np.ndarray  # (height, width) bool


def difference(one: Picture, other: Picture) -> Mask:
    """Where two pictures of one size differ in any color."""
    apart = np.maximum(one, other) - np.minimum(one, other)
    if int(apart.max(initial=0)) <= NOISE:
        return np.zeros(one.shape[:2], bool)
    found: Mask = apart.max(axis=2) > NOISE
    return found


def has_ink(picture: Picture) -> bool:
    """Whether anything stands on it."""
    return int(picture[:, :, :3].min(initial=255)) < 255 - NOISE


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
    """Row and column of the square, ``size`` dots a side, in which most changes both across and down; None when
    nothing does."""
    gray = picture[:, :, 1]
    rows, columns = gray.shape[0] // size, gray.shape[1] // size
    if not rows or not columns:
        return None
    gray = gray[: rows * size, : columns * size]
    energy = [
        np.abs(np.diff(gray.astype(np.int16), axis=axis, append=gray.take([-1], axis=axis).astype(np.int16)))
        .reshape(rows, size, columns, size)
        .sum(axis=(1, 3))
        for axis in (0, 1)
    ]
    least = np.minimum(*energy)
    row, column = np.unravel_index(int(least.argmax()), least.shape)
    return (int(row) * size, int(column) * size) if least[row, column] else None
