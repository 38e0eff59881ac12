"""What preflight says as people read it: groups, places, fixes, acceptances; and what changed between versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kernel.findings import Severity
from production.frontdesk.artwork.report import report
from production.frontdesk.artwork.versions import changes
from production.frontdesk.artwork.words import FIXES, TITLES
from production.frontdesk.preparation.accepted import ACCEPTABLE, Accepted, in_words, judged
from production.prepress.fixes.names import FIXES as FIX_NAMES
from production.prepress.preflight.press_report import _REMEDIES, OrderReport, PageBoxes, PressFinding

NOW = datetime(2026, 11, 30, tzinfo=UTC)
CROP = (0.0, 0.0, 200.0, 400.0)
PAGES = [PageBoxes(page, CROP, CROP, None, None, 0, 1.0) for page in (1, 2)]


def finding(
    code="PREFLIGHT_BLEED",
    severity=Severity.STOP,
    page=1,
    box=None,
    message="The page ends at its trim.",
    fix=None,
):
    return PressFinding(code, severity, page, box, None, None, message, "Fix it.", fix)


def told(*findings, accepted=()):
    return report(OrderReport(2, PAGES, list(findings)), "abc", "text", accepted)


def acceptance(*findings, sha256="abc", component="text"):
    said = tuple(map(in_words, findings))
    return Accepted(component, sha256, findings[0].code, said, "Fine.", "Rita Requester", NOW)


def test_findings_of_a_kind_are_told_once_in_their_group():
    found = told(
        finding(page=1), finding(page=2), finding("PREFLIGHT_RESOLUTION", Severity.WARN, message="Coarse."),
        finding("PREFLIGHT_RESOLUTION", Severity.NOTE, page=2, message="A little coarse."),
    )  # fmt: skip
    assert [(kind.code, kind.pages) for kind in found.must] == [("PREFLIGHT_BLEED", [1, 2])]
    assert [(kind.code, kind.pages) for kind in found.look] == [("PREFLIGHT_RESOLUTION", [1])]
    assert [(kind.code, kind.pages) for kind in found.info] == [("PREFLIGHT_RESOLUTION", [2])]
    assert len({kind.key for kind in found.kinds}) == 3
    assert (found.may_print, found.first_page()) == (False, 1)
    assert [kind.code for kind, _ in found.on_page(2)] == ["PREFLIGHT_BLEED", "PREFLIGHT_RESOLUTION"]


def test_a_place_is_told_in_percent_from_the_upper_left():
    (kind,) = told(finding(box=(50.0, 300.0, 150.0, 400.0))).must
    spot = kind.told[0].spot
    assert (spot.left, spot.top, spot.width, spot.height) == (25.0, 0.0, 50.0, 25.0)
    assert not spot.is_whole
    assert told(finding(box=(-9.0, -9.0, 209.0, 409.0))).must[0].told[0].spot.is_whole
    assert told(finding(box=(500.0, 500.0, 600.0, 600.0))).must[0].told[0].spot is None


def test_a_finding_offers_each_fix_that_answers_it():
    (kind,) = told(finding(fix="bleed-mirror")).must
    assert [offer.name for offer in kind.fixes] == ["bleed-mirror", "bleed-enlarge"]
    assert told(finding()).must[0].fixes == []


def test_what_was_accepted_warns_and_says_who():
    one, other = finding(page=1), finding(page=2)
    accepted = told(one, other, accepted=[acceptance(one, other)])
    assert (accepted.must, accepted.look[0].accepted.who, accepted.may_print) == ([], "Rita Requester", True)
    assert told(one, other, accepted=[acceptance(one)]).must  # page 2 was not accepted
    for wrong in (acceptance(one, sha256="def"), acceptance(one, component="cover")):
        assert told(one, accepted=[wrong]).must[0].can_accept
    assert told(replace(one, message="Otherwise."), accepted=[acceptance(one)]).must


@given(st.sampled_from(sorted(TITLES)), st.sampled_from(list(Severity)))
def test_only_what_could_be_printed_can_be_accepted(code, severity):
    one = finding(code, severity)
    (now,) = judged([one], "abc", "text", [acceptance(one)])
    is_accepted = severity is Severity.STOP and code in ACCEPTABLE
    assert now.severity is (Severity.WARN if is_accepted else severity)
    assert ("Accepted by Rita Requester: Fine." in now.message) is is_accepted


def test_a_file_that_cannot_be_opened_is_never_accepted():
    one = finding("PDF_ENCRYPTED", page=None)
    assert judged([one], "abc", "text", [acceptance(one)]) == [one]


def test_every_code_and_every_fix_has_words():
    assert set(_REMEDIES) <= set(TITLES)
    assert set(FIXES) == set(FIX_NAMES)
    said = " ".join([*TITLES.values(), *(f"{one.label} {one.does} {one.done}" for one in FIXES.values())])
    assert not {"trim", "bleed", "RGB", "CMYK", "overprint"} & set(said.replace(".", " ").split())


def test_changes_are_told_by_the_looks_of_pages():
    assert list(changes("abc", "abc")) == ["no page looks otherwise"]
    assert list(changes("abc", "axc")) == ["page 2 changed"]
    assert list(changes("abcd", "abd")) == ["page 3 left out"]
    assert list(changes("abc", "abcyz")) == ["pages 4-5 new"]
    assert list(changes("abcd", "bcda")) == ["page 4 moved"]
    assert list(changes("", "abc")) == []
    assert list(changes("abcdefghijklmnop", "bxdyfzhqjrlsntpv"))[-1].startswith("and ")
