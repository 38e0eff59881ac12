"""The exchange with an address engine, on real folders with a simulated engine and its faults."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.errors import InvalidInput, Unavailable
from postal.address.evidence import EvidenceKind
from production.frontdesk.address_matching.apply import apply_matching
from production.frontdesk.address_matching.base import (
    LEFT,
    MOVED,
    Asked,
    Matched,
    Waiting,
    addresses_of,
    require_form,
)
from production.frontdesk.address_matching.file_exchange import FileExchange
from production.frontdesk.address_matching.layouts import layout, layouts
from tests.production.frontdesk.matching.accepted_lists import STREETS, accepted
from tests.production.frontdesk.matching.engine_simulator import FAULTS, Engine

TODAY = date(2026, 11, 26)
REQUEST = "01M8AZX1HHPWEQFPWTZZ1KHES9"
GIVEN = accepted(company=["", 'Müller, "Sons" & Co', "", ""], street2=["", "", "APT\u00a02", ""])


def exchange(folder, name="plain-csv", *, is_late=False):
    return FileExchange(folder, layout(name), today=lambda: TODAY, is_late=lambda: is_late)


def ask(adapter, turn=1):
    return adapter.match(Asked(addresses_of(GIVEN), REQUEST, turn=turn))


@pytest.mark.parametrize("name", list(layouts()))
def test_there_and_back(tmp_path, name):
    adapter = exchange(tmp_path, name)
    engine = Engine(
        tmp_path, layout(name), day=TODAY, moved=[STREETS[1]], left=[STREETS[2]], unmatched=[STREETS[3]]
    )
    assert isinstance(ask(adapter), Waiting)
    assert not adapter.has_answer(REQUEST)
    assert engine.run() == 1
    assert adapter.has_answer(REQUEST)
    found = ask(adapter, turn=2)
    assert isinstance(found, Matched)
    require_form(found.rows, GIVEN)
    assert found.rows.column("dpv").to_pylist() == ["Y", "Y", "Y", "N"]
    assert found.rows.column("move").to_pylist() == ["", MOVED, LEFT, ""]
    matching, moved = found.evidence
    assert (matching.kind, matching.is_certified, matching.software) == (
        EvidenceKind.MATCHING, True, "Simulator 4.2, cycle O",
    )  # fmt: skip
    assert (moved.method, moved.processed_on) == ("NCOALink", TODAY)
    assert matching.counts == {"rows": 4, "matched": 3, "unmatched": 1, "moved": 1, "left": 1}
    applied = apply_matching(GIVEN, found.rows, {"street": "Street", "city": "City"})
    rows = applied.accepted.to_pylist()
    assert [row["source_row"] for row in rows] == [2, 3, 5]
    assert [row["street"] for row in rows] == ["1 OAK ST", "1 NEW 2 ELM ST", "4 FIR ST"]
    assert rows[1]["c.Street"] == "1 NEW 2 ELM ST"  # the letter prints the new address wherever it prints it
    assert (rows[1]["zip5"], str(rows[1]["zip11"])[:5], rows[1]["c.Note"]) == ("70112", "70112", "x")
    assert (rows[2]["zip11"], rows[2]["plus4"]) == (-1, "")
    assert [(finding.code, finding.place.row) for finding in applied.findings] == [("ADDRESS_MOVED_AWAY", 4)]
    before_after = applied.account.to_pylist()[1]
    assert (before_after["before: street"], before_after["after: street"]) == ("2 ELM ST", "1 NEW 2 ELM ST")


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_faulty_answer_is_refused_by_name_and_stays_where_it_is(tmp_path, fault):
    adapter = exchange(tmp_path)
    ask(adapter)
    Engine(tmp_path, layout("plain-csv"), day=TODAY, fault=fault).run()
    before = {path.name: path.read_bytes() for path in (tmp_path / "incoming").iterdir()}
    with pytest.raises(InvalidInput) as refusal:
        found = ask(adapter, turn=2)
        require_form(found.rows, GIVEN)
    assert [finding.code for finding in refusal.value.findings] == [FAULTS[fault]]
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "incoming").iterdir()}


def test_a_fixed_result_of_another_width_is_refused(tmp_path):
    adapter = exchange(tmp_path, "fixed-columns")
    ask(adapter)
    Engine(tmp_path, layout("fixed-columns"), day=TODAY, fault="wrong columns").run()
    with pytest.raises(InvalidInput) as refusal:
        ask(adapter, turn=2)
    assert [(one.code, one.place.row) for one in refusal.value.findings] == [("MATCH_RESULT_FORM", 1)]


def test_the_request_is_the_same_bytes_however_often_and_never_half(tmp_path):
    adapter = exchange(tmp_path)
    ask(adapter)
    (path,) = (tmp_path / "outgoing").iterdir()
    first = path.read_bytes()
    ask(adapter)  # killed before it was recorded, and begun again
    assert path.read_bytes() == first
    assert [one.name for one in (tmp_path / "outgoing").iterdir()] == [f"{REQUEST}.csv"]
    path.unlink()  # the engine has taken it
    ask(adapter, turn=2)
    assert list((tmp_path / "outgoing").iterdir()) == []


def test_a_late_engine_is_told(tmp_path):
    with pytest.raises(InvalidInput) as refusal:
        ask(exchange(tmp_path, is_late=True))
    assert refusal.value.findings[0].code == "MATCH_RESULT_LATE"


def test_a_folder_that_cannot_be_used_is_a_reason_to_try_again(tmp_path):
    (tmp_path / "outgoing").write_text("in the way")
    with pytest.raises(Unavailable):
        ask(exchange(tmp_path))


def test_an_unknown_layout_is_refused():
    with pytest.raises(InvalidInput, match="plain-csv"):
        layout("fancy")
