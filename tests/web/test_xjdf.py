"""Tickets as XJDF into a folder, and what a machine puts back: each report once, hostile files named and put away."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import func, select

from kernel.clock import now
from production.floor.operations import finish, start
from production.floor.printers.counted import reported
from production.floor.xjdf.folder import RETURNED, reports_of, take_in
from production.floor.xjdf.models import MachineReport
from production.floor.xjdf.reading import MOST_BYTES, read
from production.floor.xjdf.ticket import NAMESPACE, Writing, write
from tests.factories import OPERATOR, PLANT
from tests.production.floor.test_ipp import ticket as asked_of
from tests.workers.test_printing import console, ready  # noqa: F401  a fixture

X = {"x": NAMESPACE}
SIGNAL = """<XJMF xmlns="{namespace}"><Header DeviceID="Press 1" ID="{id}" Time="{time}"/>
<SignalStatus><Header DeviceID="Press 1" ID="{id}s" Time="{time}"/><DeviceInfo Status="Production">
<JobPhase JobID="L" JobPartID="{ticket}" StartTime="{time}" Status="{state}"{counts}/></DeviceInfo>
</SignalStatus></XJMF>"""
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
# A stand-in for CIP4's own, which its license keeps out of here: what is asked of a ticket's first line alone.
SCHEMA = f"""<xs:schema targetNamespace="{NAMESPACE}" xmlns="{NAMESPACE}" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 elementFormDefault="qualified"><xs:element name="XJDF"><xs:complexType><xs:sequence><xs:any maxOccurs="unbounded"
 processContents="skip"/></xs:sequence><xs:attribute name="JobID" type="xs:NMTOKEN" use="required"/>
 <xs:attribute name="JobPartID" type="xs:NMTOKEN"/><xs:attribute name="Types" type="xs:NMTOKENS" use="required"/>
 <xs:attribute name="Version" type="xs:string"/><xs:attribute name="DescriptiveName" type="xs:string"/>
 <xs:attribute name="Category" type="xs:NMTOKEN"/></xs:complexType></xs:element></xs:schema>"""


def signal(ticket, number, state="InProgress", good=None, waste=None, minute=None):
    counts = "" if good is None else f' Amount="{good}" Waste="{waste}"'
    time = f"2026-11-30T10:{minute or number:02d}:00-06:00"
    return SIGNAL.format(
        namespace=NAMESPACE, id=f"m{number}", time=time, ticket=ticket, state=state, counts=counts
    )


@pytest.mark.parametrize(
    ("sheet", "sides", "told"),
    [
        (("8.5", "11"), "two-sided-long-edge", "TwoSidedHeadToHead"),
        (("18", "12"), "two-sided-short-edge", "TwoSidedHeadToHead"),  # its upright edges are the short ones
        (("8.5", "11"), "two-sided-short-edge", "TwoSidedHeadToFoot"),
        (("8.5", "11"), "one-sided", "OneSided"),
    ],
)
def test_a_ticket_says_what_is_asked(sheet, sides, told):
    asked = asked_of(sheet=tuple(map(Decimal, sheet)), sides=sides, finishing=("staple",))
    root = etree.fromstring(write(asked, Writing("27-000002-7", "27-000002-7-40-01", "a.pdf", now())))
    assert (root.tag, root.prefix) == (f"{{{NAMESPACE}}}XJDF", None)
    assert root.get("Types").split()[-2:] == ["DigitalPrinting", "Stitching"]
    assert root.find(".//x:LayoutIntent", X).get("Sides") == told
    assert root.find(".//x:Media", X).get("Dimension") == ("612 792" if sheet[0] == "8.5" else "1296 864")
    assert root.find(".//x:PartAmount", X).get("Amount") == "100"  # 50 copies of two sheets
    assert root.find(".//x:FileSpec", X).get("URL") == "a.pdf"


def test_a_ticket_appears_whole_and_what_comes_back_counts_once(plant, ready, monkeypatch, tmp_path):  # noqa: F811
    folder = tmp_path / "press"
    (tmp_path / "xjdf.xsd").write_text(SCHEMA)
    checked = ("--schema", str(tmp_path / "xjdf.xsd"))
    told = json.loads(console(plant, monkeypatch, "xjdf", ready, "--out", str(folder), *checked).stdout)
    assert told["checked_by"] == "schema"
    assert sorted(path.name for path in folder.iterdir()) == [f"{ready}.pdf", f"{ready}.xjdf"]
    assert read(str(folder / told["xjdf"])).findings == ()
    again = console(plant, monkeypatch, "xjdf", ready, "--out", str(folder))
    assert json.loads(again.stdout)["error"]["code"] == "SENT"

    (folder / "1.xjmf").write_text(signal(ready, 1))
    (folder / "2.xjmf").write_text(signal(ready, 2, "Completed", good=4, waste=1))
    (folder / "3.xjmf").write_text(
        signal(ready, 2, "Completed", good=4, waste=1)
    )  # the same message once more
    came_back = (folder / told["xjdf"]).read_bytes().replace(b"</AuditPool>", RESULT.encode())
    (folder / RETURNED).mkdir()
    (folder / RETURNED / "result.xjdf").write_bytes(came_back)
    answer = console(plant, monkeypatch, "read", str(folder))
    assert (answer.exit_code, json.loads(answer.stdout)["new"]) == (0, 3), answer.output
    assert json.loads(console(plant, monkeypatch, "read", str(folder)).stdout) == {"files": [], "new": 0}
    assert sorted(path.name for path in (folder / "read").iterdir()) == [
        "1.xjmf",
        "2.xjmf",
        "3.xjmf",
        "result.xjdf",
    ]

    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, ready, work_center="Press 1")
        operation = finish(uow, ready, files=plant.files)
        reports = reports_of(uow.session, operation)
    assert [(one.state, one.good, one.waste) for one in reports] == [
        ("InProgress", None, None), ("Completed", 4, 1), ("", 5, 0),
    ]  # fmt: skip
    assert list(reported(operation, reports)) == []  # five good, as was claimed
    assert [one.code for one in reported(operation, reports[:2])] == ["DEVICE_COUNT"]


RESULT = """<AuditResource><Header DeviceID="Press 1" ID="r1" Time="2026-11-30T11:00:00-06:00"/>
<ResourceInfo><ResourceSet Name="Component" Usage="Output"><Resource><AmountPool><PartAmount Amount="5" Waste="0"/>
</AmountPool></Resource></ResourceSet></ResourceInfo></AuditResource></AuditPool>"""


HOSTILE = {
    "entities.xjmf": BOMB + signal("27-000002-7-40-01", 1),
    "torn.xjmf": signal("27-000002-7-40-01", 1)[:-20],
    "other.xjmf": "<a/>",
    "old.xjmf": '<JMF xmlns="http://www.CIP4.org/JDFSchema_1_1"/>',
    "nobody.xjmf": signal("27-000002-7-40-01", 1).replace('DeviceID="Press 1"', ""),
    "below.xjmf": signal("27-000002-7-40-01", 1, good=-5, waste=0),
    "endless.xjmf": signal("27-000002-7-40-01", 1, good="9" * 400, waste=0),
    "no-time.xjmf": signal("27-000002-7-40-01", 1).replace("2026-11-30T10:01:00-06:00", "noon"),
    "theirs.xjmf": signal("99-999999-9-40-01", 1),
    "empty.xjmf": "",
}


def test_what_is_no_message_is_named_put_away_and_changes_nothing(plant, ready, tmp_path):  # noqa: F811
    for name, content in HOSTILE.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "large.xjmf").write_bytes(b"<a>" + bytes(MOST_BYTES))
    (tmp_path / "link.xjmf").symlink_to("/etc/passwd")
    taken = {one.file: one for one in take_in(plant, OPERATOR, tmp_path)}
    assert taken.keys() == {*HOSTILE, "large.xjmf"}
    assert {finding.code for one in taken.values() for finding in one.findings} == {"XJDF_INVALID"}
    assert all(finding.place.file for one in taken.values() for finding in one.findings)
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(MachineReport)) == 0
    refused = {path.name for path in (tmp_path / "refused").iterdir()}
    assert refused == {name + more for name in taken for more in ("", ".why.txt")}


def test_any_bytes_are_a_message_or_a_finding(tmp_path):
    whole, chance, path = (
        signal("27-000002-7-40-01", 1, good=5, waste=0).encode(),
        random.Random(5),
        tmp_path / "m",
    )
    for _ in range(300):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        Path(path).write_bytes(changed)
        found = read(str(path))
        assert found.findings or len(found.reports) <= 1
