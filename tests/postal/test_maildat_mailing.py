"""A plan as Mail.dat: counts, prices and owners agree with the plan; overview, piece list and comparison."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from kernel.errors import InvalidInput
from kernel.money import to_cents
from postal.maildat.compare import differences
from postal.maildat.mailing import Sender, describe, job_id, root_name
from postal.maildat.overview import overview, piece_list, postage, statement_rows
from postal.maildat.records import to_arrow
from postal.maildat.schema import VERSIONS
from postal.maildat.validate import validate
from tests.postal.maildat_sets import BASIC, changed, mailing, sample, sample_plan, with_rows


@pytest.fixture(scope="module")
def plan():
    return sample_plan()


@pytest.fixture(scope="module", params=VERSIONS)
def described(plan, request):
    return describe(plan, mailing(plan), version=request.param)


def test_counts_and_postage_are_the_plans_to_the_piece_and_the_cent(plan, described):
    rates = {level.mail_dat_price: level.rate for level in plan.levels if level.rate}
    assert to_cents(postage(described.maildat, rates)) == plan.postage
    by_price = {row.price: row.pieces for row in statement_rows(described.maildat)}
    assert by_price == {level.mail_dat_price: level.pieces for level in plan.levels if level.pieces}
    figures = overview(described.maildat)
    assert figures.pieces == plan.pieces == figures.records["pbc"]
    assert sum(figures.containers.values()) == len(plan.trays)
    assert figures.pieces_by_service == {
        "F": plan.automation_pieces,
        "O": plan.pieces - plan.automation_pieces,
    }


def test_trays_are_the_plans_trays(plan, described):
    trays = to_arrow(described.maildat["csm"]).to_pylist()
    for number, row in enumerate(trays, start=1):
        label = plan.label(number)
        assert (row["CSM-1006"], row["CSM-1120"], row["CSM-1005"]) == (number, label.pieces, label.tray_type)
        assert (row["CSM-1152"], row["CSM-1154"]) == (label.line_1, label.line_2)
        assert row["CSM-1103"] == f"{label.label_zip:05d}"
    assert (
        sum(row["CSM-1122"] for row in trays)
        == plan.pieces * to_arrow(described.maildat["mpu"])["MPU-1103"][0].as_py()
    )


def test_every_piece_stands_with_its_owner_tray_and_barcode(plan, described):
    """Against plain Python, piece by piece."""
    facts = mailing(plan)
    listed = piece_list(described.maildat).to_pylist()
    cqt = to_arrow(described.maildat["cqt"]).to_pylist()
    of_piece = to_arrow(described.maildat["pbc"])["PBC-1034"].to_pylist()
    trays = plan.tray_of_piece.tolist()
    expected: Counter[tuple[int, str, str]] = Counter()
    for n in range(plan.pieces):
        zip5 = f"{plan.zip5[n]:05d}"
        routing = f"{plan.zip11[n]:011d}" if plan.zip11[n] >= 0 else zip5
        assert listed[n]["tracking"] == f"00270123456{5_000 + n:09d}"
        assert (listed[n]["routing"], listed[n]["container"]) == (routing, trays[n])
        level = plan.levels[plan.level_of_piece[n]]
        division = zip5 if level.code == "5D" else zip5[:3]
        owner = f"{facts.owner_of_job[plan.job[n]] + 1:05d}"
        expected[trays[n], division, owner] += 1
        row = cqt[of_piece[n] - 1]
        assert (row["CQT-1006"], row["CQT-1007"], row["CQT-1003"]) == (trays[n], division, owner)
    assert {(row["CQT-1006"], row["CQT-1007"], row["CQT-1003"]): row["CQT-1103"] for row in cqt} == expected


def test_owners_are_named_each_in_its_account_and_component(described):
    accounts = to_arrow(described.maildat["mpa"]).to_pylist()
    assert [(row["MPA-1121"], row["MPA-1122"], row["MPA-1124"]) for row in accounts] == [
        (None, "1000001", "98765432"), ("900000001", None, "98765432"), (None, "3", "98765432"),
    ]  # fmt: skip
    assert to_arrow(described.maildat["cpt"])["CPT-1149"].to_pylist() == ["1000001", None, "3"]


def test_basic_service_is_said_by_the_service_type():
    figures = sample(stid=BASIC)
    assert not figures.is_full_service
    assert set(overview(figures.maildat).pieces_by_service) == {"B", "O"}
    assert to_arrow(figures.maildat["seg"])["SEG-1146"].to_pylist() == [None]


def test_withdrawn_pieces_are_marked_and_said(plan):
    described = describe(plan, mailing(plan, withdrawn=np.array([2, 700])), version="26-1")
    marks = to_arrow(described.maildat["pbc"])["PBC-1117"].to_pylist()
    assert {n for n, mark in enumerate(marks, start=1) if mark == "S"} == {2, 700}
    assert any("2 withdrawn pieces" in sentence for sentence in described.assumptions)
    assert validate(described.maildat) == []


def test_what_is_not_known_is_said_and_the_set_still_stands(plan):
    bare = mailing(plan, sender=Sender("State Mail", entry_zip="70802"), stid=BASIC)
    described = describe(plan, bare, version="26-1")
    text = " ".join(described.assumptions)
    for words in ("user license code", "contact's name", "Move Update", "address matching", "City State"):
        assert words in text
    assert {finding.severity.value for finding in validate(described.maildat)} <= {"warn"}
    nameless = replace(bare.owners[0], crid="")
    assert any(
        "By/For" in s
        for s in describe(
            plan, replace(bare, owners=(nameless, *bare.owners[1:])), version="26-1"
        ).assumptions
    )


def test_what_no_recipe_reaches_is_refused(plan):
    facts = mailing(plan)
    for wrong, options in (
        (replace(plan, mail_class="PERIODICALS"), {}),
        (plan, {"full_pieces": "wsr"}),
        (plan, {"mailing": replace(facts, tray_barcodes=())}),
    ):
        given = options.pop("mailing", facts)
        with pytest.raises(InvalidInput) as refusal:
            describe(wrong, given, version="26-1", **options)
        assert refusal.value.instance_code == "MAILDAT_MAILING"


def test_ids_come_from_the_stream_number():
    assert job_id("M27-0123") == "M2700123"
    assert root_name("M27-0123", "ABCD") == "ABCD003F"
    assert root_name("M27-999999", "") == "TESTLFLR"
    assert len({root_name(f"M27-{n:04d}", "ABCD") for n in range(5_000)}) == 5_000


def test_a_set_differs_from_itself_in_nothing(described):
    assert differences(described.maildat, described.maildat) == ()


def test_added_removed_and_changed_are_told_apart(described):
    before = described.maildat
    after = changed(changed(before, "CSM-1152", b"ELSEWHERE", row=1), "CQT-1008", b"N", row=2)
    after = with_rows(after, "pbc", after["pbc"].rows[3:])
    found = {one.extension: one for one in differences(before, after)}
    assert set(found) == {"csm", "cqt", "pbc"}
    change = found["csm"].changed[0]
    assert (change.key, change.field, change.after) == ("000002", "CSM-1152", "ELSEWHERE")
    assert (found["pbc"].removed_count, found["pbc"].removed) == (3, ("000000001", "000000002", "000000003"))
    back = {one.extension: one for one in differences(after, before)}
    assert back["pbc"].added == found["pbc"].removed
    assert back["csm"].changed[0].before == "ELSEWHERE"


def test_two_versions_of_one_mailing_differ_in_version_and_revision_only(plan):
    old, new = (describe(plan, mailing(plan), version=version).maildat for version in VERSIONS)
    assert [(one.extension, [c.field for c in one.changed]) for one in differences(old, new)] == [
        ("hdr", ["HDR-1101", "HDR-1192"])
    ]
