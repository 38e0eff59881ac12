"""Mail.dat on the screen: a set of a stream, settings of the shop, others with findings and differences."""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlalchemy import select

from postal.maildat.fileset import read_set
from postal.maildat.mailing import Sender
from postal.maildat.records import to_arrow
from production.mailings.models import MailingFile
from production.mailroom.maildat.models import MaildatSettingsRow, OwnerIds, ReceivedMaildat
from production.mailroom.maildat.settings import settings_in_force
from store.audit import AuditEntry
from tests.factories import PLANT
from tests.postal import foreign_set
from tests.production import mailings
from workers.runtime import drain

URL = "/mailroom/maildat"


@pytest.fixture
def mona(sign_in):
    return sign_in("mail_operator")


def take_in(browser, *files):
    action, hidden = browser.hidden(URL)
    given = [(io.BytesIO(data), name) for name, data in files]
    return browser.post(action, data=hidden | {"files": given}, content_type="multipart/form-data")


def archive(tmp_path, version="26-1"):
    return foreign_set.write_zip(tmp_path / "x.zip", version).read_bytes()


def stream_of_two(plant):
    jobs = [
        mailings.approved(plant, pieces=300, agency=agency, seed=seed)
        for agency, seed in (("DEX", 1), ("OSR", 2))
    ]
    return mailings.plan(plant, mailings.build(plant, *jobs))


def enter_settings(ada, **typed):
    return ada.submit("/maildat-settings", **typed)


def test_settings_are_kept_version_by_version_and_wrong_ones_named(plant, sign_in, mona):
    ada = sign_in("administrator")
    assert (
        enter_settings(ada, license_code="ABCD", crid="98765432", move_update_date="2026-11-01").status_code
        == 303
    )
    assert "ABCD" in ada.get("/maildat-settings").text
    refused = enter_settings(
        ada, license_code="1ab", move_update_date="soon", **{"owner-DEX-mailer_id": "12"}
    )
    assert refused.status_code == 422
    for words in ("a letter and three letters or digits", "a day, written 2026-11-30", "Mailer id of DEX"):
        assert words in refused.text
    enter_settings(ada, crid="7", **{"owner-OSR-mailer_id": "900000001"})
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(MaildatSettingsRow).order_by(MaildatSettingsRow.id)).all()
        now = settings_in_force(session)
        assert len(rows) == 2
        assert (now.sender, now.owners) == (Sender("", crid="7"), {"OSR": OwnerIds(mailer_id="900000001")})
        assert (
            session.scalars(select(AuditEntry.act).filter_by(subject="maildat_settings")).all()
            == ["entered"] * 2
        )
    assert mona.get("/maildat-settings").status_code == 403


def test_a_stream_of_two_agencies_carries_each_owners_pieces(plant, sign_in, mona):
    stream = stream_of_two(plant)
    ada = sign_in("administrator")
    enter_settings(
        ada,
        license_code="ABCD",
        crid="98765432",
        **{"owner-DEX-crid": "1000001", "owner-OSR-mailer_id": "900000001"},
    )
    page = f"/mailroom/streams/{stream.number}/maildat"
    assert "No set was written yet" in mona.get(page).text
    assert mona.get(f"{page}/set").status_code == 404
    done = mona.submit(page, version="26-1", pieces="pbc", ready="yes", follow=True)
    assert "is being written" in done.text
    drain(plant)
    text = mona.get(page).text
    assert "The last set is consistent" in text
    assert "1000001" in text
    answer = mona.get(f"{page}/set")
    with plant.files.scratch_folder() as folder:
        (folder / "s.zip").write_bytes(answer.data)
        read = read_set(folder / "s.zip")
    assert read.root.startswith("ABCD")
    accounts = to_arrow(read.maildat["mpa"]).to_pylist()
    assert [(row["MPA-1121"], row["MPA-1122"], row["MPA-1124"]) for row in accounts] == [
        (None, "1000001", "98765432"),
        ("900000001", None, "98765432"),
    ]
    pieces: dict[str, int] = {}
    for row in to_arrow(read.maildat["cqt"]).to_pylist():
        pieces[row["CQT-1003"]] = pieces.get(row["CQT-1003"], 0) + row["CQT-1103"]
    assert pieces == {"00001": 300, "00002": 300}
    assert set(to_arrow(read.maildat["csm"])["CSM-1124"].to_pylist()) == {"R"}
    stream_page = mona.get(f"/mailroom/streams/{stream.number}").text
    assert "Mail.dat" in stream_page
    assert "maildat-report" not in stream_page
    # Asked for again after a change of settings: another set, the old file stays in the store.
    with plant.db.read_only(PLANT) as session:
        before = session.scalars(select(MailingFile.sha256).filter_by(role="maildat")).one()
    enter_settings(ada, license_code="WXYZ")
    mona.submit(page, version="25-1", pieces="pdr")
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        after = session.scalars(select(MailingFile).filter_by(role="maildat")).one()
    assert after.sha256 != before
    assert "WXYZ" in after.given_name
    assert plant.files.verify(before)


