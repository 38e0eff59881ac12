"""Barcodes read back from what was really printed: pages of a print file as a printer or a scanner gives them."""

from __future__ import annotations

import io
import shutil
import subprocess

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import select

from kernel.errors import InvalidInput
from postal.barcodes import imb_image
from production.jobs.models import Operation
from production.jobs.states import OperationCode
from production.mailings.models import PresortStream
from production.mailroom.pieces.story import story
from production.prepress.merge import barcode_child
from store.db import Actor

LOOKING = Actor("looking")


@pytest.fixture(scope="module")
def printed(walked_plant):
    """The print file of the first segment, and what the barcodes of its first two pieces say."""
    with walked_plant.db.read_only(LOOKING) as session:
        stream = session.scalars(select(PresortStream)).one()
        merge = session.scalars(
            select(Operation)
            .filter_by(lot_id=stream.id, type=OperationCode.MERGE)
            .order_by(Operation.segment)
        ).first()
        told = [
            story(session, walked_plant.files, stream_number=stream.number, piece=piece) for piece in (1, 2)
        ]
    path = walked_plant.files.path(merge.file_sha256)
    return path, stream.pages_per_piece, [(one.tracking, one.letter.routing) for one in told]


def drawn(printed, dpi: int, piece: int = 1) -> Image.Image:
    """The first page of a piece as pdfium draws it."""
    path, pages, _ = printed
    page = pypdfium2.PdfDocument(path)[(piece - 1) * pages]
    return page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def address(page: Image.Image, dpi: int) -> Image.Image:
    """The part of a page a window shows."""
    return page.crop([round(inches * dpi) for inches in (0.7, 2.1, 4.7, 3.4)])


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)


def faint(dots: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return dots * 0.35 + 110


def noisy(dots: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dots * 0.7 + 40 + rng.normal(0, 40, dots.shape)


def specked(dots: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chance = rng.random(dots.shape)
    return np.where(chance < 0.02, 0, np.where(chance > 0.98, 255, dots))


def shaded(dots: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """A shadow from one side to the other, as under a lid that does not close."""
    return (dots * 0.6 + 60) * np.linspace(0.35, 1, dots.shape[1])[None, :]


def framed(dots: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """The dark lid around a piece."""
    dots = dots.copy()
    dots[:30], dots[-40:], dots[:, :25] = 15, 0, 20
    return dots


SPOILS = (faint, noisy, specked, shaded, framed)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize(("dpi", "degrees"), [(300, -2.0), (300, 0.6), (400, 1.4), (600, 2.0), (600, 181.2)])
def test_scans_of_every_kind(printed, dpi, degrees, spoil):
    dots = np.asarray(turned(address(drawn(printed, dpi), dpi), degrees), float)
    seen = np.clip(spoil(dots, np.random.default_rng(7)), 0, 255).astype(np.uint8)
    assert imb_image.read(seen) == printed[2][0]


@pytest.mark.parametrize("dpi", [300, 600])
@pytest.mark.parametrize("radius", [0.6, 1.6])
def test_out_of_focus_and_compressed(printed, dpi, radius):
    soft = turned(address(drawn(printed, dpi, 2), dpi), -1.1).filter(
        ImageFilter.GaussianBlur(radius * dpi / 300)
    )
    squeezed = io.BytesIO()
    soft.save(squeezed, "JPEG", quality=35)
    assert imb_image.read(np.asarray(Image.open(squeezed))) == printed[2][1]


@pytest.mark.parametrize(("dpi", "degrees"), [(150, 0.0), (300, 1.9), (600, -1.3), (600, 180.4)])
def test_a_whole_page_is_searched(printed, dpi, degrees):
    assert imb_image.read(np.asarray(turned(drawn(printed, dpi), degrees))) == printed[2][0]


def test_a_page_without_a_barcode_and_one_with_a_bar_scraped_off(printed):
    path, _, _ = printed
    second = pypdfium2.PdfDocument(path)[1].render(scale=200 / 72, grayscale=True).to_numpy().squeeze()
    dots = np.array(address(drawn(printed, 300), 300))
    rows = np.flatnonzero((dots < 128).sum(axis=1) > 300)
    columns = np.flatnonzero((dots[rows] < 128).any(axis=0))
    scraped = dots.copy()
    scraped[:, columns[300] - 12 : columns[300] + 13] = 255
    for picture in (second, scraped):
        with pytest.raises(InvalidInput) as refusal:
            imb_image.read(picture)
        assert refusal.value.instance_code == "IMB_DECODE"


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
@pytest.mark.parametrize("dpi", [300, 600])
def test_another_renderer_agrees(printed, tmp_path, dpi):
    path, pages, told = printed
    command = ["pdftoppm", "-r", str(dpi), "-f", str(pages + 1), "-l", str(pages + 1), "-gray", str(path)]
    subprocess.run([*command, str(tmp_path / "page")], check=True, capture_output=True)
    (picture,) = tmp_path.iterdir()
    assert imb_image.read(np.asarray(Image.open(picture))) == told[1]


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "pdf"])
def test_files_of_every_kind(printed, tmp_path, kind):
    path, pages, told = printed
    page = 1
    if kind == "pdf":
        file, page = path, pages + 1
    else:
        file = tmp_path / f"scan.{kind}"
        more = {"save_all": True, "append_images": [drawn(printed, 200, 2)]} if kind == "tif" else {}
        drawn(printed, 200).save(file, **more)
    answer = barcode_child.read(str(file), page, 300)
    assert answer == told[1 if kind == "pdf" else 0]
    if kind == "tif":
        assert barcode_child.read(str(file), 2, 300) == told[1]
    with pytest.raises(InvalidInput) as refused:
        barcode_child.read(str(file), 9_999, 300)
    assert refused.value.instance_code == "TYPE_MISMATCH"
