"""Template and list examined together: in real child processes, with real faults."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from reportlab.pdfgen.canvas import Canvas

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.catalog.piece_weight import envelopes
from production.frontdesk.lists.samples import (
    SAMPLE_MAPPING,
    sample_table,
    write_messy_list,
    write_sample_list,
)
from production.frontdesk.lists.shapes import FIX_COLUMNS
from production.frontdesk.preparation.examine import PLACES_SHOWN, Submission, examine, group_findings
from production.frontdesk.preparation.outcome import may_go_on
from production.mailings.list_order import ListOrder
from tests.production.prepress.letters import make_template
from tests.production.prepress.pages import make_pdf


def submission(folder, **changes):
    """A clean letter and list, with changes."""
    values = {
        "template": folder / "letter.pdf", "template_name": "letter.pdf", "list": folder / "list.csv",
        "list_name": "list.csv", "fields": None, "envelope": envelopes()["window10"], "is_duplex": True,
        "mail_date": date(2026, 12, 1), "options": ListOrder(),
    }  # fmt: skip
    if "template" not in changes:
        make_template(values["template"], 1)
    if "list" not in changes:
        write_sample_list(values["list"], 40)
    return Submission(**(values | changes))


def write_list(path, cells):
    """A clean list of 40 rows with some cells changed: (row from 0, column) to text."""
    columns = sample_table(40).to_pydict()
    for (row, column), text in cells.items():
        columns[column][row] = text
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def codes(found, source=None):
    groups = found.groups if source is None else {source: found.groups.get(source, [])}
    return {group.code: group.count for groups in groups.values() for group in groups}


def to_fix(found):
    with found.rows_to_fix.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_clean_mailing(tmp_path):
    found = examine(submission(tmp_path), tmp_path)
    assert not found.stops
    assert found.mapping == SAMPLE_MAPPING  # guessed
    assert (found.rows_in, len(found.table()), found.rows_to_fix) == (40, 40, None)
    assert found.compiled.pages == found.letter.sheets == 1
    assert set(codes(found)) <= {"PREFLIGHT_FONT"}
    assert may_go_on(found, accept_findings=False)


def test_faults_of_letter_and_list_are_told_together(tmp_path):
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (tmp_path / "list.csv").write_text("Name,Street\n")
    found = examine(
        submission(tmp_path, template=tmp_path / "letter.pdf", list=tmp_path / "list.csv"), tmp_path
    )
    assert found.stops
    assert {group.severity for group in found.groups["template"]} >= {"stop"}
    assert {group.severity for group in found.groups["list"]} >= {"stop"}
    assert found.compiled is None
    assert not may_go_on(found, accept_findings=True)


def test_a_messy_list_goes_on_only_by_the_requesters_word(tmp_path):
    planted = write_messy_list(tmp_path / "list.csv", 60)
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    assert not found.stops
    assert planted.keys() <= codes(found, "list").keys()
    returned = {int(row[0]) for row in to_fix(found)[1:]}
    row_faults = {
        place.row
        for groups in found.groups.values()
        for group in groups
        if group.severity == "row"
        for place in group.places
    }
    assert returned == row_faults
    assert returned.isdisjoint(found.table()["source_row"].to_pylist())
    assert not may_go_on(found, accept_findings=False)
    assert may_go_on(found, accept_findings=True)


def test_rows_that_cannot_be_printed_join_the_rows_to_fix(tmp_path):
    """Row 2: no ZIP (the list check). Rows 5 and 9: no font has the letters, or no box holds them."""
    cells = {(0, "ZIP+4"): "", (3, "Name"): "Zoë \U00012000 Batiste", (7, "Name"): "Wilhelmina " * 40}
    write_list(tmp_path / "list.csv", cells)
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    assert codes(found, "merge") == {"GLYPH_MISSING": 1, "ADDRESS_OVERFLOW": 1}
    assert (found.rows_in, len(found.table())) == (40, 37)
    assert {2, 5, 9}.isdisjoint(found.table()["source_row"].to_pylist())
    head, *rows = to_fix(found)
    assert tuple(head[:3]) == FIX_COLUMNS
    assert head[3:] == sample_table(1).column_names
    assert [(row[0], row[1]) for row in rows] == [
        ("2", "ADDRESS_INCOMPLETE"), ("5", "GLYPH_MISSING"), ("9", "ADDRESS_OVERFLOW"),
    ]  # fmt: skip
    assert all(len(row) == len(head) for row in rows)
    assert "Shorten the text" in rows[2][2]
    assert rows[1][4] == cells[3, "Name"]


def test_rows_to_fix_begin_with_their_header_when_the_list_itself_was_clean(tmp_path):
    write_list(tmp_path / "list.csv", {(3, "Name"): "=Zoë \U00012000"})
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    head, row = to_fix(found)
    assert head == [*FIX_COLUMNS, *sample_table(1).column_names]
    assert row[4] == "'=Zoë \U00012000"  # not a formula in a spreadsheet
    assert found.rows_to_fix.read_bytes().startswith(b"\xef\xbb\xbf")


def test_corrected_rows_come_back_as_a_list(tmp_path):
    """The file of rows to fix, fixed, is a list like any other."""
    write_list(tmp_path / "list.csv", {(3, "Name"): "Zoë \U00012000 Batiste"})
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    fixed = tmp_path / "fixed.csv"
    fixed.write_bytes(found.rows_to_fix.read_bytes().replace(" \U00012000".encode(), b""))
    (tmp_path / "again").mkdir()
    again = examine(submission(tmp_path, list=fixed, list_name="fixed.csv"), tmp_path / "again")
    assert not again.stops
    assert again.table()["recipient"].to_pylist() == ["Zoë Batiste"]


def test_a_list_of_which_nothing_can_be_printed_stops(tmp_path):
    write_list(tmp_path / "list.csv", {(row, "Name"): "\U00012000" for row in range(40)})
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    assert codes(found, "merge") == {"GLYPH_MISSING": 40, "DATA_EMPTY": 1}
    assert found.stops


def test_a_list_of_which_nothing_can_be_mailed_stops(tmp_path):
    write_list(tmp_path / "list.csv", {(row, "ZIP+4"): "" for row in range(40)})
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    assert codes(found, "list") == {"ADDRESS_INCOMPLETE": 40, "DATA_EMPTY": 1}


def test_a_letter_too_thick_for_its_envelope_stops(tmp_path):
    template = make_template(tmp_path / "long.pdf", 14)
    thick = examine(submission(tmp_path, template=template, is_duplex=False), tmp_path)
    assert "ENVELOPE_FULL" in codes(thick, "template")
    assert thick.letter.sheets == 14


def test_a_page_of_another_size_than_ordered_is_told_and_weighed_as_it_is(tmp_path):
    half = make_template(tmp_path / "half.pdf", 24, size=(396, 612))
    found = examine(submission(tmp_path, template=half, envelope=envelopes()["booklet6x9"]), tmp_path)
    told = {group.code: group for group in found.groups["template"]}
    assert told["PREFLIGHT_SIZE"].severity == "warn"
    assert "The page is 5.5 x 8.5 in; the order is for 8.5 x 11 in." in told["PREFLIGHT_SIZE"].message
    assert "6 x 9" in told["WINDOW_UNKNOWN"].message
    assert not any("#10" in group.message for group in told.values())
    assert found.letter.mailpiece.weight_oz == Decimal("1.2600")  # 12 half sheets of 0.08 oz and the envelope
    card = examine(submission(tmp_path, envelope=envelopes()["card4x6"]), tmp_path)
    assert "PREFLIGHT_SIZE" in codes(card, "template")
    assert card.stops


def test_color_is_told_when_the_press_prints_one(tmp_path):
    canvas = Canvas(str(tmp_path / "red.pdf"), pagesize=(612, 792))
    canvas.setFillColorCMYK(0, 1, 1, 0)
    canvas.drawString(72, 300, "Final notice")
    canvas.save()
    found = examine(submission(tmp_path, template=tmp_path / "red.pdf"), tmp_path)
    (told,) = [group for group in found.groups["template"] if group.code == "PREFLIGHT_COLOR"]
    assert told.message == "The file uses CMYK color; the press prints one color, so it comes out as grays."
    assert not found.stops


def test_a_box_for_a_column_that_is_not_in_the_list_stops(tmp_path):
    fields = tmp_path / "fields.json"
    fields.write_text(
        '{"fields": [{"name": "greeting", "kind": "text", "page": 1, "x": 72, "y": 300, "width": 200,'
        ' "height": 14, "text": "Dear {Nickname}"}]}'
    )
    found = examine(submission(tmp_path, fields=fields), tmp_path)
    assert found.stops
    assert any("Nickname" in group.message for group in found.groups["template"])


def test_an_empty_column_in_a_text_is_counted_and_stops_nobody(tmp_path):
    box = {
        "name": "greeting",
        "page": 1,
        "x": 72,
        "y": 330,
        "width": 300,
        "height": 14,
        "text": "Dear {Organization},",
    }
    due = box | {"name": "due", "y": 360, "text": "{Due Date}", "format": "date"}
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps({"fields": [box, due]}))
    write_list(
        tmp_path / "own.csv", {(3, "Due Date"): "soon"} | {(row, "Organization"): "" for row in range(40)}
    )
    found = examine(submission(tmp_path, list=tmp_path / "own.csv", fields=fields), tmp_path)
    assert codes(found, "merge") == {"FIELD_EMPTY": 40, "FIELD_FORMAT": 1}
    assert found.table().num_rows == 39
    assert [row[:2] for row in to_fix(found)[1:]] == [["5", "FIELD_FORMAT"]]


def test_a_guess_that_is_not_sure_goes_on_only_by_the_requesters_word(tmp_path):
    text = "Name,Street,City,State,Zip\n" + "Ada Fontaine,Oak St,Houma,LA,70360\n" * 3
    (tmp_path / "own.csv").write_text(text)
    found = examine(submission(tmp_path, list=tmp_path / "own.csv"), tmp_path)
    assert codes(found, "list")["MAPPING_GUESSED"] == 1
    assert not may_go_on(found, accept_findings=False)
    assert may_go_on(found, accept_findings=True)
    confirmed = ListOrder(mapping=found.mapping)
    found = examine(submission(tmp_path, list=tmp_path / "own.csv", options=confirmed), tmp_path)
    assert may_go_on(found, accept_findings=False)


def test_a_confirmed_mapping_is_used_as_it_is(tmp_path):
    mapping = SAMPLE_MAPPING | {"recipient": "Organization", "company": "Name"}
    found = examine(submission(tmp_path, options=ListOrder(mapping=mapping)), tmp_path)
    assert found.mapping == mapping
    assert found.table()["company"].to_pylist() == sample_table(40)["Name"].to_pylist()


@pytest.mark.parametrize("count", [1, PLACES_SHOWN, PLACES_SHOWN + 1])
def test_findings_are_grouped_with_all_counted_and_the_first_placed(count):
    found = [Finding("ONE", Severity.ROW, "One.", "Fix.", Place(row=row, column="a")) for row in range(count)]
    found += [Finding("ONE", Severity.ROW, "One.", "Fix.", Place(row=1, column="b"))]
    found += [Finding("TWO", Severity.STOP, message) for message in ("x", "y", "x")]
    groups = group_findings(found)
    assert [(one.code, one.count) for one in groups] == [
        ("ONE", count),
        ("ONE", 1),
        ("TWO", 2),
        ("TWO", 1),
    ]
    assert [place.row for place in groups[0].places] == list(range(min(count, PLACES_SHOWN)))


def test_the_accepted_list_is_one_arrow_file_with_rows_in_list_order(tmp_path):
    write_list(tmp_path / "list.csv", {(3, "Name"): "\U00012000", (0, "ZIP+4"): ""})
    found = examine(submission(tmp_path, list=tmp_path / "list.csv"), tmp_path)
    with pa.memory_map(str(found.accepted)) as source:
        table = pa.ipc.open_file(source).read_all()
    assert table["source_row"].to_pylist() == [row for row in range(2, 42) if row not in (2, 5)]
    assert table.column("recipient").num_chunks == 1


def test_a_template_that_no_child_compiles_is_a_finding(tmp_path, monkeypatch):
    """Whatever fails there: the job is told, and nothing is tried again."""

    def refuse(*_, **__):
        raise InvalidInput("The pages cannot be put into a print file.", code="PDF_UNREADABLE")

    monkeypatch.setattr("production.frontdesk.preparation.examine.compile_template", refuse)
    found = examine(submission(tmp_path), tmp_path)
    assert codes(found, "template")["PDF_UNREADABLE"] == 1
    assert found.stops


def test_a_page_that_would_print_otherwise_stops(tmp_path):
    """The layer is in a soft mask, where readers do not look for one: what they show is not what would print."""
    box = "q /S gs 1 0 0 rg 100 400 60 60 re f Q"
    objects = (
        "<</Type/OCG/Name(x)>>\n<</Type/ExtGState/SMask<</S/Luminosity/G 12 0 R>>>>\n"
        "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Group<</S/Transparency/CS/DeviceGray>>"
        "/Resources<</Properties<</L 10 0 R>>>>>>stream:/OC/L BDC 1 g 0 0 612 792 re f EMC"
    )
    template = make_pdf(
        tmp_path / "mask.pdf", box, objects, page="/Resources<</ExtGState<</S 11 0 R>>>>",
        catalog="/OCProperties<</OCGs[10 0 R]/D<</OFF[10 0 R]>>>>",
    )  # fmt: skip
    found = examine(submission(tmp_path, template=template), tmp_path)
    assert codes(found, "template")["PAGE_DIFFERS"] == 1
    assert found.stops
