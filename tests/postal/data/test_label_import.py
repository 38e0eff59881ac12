"""FAST label list files: read as they come, everything wrong found; the real ones where they are at hand."""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Conflict, Corrupt, InvalidInput, NotFound
from kernel.findings import Severity, stops
from postal.data.edition_folder import edition_named, keep_edition, read_folder, set_status, shelf
from postal.data.editions import InForce, Status, edition_for, editions
from postal.data.label_import import propose_labels, read_fast
from postal.loading.edition_diff import contents, diff
from postal.plans.labeling import labels_from, load_list
from postal.sorting.presort import plan_presort
from postal.sorting.rule_book import editions_of, gaps, rule_book
from tests.postal.mailings import LETTER, columns

SHARED = Path(os.environ.get("INDICIA_SHARED") or Path(__file__).parents[4] / "shared")
REAL = SHARED / "data" / "labeling"
DAY = date(2026, 12, 15)
HEAD = (
    '"Effective Date: {day}"\r\n"Grace Date: {grace}"\r\n\r\n"{title}"\r\n'
    '"Use this list for "mixed" trays; see "Column B" below."\r\n\r\n{header}\r\n'
)
TWO = '"Column A ZIP Codes","Column B Label To"'
THREE = '"Column A Entry","Column B Destinations","Column C Label To"'


def fast(title: str, rows: list[str], *, day="2026-12-01", grace="2027-01-31", header=TWO) -> bytes:
    """A file in the layout of the real ones: tabs before values, quotes inside a paragraph."""
    lines = [",".join(f'"\t{value}"' for value in row.split("|")) for row in rows]
    return (
        HEAD.format(day=day, grace=grace, title=title, header=header) + "\r\n".join(lines) + "\r\n"
    ).encode()


def import_labels(folder, data: bytes, *, file: str):
    found = propose_labels(data, file=file)
    return keep_edition(folder, found), found


L801 = fast("L801 AADCs", ["700-701, 703-704|AADC NEW ORLEANS LA 700", "707-708|AADC BATON ROUGE LA 707"])
L201 = fast("L201 Mixed", ["700-708|x|MXD  NEW ORLEANS LA 701"], header=THREE)


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in read_fast(data, file="f.csv").findings]


def test_a_list_is_read_with_dates_labels_and_line_numbers():
    found = read_fast(L801, file="f.csv")
    assert (found.name, found.title, found.digits) == ("L801", "AADCs", 3)
    assert (found.effective_from, found.grace_until) == (date(2026, 12, 1), date(2027, 1, 31))
    assert [(row.line, row.codes, row.labels["B"]) for row in found.rows] == [
        (8, (700, 701, 703, 704), "AADC NEW ORLEANS LA 700"),
        (9, (707, 708), "AADC BATON ROUGE LA 707"),
    ]
    assert found.findings == ()


def test_flags_stand_after_the_label_they_belong_to_and_rows_may_be_short():
    header = '"3-Digit","","Column A Label","","Column B Label","","Column C Label"'
    rows = ["009|N|SAN JUAN PR 009|U|SAN JUAN PR 006 |S|SCF SAN JUAN PR 006|D", "090||APO 090"]
    found = read_fast(fast("L002 Matrix", rows, header=header), file="f.csv")
    assert found.rows[0].flags == {"": "N", "A": "U", "B": "S", "C": "D"}
    assert found.rows[0].labels == {
        "A": "SAN JUAN PR 009",
        "B": "SAN JUAN PR 006",
        "C": "SCF SAN JUAN PR 006",
    }
    assert found.rows[1].labels == {"A": "APO 090"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["LABEL_FILE"]),
        (b"name,zip\nx,70801\n", ["LABEL_FILE"]),
        (fast("L999 Other", ["700|X 700"]), ["LABEL_LAYOUT"]),
        (fast("L801 A", ["700|X 700"], day="soon"), ["LABEL_DATE"]),
        (fast("L801 A", ["700|X 700"], day="2026-02-30"), ["LABEL_DATE"]),
        (fast("L801 A", ["700|X 700"], grace="never"), ["LABEL_DATE"]),
        (fast("L801 A", ["700|X 700"], grace="2026-01-01"), ["LABEL_DATE"]),
        (fast("L801 A", ["700|X 700", "70|Y 70"]), ["LABEL_ZIP"]),
        (fast("L801 A", ["700|X 700", "709-705|Y 705"]), ["LABEL_ZIP"]),
        (fast("L801 A", ["700|X 700", "abc|Y 705"]), ["LABEL_ZIP"]),
        (fast("L801 A", ["700|X 700", "705|"]), ["LABEL_EMPTY"]),
        (fast("L801 A", ["700|X 700", "700-701|Y 701"]), ["LABEL_TWICE"]),
        (fast("L801 A", ["700|X 700", "700-701|X 700"]), []),
        (fast("L801 A", ["700|X 700|FT3", "701|Y 701"]), ["LABEL_FOOTNOTE"]),
        (fast("L801 A", ["700|X  700"]), ["LABEL_SPACES"]),
        (fast("L801 A", ["700|X 700"], header='"ZIP","Label"'), ["LABEL_FILE", "LABEL_EMPTY", "LABEL_FILE"]),
    ],
)
def test_everything_wrong_is_found(data, expected):
    assert sorted(codes(data)) == sorted(expected)


