from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.findings import Severity
from postal.barcodes import imb_geometry
from production.prepress.merge import fonts
from production.prepress.merge.fields import (
    IMB_HEIGHT,
    IMB_WIDTH,
    WINDOW_ALWAYS_VISIBLE,
    Kind,
    default_fields,
    load_fields,
    parse_fields,
    split_text,
)

PAGES = [(612.0, 792.0), (612.0, 792.0)]
BOX = {"name": "a", "page": 1, "x": 72, "y": 100, "width": 200, "height": 20, "column": "amount"}


def codes(*entries, **whole):
    fields, findings = parse_fields({"fields": list(entries)} | whole, columns=["amount"], page_sizes=PAGES)
    stops = [f for f in findings if f.severity is Severity.STOP]
    assert (fields is None) == bool(stops)
    return [f.code for f in stops]


def test_a_good_box():
    assert codes(BOX) == []


@pytest.mark.parametrize("key", ["color", "colour"])
def test_the_color_of_a_box_is_read_as_earlier_versions_kept_it_too(key):
    fields, _ = parse_fields({"fields": [BOX | {key: "#CC0000"}]}, columns=["amount"], page_sizes=PAGES)
    assert fields.fields[0].color == "cc0000"
    assert fields.to_json()["fields"][0]["color"] == "cc0000"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"column": "nobody"}, "TEMPLATE_COLUMN"),
        ({"font": "Comic Sans"}, "TEMPLATE_FONT"),
        ({"x": 500}, "TEMPLATE_BOX"),
        ({"y": -5}, "TEMPLATE_BOX"),
        ({"page": 3}, "TEMPLATE_PAGE"),
        ({"page": "every"}, "TEMPLATE_PAGE"),
        ({"page": True}, "TEMPLATE_TYPE"),
        ({"x": "72"}, "TEMPLATE_TYPE"),
        ({"x": float("nan")}, "TEMPLATE_TYPE"),
        ({"size": 2}, "TEMPLATE_TYPE"),
        ({"min_size": 20}, "TEMPLATE_TYPE"),
        ({"align": "middle"}, "TEMPLATE_TYPE"),
        ({"fit": "squeeze"}, "TEMPLATE_TYPE"),
        ({"color": "red"}, "TEMPLATE_TYPE"),
        ({"colr": "black"}, "TEMPLATE_KEY"),
        ({"format": "monny"}, "TEMPLATE_TYPE"),
        ({"format": {"amount": 5}}, "TEMPLATE_TYPE"),
        ({"format": {"nobody": "money"}}, "TEMPLATE_COLUMN"),
        ({"empty": 5}, "TEMPLATE_TYPE"),
        ({"omit_empty": "yes"}, "TEMPLATE_TYPE"),
        ({"text": "both"}, "TEMPLATE_KEY"),
        ({"kind": "imb"}, "TEMPLATE_KEY"),
    ],
)
def test_what_is_wrong_is_named(change, code):
    assert codes(BOX | change) == [code]


@pytest.mark.parametrize("given", ["money", "0.0%", {"amount": "date"}])
def test_formats_survive_the_file(given):
    entry = BOX | {"format": given, "empty": "none", "omit_empty": True}
    fields, findings = parse_fields({"fields": [entry]}, columns=["amount"], page_sizes=PAGES)
    assert {one.severity for one in findings} <= {Severity.WARN}
    written = fields.to_json()["fields"][0]
    assert {key: written[key] for key in ("format", "empty", "omit_empty")} == {
        "format": given, "empty": "none", "omit_empty": True,
    }  # fmt: skip
    assert parse_fields(fields.to_json(), columns=["amount"], page_sizes=PAGES)[0] == fields
    assert codes(
        {"kind": "address", "page": 1, "x": 72, "y": 72, "width": 99, "height": 50, "empty": "x"}
    ) == ["TEMPLATE_KEY"]


def test_findings_name_field_and_page():
    _, findings = parse_fields({"fields": [BOX | {"column": "nobody"}]}, columns=[], page_sizes=PAGES)
    assert "Field a" in findings[0].message
    assert findings[0].place.page == 1
    assert findings[0].remedy


