"""Barcodes drawn by our own rasteriser and by zint, level, skewed, turned, soft, among other print."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from kernel.errors import InvalidInput
from postal.barcodes import imb, imb_geometry, imb_image

from .test_imb import random_codes

CODE = ("00270123456000000789", "70802123456")


def raster(
    letters: str, dpi: float, *, degrees: float = 0.0, design: imb_geometry.Design = imb_geometry.NOMINAL
) -> np.ndarray:
    """Address-block picture: two lines of print-like strokes above the bars; dots are means of 9 samples."""
    margin = 25.0
    boxes = [(x + margin, y + margin, w, h) for x, y, w, h in design.rectangles(letters)]
    boxes += [
        (margin + n * 2.3, 48 + line * 12, 0.9 + n % 3 * 0.3, 6 + n % 2 * 2)
        for line in (0, 1)
        for n in range(80)
    ]
    wide, high = design.length + 2 * margin, 100.0
    columns, rows = round(wide * dpi / 72), round(high * dpi / 72)
    fine = 3
    scale = fine * dpi / 72
    bars = np.zeros((rows * fine, columns * fine), bool)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    for left, foot, width, height in boxes:
        # where the middle of the box has turned to, and the samples around it that it may cover
        x, y = left + width / 2 - wide / 2, foot + height / 2 - high / 2
        column, row = (x * cos - y * sin + wide / 2) * scale, (high / 2 - x * sin - y * cos) * scale
        reach = int((width + height) * scale) + 2
        area = (
            slice(max(int(row) - reach, 0), int(row) + reach),
            slice(max(int(column) - reach, 0), int(column) + reach),
        )
        down, along = np.ogrid[area][0][: bars[area].shape[0]], np.ogrid[area][1][:, : bars[area].shape[1]]
        dx, dy = (along + 0.5 - column) / scale, (row - down - 0.5) / scale
        inside = (abs(dx * cos + dy * sin) <= width / 2) & (abs(dy * cos - dx * sin) <= height / 2)
        bars[area] |= inside
    soft = bars.reshape(rows, fine, columns, fine).mean(axis=(1, 3))
    return (255 - 255 * soft).round().astype(np.uint8)


@pytest.mark.parametrize("dpi", [150, 200, 300, 600])
@pytest.mark.parametrize("code", random_codes(2, seed=11))
def test_level_print_at_usual_resolutions(dpi: int, code: tuple[str, str]) -> None:
    assert imb_image.read(raster(imb.encode(*code), dpi)) == code


@pytest.mark.parametrize("degrees", [-2.0, -1.4, -0.6, -0.2, 0.3, 0.9, 1.7, 2.0, 178.6, 180.0, 181.1])
@pytest.mark.parametrize("dpi", [200, 300])
def test_skewed_and_upside_down(dpi: int, degrees: float) -> None:
    assert imb_image.read(raster(imb.encode(*CODE), dpi, degrees=degrees)) == CODE


def sizes(pitch: float, bar_width: float, full: float, half: float, tracker: float) -> imb_geometry.Design:
    return imb_geometry.Design(*(inches * 72 for inches in (pitch, bar_width, full, half, tracker)))


@pytest.mark.parametrize(
    "design",
    [
        imb_geometry.DOTS_600,
        sizes(1 / 24, 0.025, 0.125, 0.082, 0.039),
        sizes(1 / 20, 0.015, 0.125, 0.091, 0.057),
        sizes(1 / 20, 0.025, 0.165, 0.111, 0.057),
        sizes(1 / 24, 0.015, 0.165, 0.111, 0.057),
    ],
)
def test_every_corner_of_the_allowed_sizes(design: imb_geometry.Design) -> None:
    assert imb_geometry.within_allowed(design)
    assert imb_image.read(raster(imb.encode(*CODE), 240, design=design)) == CODE


def test_faint_and_noisy_print() -> None:
    clean = raster(imb.encode(*CODE), 300, degrees=0.7).astype(float)
    noise = np.random.default_rng(12).normal(0, 12, clean.shape)
    scanned = np.clip(90 + clean * 0.5 + noise, 0, 255).astype(np.uint8)
    assert imb_image.read(scanned) == CODE


@pytest.mark.parametrize(
    "picture",
    [
        np.full((100, 400), 255, np.uint8),
        np.zeros((100, 400), np.uint8),
        np.zeros((0, 0), np.uint8),
        np.full((1, 700), 255, np.uint8),
        np.tile(np.array([0, 0, 255, 255, 255], np.uint8), (60, 65)),
        np.random.default_rng(13).integers(0, 256, (200, 900), np.uint8),
    ],
    ids=["blank", "black", "empty", "one row", "full bars only", "noise"],
)
def test_no_barcode(picture: np.ndarray) -> None:
    with pytest.raises(InvalidInput) as refusal:
        imb_image.read(picture)
    assert refusal.value.instance_code == "IMB_DECODE"


def test_a_barcode_with_a_bar_lost_or_cut_short_is_not_read() -> None:
    letters = imb.encode(*CODE)
    picture = raster(letters, 300)
    cut = picture[:, : picture.shape[1] - 125]
    lost = picture.copy()
    column = round((25 + 30 * imb_geometry.NOMINAL.pitch) * 300 / 72)
    lost[:, column - 3 : column + 9] = 255
    for spoiled in (
        cut,
        lost,
        raster(letters[:20] + "T" + letters[21:] if letters[20] != "T" else "F" * 65, 300),
    ):
        with pytest.raises(InvalidInput):
            imb_image.read(spoiled)


def test_a_picture_is_gray() -> None:
    with pytest.raises(TypeError, match="two-dimensional"):
        imb_image.read(np.zeros((10, 10, 3), np.uint8))


@pytest.mark.skipif(shutil.which("zint") is None, reason="zint is not installed")
@pytest.mark.parametrize("turn", [0, 180])
def test_zint_pictures(tmp_path: Path, turn: int) -> None:
    for number, (tracking, routing) in enumerate(random_codes(6, seed=14)):
        file = tmp_path / f"{number}.png"
        data = f"{tracking}-{routing}" if routing else tracking
        command = [
            "zint",
            "-b",
            "85",
            "-d",
            data,
            "-o",
            str(file),
            "--scale=3",
            f"--rotate={turn}",
            "-w",
            "5",
        ]
        subprocess.run(command, check=True, capture_output=True)
        with Image.open(file) as picture:
            assert imb_image.read(np.asarray(picture.convert("L"))) == (tracking, routing)


@pytest.mark.parametrize("dpi", [200, 300, 600])
def test_a_pdf_page_as_pdfium_renders_it(dpi: int) -> None:
    code = random_codes(1, seed=dpi)[0]
    paper = BytesIO()
    page = Canvas(paper, pagesize=(300, 120))
    page.drawString(30, 70, "The quick brown fox 1234567890 Illi")
    for x, y, width, height in imb_geometry.NOMINAL.rectangles(imb.encode(*code)):
        page.rect(40.3 + x, 30.7 + y, width, height, stroke=0, fill=1)
    page.save()
    document = pypdfium2.PdfDocument(paper.getvalue())
    picture = document[0].render(scale=dpi / 72, grayscale=True).to_numpy()
    document.close()
    assert imb_image.read(picture.reshape(picture.shape[:2])) == code