def test_a_list_nobody_described_is_read_by_its_heading():
    header = '"Column A ZIP Code","Column B City","Column C Label To","Column D Remark"'
    found = read_fast(fast("L333 Other", ["70801|BATON ROUGE|BATON ROUGE LA 708|x"], header=header))
    assert (found.name, found.digits, found.label_column) == ("L333", 5, "C")
    assert not found.is_layout_confirmed
    assert "column C is taken for the labels" in found.findings[0].message


FOOTNOTES = (
    '"1.  Mailed from Zip Code Areas 006-009, 340 and 967-969.  2.  Not eligible for DNDC: 006-009, see 256.2.17.  '
    '3.  Mailed from ZIP Code Area 969."'
)


def with_footnotes(rows: list[str], notes: str = FOOTNOTES) -> bytes:
    return fast("L601 NDCs", rows).replace(b'"Column A', notes.encode() + b'\r\n"Column A')


def test_a_footnote_decides_by_the_office_of_mailing(tmp_path):
    data = with_footnotes(["006-009|SCF SAN JUAN PR 006|FT1", "006-009, 320|NDC JAXVILLE FL 32099|FT2"])
    edition, found = import_labels(tmp_path, data, file="f.csv")
    assert [(one.code, one.severity) for one in found.findings] == [("LABEL_FOOTNOTE", Severity.NOTE)] * 2
    assert read_fast(data).rows[0].mailed_from == (6, 7, 8, 9, 340, 967, 968, 969)

    def labels(origin: int) -> list[str]:
        loaded = load_list(edition, origin)
        return [
            loaded.label[row] for row in loaded.destinations(np.array([601, 999, 32099], np.int32)).tolist()
        ]

    jaxville = "NDC JAXVILLE FL 32099"
    assert labels(9) == labels(340) == ["SCF SAN JUAN PR 006"] * 2 + [jaxville]
    assert labels(708) == labels(10) == labels(-1) == [jaxville] * 3
    assert contents(edition)["006-009 for mail from 006-009, 340, 967-969"] == "SCF SAN JUAN PR 006"
    plain, _ = import_labels(
        tmp_path, fast("L601 NDCs", ["006-009, 320|NDC JAXVILLE FL 32099"], day="2027-01-01"), file="g"
    )
    assert [change.what for change in diff(edition, plain)] == ["006-009 for mail from 006-009, 340, 967-969"]