def test_every_entry_is_checked():
    assert codes(BOX | {"font": "X"}, BOX | {"name": "b", "x": 9000}, "no box") == [
        "TEMPLATE_FONT", "TEMPLATE_BOX", "TEMPLATE_TYPE",
    ]  # fmt: skip


def test_missing_keys():
    assert codes({"name": "a", "column": "amount", "page": 1}) == ["TEMPLATE_KEY"] * 4
    assert codes({k: v for k, v in BOX.items() if k != "column"}) == ["TEMPLATE_KEY"]


def test_names_codes_and_marks_stand_once():
    imb = {"name": "imb", "kind": "imb", "page": 1, "x": 72, "y": 300}
    assert codes(BOX, BOX) == ["TEMPLATE_TWICE"]
    assert codes(imb, imb | {"name": "other", "page": 2}) == ["TEMPLATE_TWICE"]
    mark = {"name": "m", "kind": "mark", "page": "every", "x": 500, "y": 30}
    assert codes(mark, mark | {"name": "n", "page": 2}) == ["TEMPLATE_TWICE"]
    assert codes(imb, mark) == []


def test_a_code_needs_its_size():
    assert codes({"name": "i", "kind": "imb", "page": 1, "x": 72, "y": 300, "width": 100}) == ["TEMPLATE_BOX"]


@pytest.mark.parametrize("data", [None, [], {}, {"fields": {}}, {"fields": []}, 5])
def test_no_list_of_fields(data):
    fields, findings = parse_fields(data, columns=[], page_sizes=PAGES)
    assert fields is None
    assert [f.code for f in findings] == ["TEMPLATE_TYPE"]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, " " * 1_000_001])
def test_what_is_not_json(text):
    assert [f.code for f in load_fields(text, columns=[], page_sizes=PAGES)[1]] == ["TEMPLATE_JSON"]


def test_the_file_reads_back():
    fields, _ = parse_fields(
        {"fields": [BOX, BOX | {"name": "b", "fit": "wrap", "align": "right"}]},
        columns=["amount"],
        page_sizes=PAGES,
    )
    again, findings = load_fields(json.dumps(fields.to_json()), columns=["amount"], page_sizes=PAGES)
    assert again == fields
    assert {f.code for f in findings} == {"TEMPLATE_INCOMPLETE"}


def test_default_fields_read_back_and_keep_the_window():
    fields = default_fields()
    again, findings = load_fields(json.dumps(fields.to_json()), columns=[], page_sizes=PAGES)
    assert again == fields
    assert findings == []
    (imb,) = fields.of_kind(Kind.IMB)
    (address,) = fields.of_kind(Kind.ADDRESS)
    left, top, right, bottom = WINDOW_ALWAYS_VISIBLE
    assert imb.x - imb_geometry.CLEAR_SIDES >= left
    assert imb.x + IMB_WIDTH + imb_geometry.CLEAR_SIDES <= right
    assert imb.y - imb_geometry.CLEAR_ABOVE_BELOW >= top
    assert address.y >= imb.y + IMB_HEIGHT + imb_geometry.CLEAR_ABOVE_BELOW
    face = fonts.face(address.font)
    fourth_line = address.y + address.size * face.ascender + 3 * address.size * address.line_spacing
    assert fourth_line <= bottom


@given(st.lists(st.tuples(st.text("ab {}", max_size=5), st.sampled_from(["x", "y"]))))
def test_text_splits_back_into_its_parts(parts):
    text = "".join(
        literal.replace("{", "{{").replace("}", "}}") + "{" + name + "}" for literal, name in parts
    )
    assert split_text(text) == (parts or [("", "")])


@pytest.mark.parametrize("text", ["{", "}", "a {b", "{a}}"])
def test_a_lonely_brace(text):
    with pytest.raises(ValueError, match="brace"):
        split_text(text)
    assert codes({k: v for k, v in BOX.items() if k != "column"} | {"text": text}) == ["TEMPLATE_TEXT"]
