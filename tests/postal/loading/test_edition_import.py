"""Every kind of edition comes in by a file, is read by the reader that will use it, and is refused with reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter

from kernel.errors import Conflict, InvalidInput
from postal.data.edition_folder import findings_of, keep_edition, read_folder, set_status, shelf
from postal.data.editions import DATA, InForce, Status, edition_for, editions, standing
from postal.data.limits import limits
from postal.loading import edition_import as ei
from postal.loading.edition_diff import contents, diff
from postal.plans.sort_plans import load_plan, sort_plan
from postal.sorting.rule_book import editions_of, gaps
from postal.trays.content_ids import check_plan, content_ids
from tests.postal.data.test_label_import import L801
from tests.postal.mailings import LETTER

DAY = date(2027, 1, 15)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FILES = {
    "sort-plan/fcm-letter-automation": DATA / "sort_plans" / "fcm_letter_automation.toml",
    "sort-plan/np-letter-automation": DATA / "sort_plans" / "mm_letter_automation.toml",
    "statement-lines/3600-FCM": DATA / "statement_lines" / "3600_fcm.toml",
    "tray-types": DATA / "tray_types.toml",
    "mailpiece-standards": DATA / "mailpiece_standards.toml",
    "pallet-rules": DATA / "pallets.toml",
    "limits": DATA / "limits.toml",
    "stids": DATA / "stids.csv",
    "content-ids": DATA / "content_ids.csv",
    "incentives": DATA / "incentives" / "2024-07-14.toml",
    "entry-places": DATA / "entry_places.csv",
}


def wishes(kind: str, **more) -> ei.Wishes:
    given = {"file": "f", "effective_from": DAY, "source": "the publication", "edition_id": "newer"}
    return ei.Wishes(kind, **given | more)


def refusal(data: bytes, given: ei.Wishes) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        ei.propose(data, given, among=editions())
    return refused.value


@pytest.mark.parametrize("kind", FILES)
def test_what_is_shipped_comes_in_as_an_edition_of_the_shop(tmp_path, kind):
    found = ei.propose(FILES[kind].read_bytes(), wishes(kind), among=shelf(tmp_path))
    assert found.rows > 0
    assert found.findings == ()
    edition = keep_edition(tmp_path, found, by="mona", at=NOW)
    assert (
        edition_for(kind, DAY, allow_test_only=True, among=shelf(tmp_path)).id != "newer"
    )  # a draft is not used
    set_status(tmp_path, edition.name, Status.ACTIVE, by="ada", at=NOW)
    chosen = edition_for(kind, DAY, among=shelf(tmp_path))
    assert (chosen.id, chosen.complete, chosen.source) == ("newer", True, "the publication")
    assert [(deed.act, deed.by) for deed in chosen.deeds] == [("loaded", "mona"), ("activated", "ada")]
    before = edition_for(kind, date(2027, 1, 14), allow_test_only=True, among=shelf(tmp_path))
    assert before.id != "newer"
    assert diff(before, chosen) == ()
    assert contents(chosen)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("sort-plan/fcm-letter-automation", b"", "level is missing"),
        ("sort-plan/fcm-letter-automation", b"\xff\xfe", "not read"),
        ("sort-plan/fcm-letter-automation", b"level = 3\nresidual = 1\n", "not read"),
        ("tray-types", b"packing_factor = 'much'\nfull_share = '1'\ntray = []\nfamily = []", "number"),
        (
            "tray-types",
            b"packing_factor='1'\nfull_share='1'\nmax_gross_lb='70'\ntray=[]\nfamily=[]",
            "holds nothing",
        ),
        ("limits", b"[[limit]]\nname = 'x'\n", "missing"),
        ("stids", b"stid\n270\n", "lacks mail_class"),
        ("stids", b"\xff\n", "UTF-8"),
        (
            "stids",
            b"stid,mail_class,service_level,iv_mtr,address_correction,use\n270,first_class\n",
            "2 values",
        ),
        ("stids", b"stid,mail_class,service_level,iv_mtr,address_correction,use\n", "holds nothing"),
        (
            "incentives",
            b'[[incentive]]\nname = "full-service"\n',
            "title, mail_classes, categories, payments, rate, paid_to, status, source are missing",
        ),
        ("entry-places", b"zip5,kind,name\n7097,NDC,X\n", "not a five-digit ZIP"),
        ("content-ids", b"cin,mail_class,line_2,status\nx,FCM,Y,confirmed\n", "invalid literal"),
    ],
)
def test_a_faulty_file_is_refused_with_the_reason(kind, data, words):
    error = refusal(data, wishes(kind))
    assert error.instance_code == "EDITION_IMPORT"
    assert any(words in finding.message for finding in error.findings), error.findings


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"kind": "stids/extra"}, "kind"),
        ({"kind": "sort-plan"}, "kind"),
        ({"kind": "sort-plan/../../x"}, "kind"),
        ({"effective_from": None}, "effective_from"),
        ({"source": " "}, "source"),
        ({"effective_to": date(2027, 1, 14)}, "effective_to"),
        ({"grace_until": date(2027, 1, 14)}, "grace_until"),
        ({"edition_id": "../x"}, "edition_id"),
    ],
)
def test_what_is_said_about_a_file_is_checked(given, field):
    error = refusal(FILES["stids"].read_bytes(), replace(wishes("stids"), **given))
    assert [finding.place.column for finding in error.findings] == [field]


def test_a_file_that_is_too_large_is_refused():
    assert "more than 4 MB" in refusal(b"x" * (ei.MAX_BYTES + 1), wishes("stids")).findings[0].message


def test_a_plan_is_held_against_the_content_identifiers():
    text = FILES["sort-plan/fcm-letter-automation"].read_text()
    text = text.replace("cin = 242", "cin = 542").replace('line_2 = "FCM LTR AADC BC"', 'line_2 = "FCM AADC"')
    found = ei.propose(text.encode(), wishes("sort-plan/fcm-letter-automation"), among=editions())
    assert [finding.code for finding in found.findings] == ["CONTENT_ID", "CONTENT_ID"]
    assert "is for STD, not for FCM" in found.findings[0].message
    assert "is FCM LTR AADC BC, not FCM AADC" in found.findings[1].message


def test_every_shipped_plan_agrees_with_the_shipped_content_identifiers_and_limits():
    plans = [load_plan(edition) for edition in editions() if edition.kind.startswith("sort-plan/")]
    assert len(plans) > 15
    table, known = content_ids(InForce(DAY, editions())), limits(InForce(DAY, editions()))
    for plan in plans:
        assert check_plan(plan, table) == []
        assert plan.move_update_days == known.whole("move-update-days")
        assert plan.address_matching_days <= known.whole("address-matching-days")


def test_limits_say_what_is_unconfirmed():
    found = limits(InForce(DAY, editions()))
    assert found.assumptions("move-update-days") == (found.edition.caution,)
    assert any("By/For" in said for said in found.assumptions("scorecard-by-for"))
    with pytest.raises(Exception, match="no limit speed"):
        found.value("speed")


def test_a_second_person_activates_where_two_are_asked(tmp_path):
    found = ei.propose(FILES["stids"].read_bytes(), wishes("stids"), among=shelf(tmp_path))
    edition = keep_edition(tmp_path, found, by="mona", at=NOW)
    with pytest.raises(Conflict) as refused:
        set_status(tmp_path, edition.name, Status.ACTIVE, by="mona", at=NOW, by_two=True)
    assert refused.value.instance_code == "EDITION_SECOND_PERSON"
    assert read_folder(tmp_path)[0].status is Status.DRAFT
    assert (
        set_status(tmp_path, edition.name, Status.ACTIVE, by="ada", at=NOW, by_two=True).loaded_by == "mona"
    )
    withdrawn = set_status(tmp_path, edition.name, Status.WITHDRAWN, by="mona", at=NOW, by_two=True)
    assert [deed.act for deed in withdrawn.deeds] == ["loaded", "activated", "withdrawn"]
    assert edition_for("stids", DAY, among=shelf(tmp_path)).id == "2024-01-21"


def test_what_was_found_stays_with_the_edition(tmp_path):
    found = ei.propose(
        L801.replace(b"707-708", b"70-708"), ei.Wishes(ei.LABELS, "f.csv"), among=shelf(tmp_path)
    )
    edition = keep_edition(tmp_path, found, by="mona", at=NOW)
    kept = [row.code for row in findings_of(edition)]
    assert "LABEL_ZIP" in kept
    set_status(tmp_path, edition.name, Status.ACTIVE, by="ada", at=NOW)
    assert [row.code for row in findings_of(edition)] == kept
    assert findings_of(edition_for("stids", DAY, among=editions())) == ()


def test_a_child_process_gives_the_same_as_plain_values(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(FILES["stids"].read_bytes())
    given = {"kind": "stids", "file": "s.csv", "effective_from": "2027-01-15", "source": "PostalPro"}
    crossing = TypeAdapter(ei.ExaminedFile)
    answer = ei.examine(str(path), str(tmp_path / "shop"), given)
    found = crossing.validate_json(crossing.dump_json(answer)).proposal
    assert found == ei.propose(
        path.read_bytes(), ei.Wishes(**given | {"effective_from": DAY}), among=editions()
    )
    assert found.id == "2027-01-15 s"
    path.write_bytes(b"nothing")
    with pytest.raises(InvalidInput) as refused:
        ei.examine(str(path), str(tmp_path / "shop"), given)
    assert (refused.value.instance_code, refused.value.findings[0].code) == (
        "EDITION_IMPORT",
        "EDITION_CONTENT",
    )


def test_how_an_edition_stands_on_a_day(tmp_path):
    found = ei.propose(FILES["stids"].read_bytes(), wishes("stids"), among=shelf(tmp_path))
    name = keep_edition(tmp_path, found, by="mona", at=NOW).name

    def words(on):
        among = [edition for edition in shelf(tmp_path) if edition.kind == "stids"]
        chosen = edition_for("stids", on, among=among)
        return [standing(edition, on, chosen) for edition in among]

    assert words(DAY) == ["in force", "draft"]
    set_status(tmp_path, name, Status.ACTIVE)
    assert words(date(2027, 1, 14)) == ["in force", "comes into force"]
    assert words(DAY) == ["superseded", "in force"]
    set_status(tmp_path, name, Status.WITHDRAWN)
    assert words(DAY) == ["in force", "withdrawn"]
    ended = next(edition for edition in editions() if edition.effective_to)
    assert standing(ended, DAY, None) == "ended"
    stand_in = edition_for("L801", DAY, allow_test_only=True, among=editions())
    assert standing(stand_in, DAY, None) == "test-only"


def test_gaps_name_every_table_and_form_a_mailing_needs():
    def missing(*kinds):
        among = tuple(edition for edition in editions() if edition.kind not in kinds)
        found = gaps(
            "fcm-letter-automation", InForce(date(2025, 8, 1), among), mailpiece=LETTER, payment="permit"
        )
        return [finding.message.split(" for live")[0] for finding in found]

    lists = [f"No edition of {name}" for name in ("L801", "L201")]
    assert missing() == lists
    assert missing("stids", "limits") == ["No edition of stids", "No edition of limits", *lists]
    assert missing("statement-lines/3600-FCM") == ["No edition of statement-lines/3600-FCM", *lists]
    assert missing("prices") == ["No edition of prices", *lists]
    assert missing("sort-plan/fcm-letter-automation") == ["No edition of sort-plan/fcm-letter-automation"]


def test_a_withdrawn_edition_still_computes_what_was_planned_with_it(tmp_path):
    found = ei.propose(
        FILES["sort-plan/fcm-letter-automation"].read_bytes(),
        wishes("sort-plan/fcm-letter-automation"),
        among=shelf(tmp_path),
    )
    name = keep_edition(tmp_path, found).name
    used = set_status(tmp_path, name, Status.ACTIVE)
    set_status(tmp_path, name, Status.WITHDRAWN)

    class Plan:
        editions = (used.name,)
        edition_hashes = (used.sha256,)

    again, *_ = editions_of(Plan, shelf(tmp_path))
    assert sort_plan("fcm-letter-automation", InForce(DAY, (again,))).edition.name == name


def test_every_column_of_the_prefix_list_is_compared(tmp_path):
    shipped = next(edition for edition in editions() if edition.kind == "L002")
    path = tmp_path / "L002.csv"
    text = shipped.path.read_text(encoding="utf-8")
    path.write_text(text.replace("SCF BATON ROUGE LA 707", "SCF ELSEWHERE LA 709", 1), encoding="utf-8")
    (change,) = diff(shipped, replace(shipped, path=path))
    assert (change.what, "SCF BATON ROUGE LA 707" in change.before) == ("707", True)
    assert "SCF ELSEWHERE LA 709" in change.after
