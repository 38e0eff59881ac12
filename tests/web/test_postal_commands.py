"""``indicia presort`` and ``indicia postal``: one contract on standard output, editions in the shop's folder."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.postal.data.test_label_import import L201, L801, fast
from web.commands.console import make_console

LETTERS = ("--class", "first-class", "--shape", "letter", "--date")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The console with a data folder of its own."""
    monkeypatch.setenv("INDICIA_DATA_DIR", str(tmp_path / "data"))
    console = make_console(drain=lambda _plant: None, run=lambda **_: None)

    def invoke(*arguments: object):
        return CliRunner().invoke(console, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def addresses(tmp_path) -> Path:
    path = tmp_path / "list.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Name", "ZIP", "Plus4", "DP"])
        rows.writerows(["x", "70801", "1234", "01"] for _ in range(360))
        rows.writerows(["x", "70802-1234", "", "05"] for _ in range(140))
        rows.writerows(["x", "02134", "", ""] for _ in range(4))
        rows.writerow(["x", "", "", ""])
    return path


def test_presort_tells_levels_trays_postage_and_assumptions(run, addresses):
    done = run("presort", "--list", addresses, *LETTERS, "2025-08-01", "--test-only", "--trays", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["levels"] == {"5D": 360, "AADC": 0, "MAADC": 140, "SP": 4}
    assert (told["postage"], told["single_piece_postage"]) == ("310.52", "372.96")
    assert [row["pieces"] for row in told["tray_rows"]] == [360, 140, 4]
    assert [finding["code"] for finding in told["findings"]] == ["ZIP_INVALID"]
    assert any("not for live mail" in said for said in told["assumptions"])
    assert all(len(edition["sha256"]) == 64 for edition in told["editions"])


def test_least_postage_shows_the_difference_and_the_plan_explains_itself(run, addresses, tmp_path):
    plan = tmp_path / "plan.arrow"
    options = ("--test-only", "--policy", "least", "--out", plan)
    done = run("presort", "--list", addresses, *LETTERS, "2025-08-01", *options)
    assert "$3.86 less than top-down" in done.stdout
    told = run("postal", "explain", plan, "--piece", 1, "--tray", 1, "--level", "AADC")
    assert "Piece 1 is in tray 1, BATON ROUGE LA 70801" in told.stdout
    assert "AADC: 150 pieces in 1 group of 150 or more" in told.stdout
    assert run("postal", "explain", plan, "--piece", 9999).exit_code == 2


def test_the_best_of_automation_and_machinable_in_two_mailings(run, tmp_path):
    path, prices, plans = tmp_path / "list.csv", tmp_path / "prices.csv", tmp_path / "kept" / "plan.arrow"
    plans.parent.mkdir()
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ZIP", "Plus4", "DP"])
        rows.writerows(["70801", "1234", "01"] for _ in range(2000))
        rows.writerows(["10001", "1234", "01"] for _ in range(60))
        rows.writerows(["70112", "", ""] for _ in range(460))
    asked = ("presort", "--list", path, *LETTERS, "2025-08-01", "--test-only", "--category", "best")
    assert run(*asked).exit_code == 2  # only with the least postage
    stopped = run(*asked, "--policy", "least")
    assert (stopped.exit_code, "RATE_MISSING" in stopped.stderr) == (2, True)
    form = run("postal", "export-prices", "prices 2025-07-13").stdout.replace("\r", "")
    for level, price in (("AADC", "0.69"), ("mixed AADC", "0.72")):
        row = next(line for line in form.splitlines() if line.startswith(f"fcm-letter-machinable,{level},"))
        cells = row.split(",")
        cells[form.splitlines()[0].split(",").index("price")] = price
        form = form.replace(row, ",".join(cells))
    prices.write_text(form)
    told = run(
        "postal",
        "import-prices",
        prices,
        "--effective",
        "2025-07-14",
        "--source",
        "made up for a test",
        "--activate",
    )
    assert told.exit_code == 0, told.output
    done = run(*asked, "--policy", "least", "--payment", "metered", "--out", plans, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["postage"], told["filled_up"], told["pieces"]) == ("1545.64", 40, 2520)
    assert [mailing["sort_plan"] for mailing in told["mailings"]] == [
        "fcm-letter-automation",
        "fcm-letter-machinable",
    ]
    assert [way["postage"] for way in told["alternatives"]] == ["1566.72", "1740.60", "1545.64"]
    assert sorted(path.name for path in plans.parent.iterdir()) == [
        "fcm-letter-automation.arrow",
        "fcm-letter-machinable.arrow",
    ]
    said = run(*asked, "--policy", "least")
    assert "40 automation pieces fill up the machinable mailing" in said.stdout


def test_several_lists_are_sorted_together_and_share_the_postage(run, addresses, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("zip,plus4,dp\n" + "70802,1234,05\n" * 10 + "70801,1234,01\n" * 300 + "1,,\n")
    options = (*LETTERS, "2025-08-01", "--test-only", "--policy", "least")
    plan = tmp_path / "plan.arrow"
    done = run("presort", "--list", addresses, "--list", other, *options, "--out", plan, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["levels"] == {"5D": 810, "AADC": 0, "MAADC": 0, "SP": 4}
    assert told["share_rule"] == "nobody-above-alone"
    rows = told["shares"]
    assert [(row["list"], row["pieces"], row["saved"]) for row in rows] == [
        ("list.csv", 504, "7.20"), ("other.csv", 310, "45.57"),
    ]  # fmt: skip
    assert sum(Decimal(row["share"]) for row in rows) == Decimal(told["postage"])
    assert [finding["place"]["file"] for finding in told["findings"]] == ["list.csv", "other.csv"]
    said = run("presort", "--list", addresses, "--list", other, *options).stdout
    assert f"other.csv: 310 pieces pay ${rows[1]['share']}; alone $229.40, saved $45.57" in said
    assert "With its own job alone" in run("postal", "explain", plan, "--piece", 1).stdout
    alone = json.loads(run("presort", "--list", addresses, *options, "--json").stdout)
    assert not {"shares", "share_rule"} & alone.keys()
    other.write_text("zip,plus4,dp\n")
    assert "List 2 has no piece" in run("presort", "--list", addresses, "--list", other, *options).stderr


def test_pallets_of_a_plan(run, addresses, tmp_path):
    plan = tmp_path / "plan.arrow"
    run("presort", "--list", addresses, *LETTERS, "2025-08-01", "--test-only", "--out", plan)
    told = json.loads(run("postal", "pallets", plan, "--mailer", "123456", "--test-only", "--json").stdout)
    (only,) = told["pallets"]
    assert (only["level"], only["trays"], only["weight_lb"]) == ("MXD", [1, 2, 3], "25.20")  # 504 x 0.8 oz
    assert only["barcode"] == "99M123456000000000001"
    said = run("postal", "pallets", plan, "--test-only").stdout
    assert "3 trays       504 pieces     25.20 lb" in said
    assert "250 lb to a pallet" in said
    assert "L004" in run("postal", "pallets", plan).stderr  # no live list


def test_every_list_missing_for_live_mail_is_named(run, addresses):
    done = run("presort", "--list", addresses, *LETTERS, "2026-11-23", "--live")
    assert done.exit_code == 2
    assert "L801" in done.stderr
    assert "L201" in done.stderr


def test_a_what_if_uses_stand_in_lists_and_says_so_but_no_price_that_is_not_in_force(run, addresses):
    then = run("presort", "--list", addresses, *LETTERS, "2025-08-01", "--json")
    told = json.loads(then.stdout)
    assert any("L801" in said and "not for live mail" in said for said in told["assumptions"])
    now = run("presort", "--list", addresses, *LETTERS, "2026-11-23")
    assert now.exit_code == 2
    assert "RATE_MISSING" in now.stderr
    assert run("presort", "--list", addresses, *LETTERS, "2026-11-23", "--test-only").exit_code == 0


def test_a_list_without_a_zip_column(run, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("a,b\n1,2\n")
    done = run("presort", "--list", path, *LETTERS, "2025-08-01", "--test-only")
    assert done.exit_code == 2
    assert "MAPPING_FIELD" in done.stderr


def test_lists_and_prices_are_loaded_shown_compared_and_used(run, addresses, tmp_path):
    files = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    newer = fast(
        "L801 AADCs", ["700-701|AADC NEW ORLEANS LA 700", "707-708|AADC ELSEWHERE LA 709"], day="2027-01-05"
    )
    for path, data in zip(files, (L801, L201, newer), strict=True):
        path.write_bytes(data)
    assert run("postal", "import-labels", *files[:2], "--activate").exit_code == 0
    loaded = json.loads(run("postal", "import-labels", files[2], "--json").stdout)["loaded"]
    assert [(row["name"], row["status"], row["rows"]) for row in loaded] == [
        ("L801 2027-01-05 FAST", "draft", 2)
    ]
    changed = run("postal", "editions", "--diff", "L801 2026-12-01 FAST", "L801 2027-01-05 FAST", "--json")
    assert [change["what"] for change in json.loads(changed.stdout)["changes"]] == [
        "703",
        "704",
        "707",
        "708",
    ]
    asked = ("postal", "editions", "--class", "first-class", "--date", "2026-12-15", "--json")
    before = run(*asked)
    assert before.exit_code == 2
    assert {row["code"] for row in json.loads(before.stdout)["missing"]} == {"RATE_MISSING"}
    prices = tmp_path / "prices.csv"
    form = run("postal", "export-prices", "prices 2026-07-12").stdout
    assert ",AADC,,,,3.5,,," in form.replace("\r", "")
    prices.write_text(
        form.replace(
            "fcm-letter-automation,AADC,,,,3.5,,,", "fcm-letter-automation,AADC,,,,3.5,0.67,confirmed,"
        ).replace(
            "fcm-letter-automation,mixed AADC,,,,3.5,,,",
            "fcm-letter-automation,mixed AADC,,,,3.5,0.70,confirmed,",
        )
    )
    source = ("--effective", "2026-07-12", "--source", "Notice 123", "--activate")
    assert run("postal", "import-prices", prices, *source).exit_code == 0
    assert run(*asked).exit_code == 0
    done = run("presort", "--list", addresses, *LETTERS, "2026-12-15", "--live", "--json")
    assert json.loads(done.stdout)["postage"] == "324.68"  # 360 x 0.621 + 140 x 0.70 + 4 x 0.78
    assert run("postal", "activate", "L801 2026-12-01 FAST", "--withdraw").exit_code == 0
    assert "L801" in run("presort", "--list", addresses, *LETTERS, "2026-12-15", "--live").stderr


def test_schemes_are_loaded_and_used(run, addresses, tmp_path):
    path = tmp_path / "schemes.csv"
    path.write_text("label,zip5s\nBATON ROUGE LA SCHEME,70801-70802\nBAD,7\n")
    told = run(
        *("postal", "import-table", path, "--kind", "5d-schemes", "--effective", "2025-07-13"),
        *("--source", "City State", "--activate", "--json"),
    )
    row = json.loads(told.stdout)["loaded"][0]
    assert (row["name"], row["rows"], [one["code"] for one in row["findings"]]) == (
        "5d-schemes 2025-07-13",
        1,
        ["TABLE_ROW"],
    )
    done = run("presort", "--list", addresses, *LETTERS, "2025-08-01", "--test-only", "--json")
    assert json.loads(done.stdout)["levels"] == {"5DS": 500, "5D": 0, "AADC": 0, "MAADC": 0, "SP": 4}


def test_incentives_are_claimed_where_an_amount_is_loaded(run, addresses):
    asked = ("presort", "--list", addresses, *LETTERS, "2025-08-01", "--json")
    plain, live, shown = (
        json.loads(run(*asked, *more).stdout) for more in ((), ("--seamless",), ("--seamless", "--test-only"))
    )
    assert (plain["incentives"], live["postage"]) == ([], plain["postage"])
    assert [one["code"] for one in live["findings"]][-2:] == ["INCENTIVE_NOT_CLAIMED"] * 2
    presorted = shown["pieces"] - shown["levels"]["SP"]
    assert [(one["name"], one["pieces"], one["rate"]) for one in shown["incentives"]] == [
        ("full-service", presorted, "0.005"), ("seamless", presorted, "0.002"),
    ]  # fmt: skip
    off = Decimal(plain["postage"]) - Decimal(shown["postage"])
    assert abs(off - presorted * Decimal("0.007")) <= Decimal("0.01")  # each postage is rounded once


def test_a_price_that_is_not_loaded_is_not_known(run, tmp_path):
    """Metered letters over one ounce have no single-piece price in the public transcriptions."""
    (tmp_path / "one_zip.csv").write_text("zip\n" + "70801-1234-01\n" * 500)
    asked = ("presort", "--list", tmp_path / "one_zip.csv", *LETTERS, "2025-09-15", "--payment", "metered")
    done = run(*asked, "--weight", "1.2")
    assert done.exit_code == 0, done.output
    assert "postage $296.50, single-piece not known" in done.output  # 500 x 0.593


def test_a_mailpiece_and_what_folding_saves(run):
    sizes = ("--length", 12, "--height", 9, "--thickness", "0.03", "--weight", 1)
    done = run("postal", "mailpiece", *sizes, "--pieces", 500, "--date", "2025-08-01", "--json")
    told = json.loads(done.stdout)
    assert (told["shape"], told["postage"]) == ("flat", "744.00")  # 500 x 1.488
    best = told["better"][0]
    assert (best["change"], best["shape"], best["saves"]) == ("fold once", "letter", "408.00")  # to 0.672
    assert run("postal", "mailpiece", "--length", "-1").exit_code == 2


def test_a_mailpiece_made_of_stock(run):
    made = ("postal", "mailpiece", "--envelope", "booklet9x12", "--pages", 13, "--date", "2025-08-01")
    told = run(*made, "--duplex")
    # 7 sheets of 0.16 oz and the envelope's 0.75 are 1.87 oz: the step to 2 oz, 1.758 a flat
    assert "$1,758.00 at $1.758" in told.stdout
    single = run(*made)  # 13 sheets are 2.83 oz
    assert "$2,028.00 at $2.028" in single.stdout
    half = run(*made, "--page", 5.5, 8.5)  # 13 half sheets are 1.04 oz: with the envelope 1.79
    assert "$1,758.00 at $1.758" in half.stdout
    assert run("postal", "mailpiece", "--envelope", "window10", "--pages", 40).exit_code == 2


@pytest.mark.parametrize(
    ("mail_class", "shape"),
    [
        ("fcm", "letters"),
        ("First-Class Mail", "LETTER"),
        ("first_class", "Letters"),
        ("Marketing Mail", "letter"),
    ],
)
def test_a_class_and_a_shape_are_taken_as_people_spell_them(run, addresses, mail_class, shape):
    kind = ("--class", mail_class, "--shape", shape, "--category", "Auto", "--policy", "Least")
    done = run("presort", "--list", addresses, *kind, "--date", "2025-08-01", "--test-only", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["sort_plan"] == f"{'mm' if 'M' in mail_class[:1] else 'fcm'}-letter-automation"
    assert told["policy"] == "least"


def test_a_class_nobody_knows_is_refused_with_the_names_there_are(run, addresses):
    done = run(
        "presort", "--list", addresses, "--class", "fourth", "--shape", "letter", "--date", "2025-08-01"
    )
    assert done.exit_code == 2
    assert "'fourth' is not one of 'first-class', 'marketing', 'nonprofit'" in done.stderr


@pytest.mark.parametrize("parted_by", [";", "\t", "|"])
def test_a_list_may_be_parted_by_what_a_spreadsheet_chose(run, addresses, parted_by):
    addresses.write_text(addresses.read_text().replace(",", parted_by))
    done = run("presort", "--list", addresses, *LETTERS, "2025-08-01", "--test-only", "--json")
    assert json.loads(done.stdout)["postage"] == "310.52"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("zip,ZIP\n70801,70802\n", "MAPPING_FIELD", "2 columns called zip"),
        ("zip,plus4\n70801,1234,x\n", "DATA_UNREADABLE", "a row has 3 fields, the heading 2"),
        ("", "DATA_UNREADABLE", "could not be read as CSV"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_in_words(run, tmp_path, text, code, said):
    path = tmp_path / "list.csv"
    path.write_text(text)
    done = run("presort", "--list", path, *LETTERS, "2025-08-01", "--test-only", "--json")
    refusal = json.loads(done.stdout)["error"]
    assert (done.exit_code, refusal["code"]) == (2, code)
    assert said in refusal["message"]
    assert f"[{code}]" in done.stderr


def test_a_machinable_piece_sorted_as_nonmachinable_is_told_what_would_make_it_so(run, addresses):
    kind = (*LETTERS, "2025-08-01", "--test-only", "--category", "nonmachinable")
    refused = run("presort", "--list", addresses, *kind)
    assert "or a feature (plastic-wrap" in refused.stderr
    assert run("presort", "--list", addresses, *kind, "--feature", "rigid").exit_code == 0


def test_two_editions_that_do_not_differ_say_so(run):
    done = run("postal", "editions", "--diff", "L801 stand-in", "L801 stand-in")
    assert done.stdout == "L801 stand-in and L801 stand-in do not differ.\n"
