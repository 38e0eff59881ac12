"""Make the CMYK profile that fixes convert to, from a measured one that only tells what color inks have.

.venv/bin/python scripts/cmyk_profile.py CGATS001Compat-v2-micro.icc

The source is the compact profile of CGATS TR 001 (SWOP, coated stock) of
github.com/saucecontrol/Compact-ICC-Profiles, in the public domain (CC0). It holds ink to color. The way back is
worked out here: for each color of a grid the inks that come nearest, black before colored inks in dark neutral
places, and never more ink in all than the limit of print orders."""

from __future__ import annotations

import struct
import sys
from itertools import product
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "production" / "prepress" / "fixes" / "data" / "press_cmyk.icc"
MOST_INK = 2.95  # of 3.0 (preflight.toml): between the points of the grid it may be a little more
_GRID = 17
_HEAD, _ENTRY = 128, 12  # bytes of an ICC header, and of an entry of its table of tags (ICC.1:2001-04, 6)
_L_FULL, _AB_UNIT = 65280 / 100, 256.0  # Lab as 16 bits (ICC.1:2001-04, annex A)
_STEPS, _DIFFERENCE = 60, 1e-3
_KEEP_BLACK, _KEEP_LIMIT = 12.0, 300.0  # weights beside one unit of Lab


class Inks:
    """What color inks have: the table ``A2B0`` of a profile (type mft2)."""

    def __init__(self, tag: bytes) -> None:
        self.grid = tag[10]
        entries, _ = struct.unpack(">2H", tag[48:52])  # its output curves are two points, and straight
        numbers = np.frombuffer(tag[52:], ">u2").astype(float)
        self.curves = numbers[: 4 * entries].reshape(4, entries) / 65535
        colors = numbers[4 * entries : 4 * entries + self.grid**4 * 3]
        self.colors = colors.reshape(*[self.grid] * 4, 3)

    def lab(self, inks: np.ndarray) -> np.ndarray:
        """Lab of (n, 4) shares of ink, between the points of the table in straight lines."""
        places = np.linspace(0, 1, self.curves.shape[1])
        at = np.stack([np.interp(inks[:, k], places, self.curves[k]) for k in range(4)], 1) * (self.grid - 1)
        low = np.clip(at.astype(int), 0, self.grid - 2)
        part = at - low
        told = np.zeros((len(inks), 3))
        for corner in product((0, 1), repeat=4):
            weight = np.prod(np.where(corner, part, 1 - part), axis=1)
            told += weight[:, None] * self.colors[tuple((low + corner).T)]
        return np.stack([told[:, 0] / _L_FULL, told[:, 1] / _AB_UNIT - 128, told[:, 2] / _AB_UNIT - 128], 1)


def black_of(lab: np.ndarray) -> np.ndarray:
    """How much black a color has: from the middle of the scale on, less where it is colorful."""
    dark: np.ndarray = np.clip((65 - lab[:, 0]) / 60, 0, 1) ** 1.3
    neutral: np.ndarray = np.clip(1 - np.hypot(lab[:, 1], lab[:, 2]) / 90, 0, 1)
    black: np.ndarray = dark * neutral
    return black


def nearest(inks: Inks, wanted: np.ndarray) -> np.ndarray:
    """Inks for (n, 3) Lab, by damped least squares."""
    black = black_of(wanted)
    found = np.stack([*[np.clip((100 - wanted[:, 0]) / 150, 0, 0.6)] * 3, black], 1)
    damping = np.full(len(wanted), 10.0)
    off = residual(inks, found, wanted, black)
    for _ in range(_STEPS):
        slopes = np.stack([
            (residual(inks, found + _DIFFERENCE * np.eye(4)[k], wanted, black) - off) / _DIFFERENCE for k in range(4)
        ], 2)  # fmt: skip
        normal = np.einsum("nij,nik->njk", slopes, slopes) + damping[:, None, None] * np.eye(4)
        step = np.linalg.solve(normal, np.einsum("nij,ni->nj", slopes, off)[..., None])[..., 0]
        tried = np.clip(found - step, 0, 1)
        now = residual(inks, tried, wanted, black)
        is_better = (now**2).sum(1) < (off**2).sum(1)
        found[is_better], off[is_better] = tried[is_better], now[is_better]
        damping = np.clip(np.where(is_better, damping / 3, damping * 4), 1e-3, 1e9)
    excess = np.clip(found.sum(1) - MOST_INK, 0, None)
    colored = found[:, :3].sum(1)
    found[:, :3] *= (1 - excess / np.where(colored > 0, colored, 1))[:, None]
    return found


def residual(inks: Inks, found: np.ndarray, wanted: np.ndarray, black: np.ndarray) -> np.ndarray:
    """How far off inks are: in color, in black, and over the limit."""
    over = np.clip(found.sum(1) - MOST_INK, 0, None)
    return np.concatenate(
        [
            inks.lab(np.clip(found, 0, 1)) - wanted,
            _KEEP_BLACK * (found[:, 3:] - black[:, None]),
            _KEEP_LIMIT * over[:, None],
        ],
        1,
    )


def way_back(inks: Inks) -> bytes:
    """A table ``B2A0`` (type mft2)."""
    steps = np.linspace(0, 65535, _GRID)
    lightness, a, b = np.meshgrid(
        steps / _L_FULL, steps / _AB_UNIT - 128, steps / _AB_UNIT - 128, indexing="ij"
    )
    wanted = np.stack([np.minimum(lightness.ravel(), 100), a.ravel(), b.ravel()], 1)
    table = np.round(nearest(inks, wanted) * 65535).astype(">u2").tobytes()
    straight = struct.pack(">2H", 0, 65535)
    head = (
        b"mft2\0\0\0\0"
        + bytes([3, 4, _GRID, 0])
        + struct.pack(">9i", *(65536 * (k % 4 == 0) for k in range(9)))
    )
    return head + struct.pack(">2H", 2, 2) + straight * 3 + table + straight * 4


def tags_of(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack(">I", profile[_HEAD : _HEAD + 4])
    found = {}
    for k in range(count):
        name, start, size = struct.unpack(">4sII", profile[_HEAD + 4 + _ENTRY * k :][:_ENTRY])
        found[name] = profile[start : start + size]
    return found


def text(words: bytes) -> bytes:
    """A description (type desc) in ASCII alone."""
    return b"desc\0\0\0\0" + struct.pack(">I", len(words) + 1) + words + b"\0" + bytes(78)


def profile_of(head: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile of these tags, of the class of output devices."""
    start = _HEAD + 4 + _ENTRY * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    whole = head[:12] + b"prtr" + head[16:] + table + data
    return struct.pack(">I", len(whole)) + whole[4:]


def main() -> None:
    """Reads the source, writes the profile."""
    source = Path(sys.argv[1]).read_bytes()
    tags = tags_of(source)
    tags[b"desc"] = text(b"CGATS TR 001 (SWOP) with ink limit 300 %")
    tags[b"B2A0"] = way_back(Inks(tags[b"A2B0"]))
    OUT.write_bytes(profile_of(source[:_HEAD], tags))
    print(f"{OUT.relative_to(ROOT)}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