@pytest.mark.parametrize(
    "rows",
    [
        ["006|A 006|FT1", "006|B 006|FT3"],  # both for mail from 969
        ["006|A 006|FT2", "006|B 006"],  # a footnote that says nothing of origin
        ["006|A 006|FT4", "006|B 006"],  # a footnote whose text is not there
        ["006|A 006", "006|C 006|FT1", "006|B 006"],
    ],
)
def test_two_labels_that_no_footnote_parts_stop_the_list(tmp_path, rows):
    with pytest.raises(InvalidInput) as refused:
        propose_labels(with_footnotes(rows), file="f.csv")
    (stop,) = stops(refused.value.findings)
    assert (stop.code, stop.place.row) == ("LABEL_TWICE", 8 + len(rows))
    assert "006 has one label in row 9 and another here" in stop.message


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["", "|FT1", "|FT3"])), max_size=5))
def test_a_list_that_imports_gives_one_label_whatever_the_order_of_its_rows(found):
    """Where it does not stop, each office of mailing has the label of its own footnote, else the general one."""
    rows = [f"006|{label} 006{flag}" for label, flag in found]
    read, back = (read_fast(with_footnotes(part)) for part in (rows, rows[::-1]))
    assert bool(stops(read.findings)) == bool(stops(back.findings))
    if not stops(read.findings):
        for origin in (6, 969, 708):
            assert labels_from(read, origin)[:1] == labels_from(back, origin)[:1]


def test_findings_name_file_and_row():
    (finding,) = read_fast(fast("L801 A", ["700|X 700", "70|Y 70"]), file="f.csv").findings
    assert (finding.place.file, finding.place.row, finding.severity) == ("f.csv", 9, Severity.ROW)


def test_prefixes_left_out_are_counted():
    (finding,) = read_fast(L801, known_prefixes=[700, 701, 703, 704, 705, 707, 708]).findings
    assert finding.code == "LABEL_COVERAGE"
    assert "1 ZIP prefixes in use: 705" in finding.message


def test_a_list_becomes_a_draft_then_active_then_sorts_mail(tmp_path):
    for data in (L801, L201):
        import_labels(tmp_path, data, file="f.csv")
    drafts = read_folder(tmp_path)
    assert {edition.status for edition in drafts} == {Status.DRAFT}
    with pytest.raises(InvalidInput, match="L801"):
        edition_for("L801", DAY, among=shelf(tmp_path))
    for edition in drafts:
        set_status(tmp_path, edition.name, Status.ACTIVE)
    among = shelf(tmp_path)
    assert edition_for("L801", DAY, among=among).id == "2026-12-01 FAST"
    with pytest.raises(InvalidInput):  # not yet in force
        edition_for("L801", date(2026, 11, 30), among=among)
    rules = rule_book("fcm-letter-automation", InForce(DAY, among), origin_zip5=70802)
    plan = plan_presort(columns({70001: 520}), rules, mailpiece=LETTER, mailer_line="X")
    assert plan.label(1).line_1 == "METAIRIE LA 70001"
    assert rules.lists.origin_label("L201") == ("MXD NEW ORLEANS LA 701", 70100)
    assert any("layout of L801 is unconfirmed" in said for said in plan.assumptions)
    lacking = gaps("fcm-letter-automation", InForce(DAY, among), mailpiece=LETTER)
    assert {finding.code for finding in lacking} == {"RATE_MISSING"}


def test_a_plan_is_computed_again_years_later_with_the_editions_it_used(tmp_path):
    edition, _ = import_labels(tmp_path, L801, file="f.csv")
    set_status(tmp_path, edition.name, Status.ACTIVE)

    def rules(among):
        return rule_book(
            "fcm-letter-automation", InForce(DAY, among, allow_test_only=True), origin_zip5=70802
        )

    pieces = columns({70001: 520, 70002: 149, 70801: 60})
    plan = plan_presort(pieces, rules(shelf(tmp_path)), mailpiece=LETTER, mailer_line="X")
    later, _ = import_labels(
        tmp_path, fast("L801 AADCs", ["700-708|AADC ELSEWHERE LA 709"], day="2026-12-10"), file="f.csv"
    )
    set_status(tmp_path, later.name, Status.ACTIVE)
    set_status(tmp_path, edition.name, Status.WITHDRAWN)
    used = editions_of(plan, shelf(tmp_path))
    again = plan_presort(pieces, rules(used), mailpiece=LETTER, mailer_line="X")
    assert again.postage == plan.postage
    assert again.trays.line_1 == plan.trays.line_1
    assert again.edition_hashes == plan.edition_hashes
    with pytest.raises(Corrupt) as gone:
        editions_of(plan, shelf(tmp_path / "another shop"))
    assert "L801 2026-12-01 FAST" in gone.value.sentence


