"""Service types come from a dated table; what does not fit a mailing stops it by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kernel.errors import InvalidInput
from postal.barcodes.stids import (
    CLASS_OF,
    LEVELS,
    check_stid,
    fitting_stid,
    load_table,
    service_type,
    service_types,
    stid_for,
)
from postal.data.editions import InForce, Status, edition_for, editions

DAY = date(2026, 12, 1)


def codes(*arguments, **more) -> list[str]:
    return [finding.code for finding in check_stid(*arguments, **more)]


def test_the_shipped_table_is_whole_and_sourced():
    table = service_types(InForce(DAY, editions()))
    assert len(table.by_stid) > 100
    assert "PostalPro" in table.edition.source
    assert "newer table" in table.edition.caution
    for row in table.by_stid.values():
        assert len(row.stid) == 3
        assert row.stid.isdigit()
        assert row.service_level in LEVELS
        assert row.mail_class in CLASS_OF.values()


def test_a_row_names_class_level_tracing_and_use():
    row = service_type("270", InForce(DAY, editions()))
    assert (row.mail_class, row.service_level, row.iv_mtr) == ("first_class", "full_service", True)
    assert (row.address_correction, row.use) == ("none", "piece")
    assert service_type("311", InForce(DAY, editions())).mail_class == "marketing_mail"
    assert service_type("708", InForce(DAY, editions())).service_level == ""
    assert service_type("777", InForce(DAY, editions())).iv_mtr is None


@pytest.mark.parametrize(
    ("mail_class", "is_full_service", "is_traced", "correction", "stid"),
    [  # Service Type Identifier table effective 2024-01-21: First-Class Mail, USPS Marketing Mail
        ("FCM", True, True, "none", "270"),
        ("FCM", False, False, "none", "300"),
        ("FCM", False, True, "none", "310"),
        ("FCM", True, True, "address_service_1", "314"),
        ("STD", True, True, "none", "271"),
        ("STD", False, True, "none", "311"),
        ("STD", True, True, "change_service_1", "243"),
    ],
)
def test_the_type_for_a_mailing_and_it_fits(mail_class, is_full_service, is_traced, correction, stid):
    more = {"is_full_service": is_full_service, "is_traced": is_traced, "address_correction": correction}
    assert stid_for(mail_class, InForce(DAY, editions()), **more) == stid
    assert check_stid(stid, mail_class, InForce(DAY, editions()), is_full_service=is_full_service) == []
    other = "STD" if mail_class == "FCM" else "FCM"
    assert codes(stid, other, InForce(DAY, editions())) == ["STID_FIT"]
    assert codes(stid, mail_class, InForce(DAY, editions()), is_full_service=not is_full_service) == [
        "STID_FIT"
    ]


def test_what_does_not_fit_is_said():
    (finding,) = check_stid("271", "FCM", InForce(DAY, editions()))
    assert finding.message == "Service type 271 is for marketing mail, not for first class."
    (finding,) = check_stid("270", "FCM", InForce(DAY, editions()), category="machinable")
    assert "Full-Service, which machinable pieces cannot have" in finding.message
    assert check_stid("310", "FCM", InForce(DAY, editions()), category="machinable") == []
    (finding,) = check_stid("708", "FCM", InForce(DAY, editions()))
    assert "comes back" in finding.message
    assert check_stid("720", "FCM", InForce(DAY, editions())) == []  # an official ballot on its way out
    assert codes("999", "FCM", InForce(DAY, editions())) == ["STID_UNKNOWN"]
    with pytest.raises(InvalidInput, match="no service type for first_class, basic, traced, by hand"):
        stid_for("FCM", InForce(DAY, editions()), is_full_service=False, address_correction="by hand")


@pytest.mark.parametrize("stid", ["270", "300", "310", "314", "320"])
@pytest.mark.parametrize(("mail_class", "category"), [("FCM", "automation"), ("STD", "automation")])
def test_a_counterpart_asks_the_same_of_another_class(stid, mail_class, category):
    found = fitting_stid(stid, mail_class, InForce(DAY, editions()), category=category)
    row, other = service_type(stid, InForce(DAY, editions())), service_type(found, InForce(DAY, editions()))
    assert replace(row, stid=found, mail_class=other.mail_class) == other
    assert check_stid(found, mail_class, InForce(DAY, editions()), category=category) == []
    assert fitting_stid(found, "FCM", InForce(DAY, editions())) == stid


def test_full_service_gives_way_where_the_pieces_cannot_have_it():
    assert fitting_stid("270", "FCM", InForce(DAY, editions()), category="machinable") == "310"
    assert fitting_stid("270", "STD", InForce(DAY, editions()), category="nonmachinable") == "311"
    with pytest.raises(InvalidInput, match="no service type that asks of marketing mail"):
        fitting_stid("222", "STD", InForce(DAY, editions()))


def test_before_the_first_table_nothing_fits():
    assert codes("270", "FCM", InForce(date(2024, 1, 20), editions())) == ["EDITION_MISSING"]


def test_a_newer_table_of_the_shop_counts_from_its_day(tmp_path):
    path = tmp_path / "stids.csv"
    path.write_text(
        "stid,mail_class,service_level,iv_mtr,address_correction,use\n270,marketing_mail,basic,no,none,piece\n"
    )
    shipped = edition_for("stids", DAY, among=editions())
    newer = replace(shipped, id="newer", path=path, effective_from=DAY, status=Status.ACTIVE, complete=True)
    among = (shipped, newer)
    assert codes("270", "STD", InForce(date(2026, 11, 30), among)) == ["STID_FIT"]
    assert codes("270", "STD", InForce(DAY, among)) == []


@pytest.mark.parametrize(
    "row",
    [
        "27,first_class,basic,no,none,piece",
        "27x,first_class,basic,no,none,piece",
        "270,first class,basic,no,none,piece",
        "270,first_class,better,no,none,piece",
        "270,first_class,basic,perhaps,none,piece",
        "270,first_class,basic,no,none,piece\n270,first_class,basic,no,none,piece",
    ],
)
def test_a_faulty_table_is_refused(tmp_path, row):
    path = tmp_path / "stids.csv"
    path.write_text("stid,mail_class,service_level,iv_mtr,address_correction,use\n" + row + "\n")
    with pytest.raises(ValueError, match="service type"):
        load_table(replace(edition_for("stids", DAY, among=editions()), path=path))
