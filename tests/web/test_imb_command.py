"""``indicia imb``: lines in, lines out, and a picture read back."""

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from kernel.errors import InvalidInput
from postal.barcodes.imb import encode
from postal.barcodes.imb_geometry import NOMINAL
from web.commands.codes import imb

TRACKING, ROUTING = "01234567094987654321", "01234567891"


def test_lines_go_both_ways_and_bad_ones_keep_their_place():
    letters = (
        CliRunner().invoke(imb, ["encode"], input=f"{TRACKING},{ROUTING}\n15345678901234567890,\n").output
    )
    assert letters.splitlines() == [encode(TRACKING, ROUTING), "ERROR IMB_FIELD"]
    back = CliRunner().invoke(imb, ["decode"], input=letters).output
    assert back.splitlines() == [f"{TRACKING},{ROUTING}", "ERROR IMB_DECODE"]


@pytest.mark.parametrize("turn", [0, 1, 180])
def test_a_picture_is_read(tmp_path, turn):
    scale = 300 / 72
    picture = Image.new("L", (1100, 160), 255)
    for x, y, width, height in NOMINAL.rectangles(encode(TRACKING, ROUTING)):
        left, top = round(60 + x * scale), round(110 - (y + height) * scale)
        picture.paste(0, (left, top, left + round(width * scale), top + round(height * scale)))
    path = tmp_path / "scan.png"
    picture.rotate(turn, fillcolor=255).save(path)
    answer = CliRunner().invoke(imb, ["read", str(path), "--json"])
    assert json.loads(answer.output) == {"tracking": TRACKING, "routing": ROUTING}


def test_what_is_no_picture_is_said_so(tmp_path):
    path = tmp_path / "scan.png"
    path.write_text("not a picture")
    answer = CliRunner().invoke(imb, ["read", str(path)])
    assert isinstance(answer.exception, InvalidInput)