def test_the_same_file_twice_is_one_edition_and_another_is_refused(tmp_path):
    first, _ = import_labels(tmp_path, L801, file="f.csv")
    again, _ = import_labels(tmp_path, L801, file="g.csv")
    assert first.name == again.name
    with pytest.raises(Conflict) as refused:
        import_labels(tmp_path, fast("L801 AADCs", ["700|X 700"]), file="f.csv")
    assert refused.value.instance_code == "EDITION_TAKEN"
    assert load_list(read_folder(tmp_path)[0]).label == ("AADC NEW ORLEANS LA 700", "AADC BATON ROUGE LA 707")


def test_a_file_that_cannot_be_used_is_refused_with_its_findings(tmp_path):
    with pytest.raises(InvalidInput) as refused:
        import_labels(tmp_path, b"nothing", file="f.csv")
    assert stops(refused.value.findings)
    assert not list(tmp_path.iterdir())


def test_a_changed_file_is_noticed(tmp_path):
    edition, _ = import_labels(tmp_path, L801, file="f.csv")
    edition.path.write_bytes(L201)
    with pytest.raises(Corrupt) as damaged:
        read_folder(tmp_path)
    assert damaged.value.instance_code == "EDITION_FILE"


def test_names_that_are_not_loaded(tmp_path):
    with pytest.raises(NotFound):
        set_status(tmp_path, "L801 never", Status.ACTIVE)
    with pytest.raises(NotFound):
        edition_named("L801 never", shelf(tmp_path))


def test_what_changed_between_two_editions(tmp_path):
    one, _ = import_labels(tmp_path, L801, file="f.csv")
    rows = ["700-701|AADC NEW ORLEANS LA 700", "707-709|AADC BATON ROUGE LA 707", "703|AADC LAFAYETTE LA 705"]
    other, _ = import_labels(
        tmp_path, fast("L801 AADCs", rows, day="2027-02-01", grace="2027-03-31"), file="f"
    )
    assert [(change.what, change.before, change.after) for change in diff(one, other)] == [
        ("703", "AADC NEW ORLEANS LA 700", "AADC LAFAYETTE LA 705"),
        ("704", "AADC NEW ORLEANS LA 700", ""),
        ("709", "", "AADC BATON ROUGE LA 707"),
    ]
    assert diff(one, one) == ()
    with pytest.raises(InvalidInput):
        diff(one, edition_for("prices", DAY, among=editions()))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real label lists are not at hand")
def test_the_real_files_of_the_postal_service(tmp_path):
    for name, count in (("DMM_L002_202408.csv", 931), ("DMM_L606_202408.csv", 4025)):
        data = (REAL / "fast_format" / name).read_bytes()
        edition, found = import_labels(tmp_path, data, file=name)
        assert found.rows == count
        assert Counter(finding.code for finding in found.findings) == {"LABEL_SPACES": 1}
        assert edition.path.read_bytes() == data
    loaded = {edition.kind: load_list(edition) for edition in read_folder(tmp_path)}
    with (REAL / "L002.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            at = loaded["L002"].destination_of[int(row["zip3"])]
            assert loaded["L002"].label[at] == " ".join(row["col_a_3digit_label"].split())
    with (REAL / "L606.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for zip5 in row["zip5s"].split():
                at = loaded["L606"].destination(int(zip5))
                assert loaded["L606"].label[at] == " ".join(row["scheme_label"].split())
    shipped = edition_for("L002", DAY, among=editions())
    data = (REAL / "fast_format" / "DMM_L601_202505.csv").read_bytes()
    ndcs, found = import_labels(tmp_path, data, file="DMM_L601_202505.csv")
    assert (found.rows, Counter(finding.code for finding in found.findings)) == (27, {"LABEL_FOOTNOTE": 2})
    at = {origin: load_list(ndcs, origin // 100) for origin in (70802, 918)}
    assert {o: one.label[one.destination(601)] for o, one in at.items()} == {
        70802: "NDC JAXVILLE FL 32099",
        918: "SCF SAN JUAN PR 006",
    }
    assert diff(shipped, next(e for e in read_folder(tmp_path) if e.kind == "L002")) == ()
