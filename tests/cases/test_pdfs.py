"""Letter templates as public reports tell of them: what is said before anything prints, and what is printed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from production.prepress.merge.fields import Fields, default_fields
from production.prepress.merge.print_file import PageMarks, Part, compile_template, merge_parts
from production.prepress.preflight.pdf import NOT_ORDERED, Ordered, preflight_pdf
from production.prepress.preflight.zones import find_conflicts
from tests.production.prepress.letters import make_imb, make_table
from tests.production.prepress.pages import everything, print_pages, words

PDFS = Path(__file__).parent / "pdfs"
FOX, STAMPED = "The quick brown fox", "The quick brown fox APPROVED 12345"
ONE_INK, PRINT_ORDER = Ordered(inks=1), Ordered(product="print")
IN_ADDRESS = {"ADDRESS_ZONE_CONFLICT": "stop", "BARCODE_ZONE_CONFLICT": "stop"}

# file: what is said besides that the font is not embedded
SAID: dict[str, dict[str, str]] = {
    "c01_indirect_font_name": {},
    "c02_indirect_colourspace_name": {"PREFLIGHT_COLOR": "warn"},
    "c05_bad_startxref": {"PDF_REPAIRED": "warn"},
    "c06_page_group_cmyk_blend": {"PREFLIGHT_COLOR": "warn", "PREFLIGHT_TRANSPARENCY": "note"},
    "c07_widget_without_acroform": {"PDF_FORM_FIELDS": "warn"},
    "c09_visible_signature": {"PDF_SIGNED": "warn"},
    "c10_latin1_resource_name": {},
    "c14_contents_array_with_null": {"PDF_REPAIRED": "warn"},
    "c17_contents_dict": {"PDF_DAMAGED": "stop"},
    "c22_layers_a": {"PDF_LAYERS": "note"},
    "c23_layers_b": {"PDF_LAYERS": "note"},
    "c25_print_only_layer_under_address": {"PDF_LAYERS": "warn"},
    "c26_false_cmyk_401_k": {"PREFLIGHT_COLOR": "warn"},
    "c27_cs_sc_rgb": {"PREFLIGHT_COLOR": "warn"},
    "c29_inline_image_rgb": {"PREFLIGHT_COLOR": "warn"},
    "c31_cmyk_colour_text": {"PREFLIGHT_COLOR": "warn"},
    "c33_blend_only": {"PREFLIGHT_TRANSPARENCY": "note"},
    "c35_bleed_letter": {"PREFLIGHT_BLEED": "note"},
    "c38_userunit2_art_in_zone": {},
    "c42_low_res_scan": {"PREFLIGHT_RESOLUTION": "warn"},
    "c43_trailing_junk_3k": {},
    "c44_hidden_annotation_only": {},
    "c45_print_stamp_annotation": {"PDF_ANNOTATIONS": "warn"},
    "c54_output_intent": {"PDF_OUTPUT_INTENT": "note"},
}
PRINTED = {
    "c01_indirect_font_name": FOX,
    "c05_bad_startxref": FOX,
    "c07_widget_without_acroform": STAMPED,
    "c09_visible_signature": STAMPED,
    "c10_latin1_resource_name": FOX,
    "c14_contents_array_with_null": FOX,
    "c44_hidden_annotation_only": FOX,
    "c45_print_stamp_annotation": STAMPED,
}


def report(name: str, ordered: Ordered = NOT_ORDERED):
    return preflight_pdf(PDFS / f"{name}.pdf", f"{name}.pdf", ordered)


def said(findings) -> dict[str, str]:
    return {one.code: str(one.severity) for one in findings if one.code != "PREFLIGHT_FONT"}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_a_letter(name):
    found = report(name, ONE_INK if "cmyk_colour" in name else NOT_ORDERED)
    assert said(found.findings) == SAID[name]
    if SAID[name].get("PDF_DAMAGED") != "stop":
        assert found.sizes == [(612.0, 792.0)]


def test_every_file_has_its_right_value():
    assert {path.stem for path in PDFS.iterdir()} == SAID.keys()


def test_colors_are_told_by_what_they_are():
    assert report("c26_false_cmyk_401_k").colors == ["RGB"]
    (finding,) = (
        one for one in report("c31_cmyk_colour_text", ONE_INK).findings if one.code == "PREFLIGHT_COLOR"
    )
    assert "the press prints one color" in finding.message


def test_a_blend_matters_more_on_a_print_order():
    assert said(report("c33_blend_only", PRINT_ORDER).findings)["PREFLIGHT_TRANSPARENCY"] == "warn"


@pytest.mark.parametrize("name", ["c25_print_only_layer_under_address", "c38_userunit2_art_in_zone"])
def test_what_only_prints_and_what_is_large_lies_under_the_address(name):
    found = find_conflicts(compile_template(PDFS / f"{name}.pdf", default_fields()), has_window=False)
    assert said(found) == IN_ADDRESS


@pytest.mark.parametrize("name", PRINTED)
def test_what_is_printed(tmp_path, name):
    path = tmp_path / "letter.pdf"
    path.write_bytes((PDFS / f"{name}.pdf").read_bytes())
    made = print_pages(path)
    assert words(made) == PRINTED[name]
    if "font_name" in name:
        assert b"/Courier-Bold" in everything(made)


def test_each_of_two_letters_in_a_file_hides_its_own_layer(tmp_path):
    first = compile_template(PDFS / "c22_layers_a.pdf", Fields(()))
    second = compile_template(PDFS / "c23_layers_b.pdf", Fields(()), first_number=first.next_number)
    parts = [Part(one, make_table(1), np.array([row])) for row, one in enumerate((first, second))]
    made = merge_parts(parts, make_imb(2), PageMarks(1, np.array([1, 2])), tmp_path / "both.pdf")
    assert words(made.path) == "AAA ENGLISH BBB ENGLISH"
    assert b"SECRET" not in everything(made.path)