def test_wrong_wishes_are_refused_on_the_page(plant, mona):
    stream = stream_of_two(plant)
    page = f"/mailroom/streams/{stream.number}/maildat"
    for typed in ({"version": "19-1", "pieces": "pbc"}, {"version": "26-1", "pieces": "xyz"}):
        refused = mona.submit(page, **typed)
        assert refused.status_code == 422
        assert "Write and check" in refused.text


@pytest.mark.parametrize("version", ["25-1", "26-1"])
def test_a_set_from_elsewhere_is_kept_once_read_and_told(plant, mona, tmp_path, version):
    data = archive(tmp_path, version)
    assert "No set was received yet" in mona.get(URL).text
    first = take_in(mona, ("out/their set.zip", data))
    assert first.status_code == 303
    again = take_in(mona, ("other name.zip", data))
    assert again.headers["Location"] == first.headers["Location"]
    here = first.headers["Location"]
    assert "being read" in mona.get(here).text
    drain(plant)
    page = mona.get(here).text
    for words in (
        "Consistent",
        "NORTH OFFICE",
        "Pallet",
        "393",
        version,
        "20202020",
        "no mailing date",
        "MAILDAT_FILES",
    ):
        assert words in page, words
    listing = mona.get(URL).text
    assert "their set.zip" in listing
    assert "other name" not in listing
    assert mona.get(f"{here}/file").data == data
    with plant.db.read_only(PLANT) as session:
        assert len(session.scalars(select(ReceivedMaildat)).all()) == 1


def test_files_of_a_set_one_by_one_with_a_fault(plant, mona, tmp_path):
    folder = foreign_set.write_folder(tmp_path / "set", "26-1")
    path = folder / "nwp00042.CQT"
    lines = path.read_bytes().split(b"\n")
    lines[0] = lines[0][:48] + b"00000181" + lines[0][56:]
    path.write_bytes(b"\n".join(lines))
    given = [(file.name, file.read_bytes()) for file in sorted(folder.iterdir())]
    here = take_in(mona, *given).headers["Location"]
    drain(plant)
    page = mona.get(here).text
    assert "Findings stop this set" in page
    assert "MAILDAT_SUM" in page
    assert ".cqt, row 1, column CQT-1103" in page
    good = take_in(mona, ("good.zip", archive(tmp_path))).headers["Location"]
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        other = session.scalars(select(ReceivedMaildat).filter_by(given_name="nwp00042.zip")).one()
    compared = mona.get(good, query_string={"with": f"received:{other.sha256}"})
    assert "CQT-1103" in compared.text
    assert "00000180" in compared.text
    assert "0 more, 0 gone, 1 fields changed" in compared.text


def test_a_received_set_is_compared_with_a_stream(plant, mona, tmp_path):
    stream = stream_of_two(plant)
    page = f"/mailroom/streams/{stream.number}/maildat"
    mona.submit(page, version="26-1", pieces="pbc")
    drain(plant)
    own = mona.get(f"{page}/set").data
    here = take_in(mona, ("copy of ours.zip", own)).headers["Location"]
    drain(plant)
    assert (
        "The sets are the same"
        in mona.get(here, query_string={"with": f"mailing:{stream.mailing.number}"}).text
    )
    priced = mona.get(here).text
    assert "Postage by our prices" in priced
    with plant.db.read_only(PLANT) as session:
        cents = session.get_one(type(stream), stream.id).summary.figures.postage.cents
    assert f"{cents / 100:,.2f}" in priced
    for wrong in ("mailing:M27-9999", "received:0", "x"):
        assert mona.get(here, query_string={"with": wrong}).status_code in (404, 409)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("x.zip", b"no archive", "ARCHIVE_DAMAGED"),
        ("x.hdr", b"nothing", "MAILDAT_VERSION"),
        ("x.seg", b"nothing", "MAILDAT_FILES"),
    ],
)
def test_what_is_no_set_is_refused_in_words(plant, mona, name, data, code):
    here = take_in(mona, (name, data)).headers["Location"]
    drain(plant)
    page = mona.get(here).text
    assert "The set was refused" in page
    assert code in page
    assert "Refused" in mona.get(URL).text


def test_a_bomb_and_a_traversal_are_refused(plant, mona):
    bomb, way_out = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.hdr", b"\0" * 50_000_000)
    with zipfile.ZipFile(way_out, "w") as made:
        made.writestr("../../a.hdr", b"x")
    for data, code in ((bomb.getvalue(), "ARCHIVE_TOO_LARGE"), (way_out.getvalue(), "ARCHIVE_DAMAGED")):
        here = take_in(mona, ("x.zip", data)).headers["Location"]
        drain(plant)
        assert code in mona.get(here).text


def test_nothing_chosen_and_the_same_name_twice(mona):
    assert take_in(mona).status_code == 422
    twice = take_in(mona, ("a.hdr", b"x"), ("A.HDR", b"y"))
    assert twice.status_code == 422
    assert "same name" in twice.text


def test_agencies_do_not_see_it(sign_in, plant):
    rita = sign_in("requester")
    assert rita.get(URL).status_code == 403
    assert rita.get("/maildat-settings").status_code == 403
