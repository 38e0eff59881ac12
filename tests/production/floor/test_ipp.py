"""IPP as bytes and values, what a stranger may send, and what a printer offers beside what is asked."""

from __future__ import annotations

import socketserver
import struct
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.floor.printers.capabilities import FINISHINGS, job_attributes, lacks
from production.floor.printers.client import Away, Printer, address
from production.floor.printers.ipp import (
    Attribute,
    GroupTag,
    IppError,
    Message,
    Tag,
    Value,
    attribute,
    decode,
    encode,
)
from production.jobs.press_tickets import PressTicket, sides_of
from tests.printers import serving

NUMBERS = st.integers(-(2**31), 2**31 - 1)
WORDS = st.text(max_size=12)
PLAIN = st.one_of(
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), NUMBERS),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.sampled_from([Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.MIME_TYPE]), WORDS),
    st.builds(Value, st.just(Tag.RANGE), st.tuples(NUMBERS, NUMBERS)),
    st.builds(Value, st.sampled_from([Tag.OCTETS, Tag.DATE_TIME, Tag.RESOLUTION]), st.binary(max_size=12)),
    st.builds(Value, st.sampled_from([Tag.UNSUPPORTED, Tag.UNKNOWN, Tag.NO_VALUE]), st.none()),
)


def attributes(values):
    names = st.text(min_size=1, max_size=8)
    held = st.builds(Attribute, names, st.lists(values, min_size=1, max_size=3).map(tuple))
    return st.lists(held, max_size=3).map(tuple)


VALUES = st.recursive(
    PLAIN, lambda inner: st.builds(Value, st.just(Tag.COLLECTION), attributes(inner)), max_leaves=8
)
MESSAGES = st.builds(
    Message, st.integers(0, 0xFFFF), NUMBERS,
    st.lists(st.tuples(st.sampled_from(list(GroupTag)), attributes(VALUES)), max_size=3).map(tuple),
    st.tuples(st.integers(0, 255), st.integers(0, 255)), st.binary(max_size=8),
)  # fmt: skip


@settings(max_examples=60)
@given(MESSAGES)
def test_what_is_written_is_read_again(message):
    assert decode(encode(message)) == message


def test_the_bytes_are_those_of_the_standard():
    """Print-Job of RFC 8010, appendix A.1, up to its third attribute."""
    said = (
        attribute("attributes-charset", Tag.CHARSET, "utf-8"),
        attribute("attributes-natural-language", Tag.LANGUAGE, "en-us"),
        attribute("printer-uri", Tag.URI, "ipp://printer.example.com/ipp/print/pinetree"),
    )
    written = encode(Message(0x0002, 1, ((GroupTag.OPERATION, said),), (1, 1)))
    assert written == (
        b"\x01\x01\x00\x02\x00\x00\x00\x01\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x05en-us"
        b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree\x03"
    )


@settings(max_examples=60)
@given(MESSAGES, st.data())
def test_a_message_that_is_cut_off_is_none(message, data):
    whole = encode(Message(message.code, message.request_id, message.groups))
    with pytest.raises(IppError):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_an_error(raw):
    try:
        decode(b"\x02\x00\x00\x00\x00\x00\x00\x01\x04" + raw)
    except IppError:
        return


HEAD = b"\x02\x00\x00\x00\x00\x00\x00\x01\x04"
NESTED = b"\x34\x00\x01a\x00\x00" + b"\x4a\x00\x00\x00\x01m\x34\x00\x00\x00\x00" * 9


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (HEAD + b"\x21\x00\x01a\x00\x03\x00\x00\x01\x03", "another length"),
        (HEAD + b"\x44\x00\x01a\x7f\xffb\x03", "in the middle"),
        (HEAD + b"\x44\x00\x00\x00\x01b\x03", "follows no attribute"),
        (HEAD[:8] + b"\x44\x00\x01a\x00\x01b\x03", "outside of every group"),
        (HEAD + b"\x34\x00\x01a\x00\x00\x21\x00\x00\x00\x04\x00\x00\x00\x01\x03", "has no name"),
        (HEAD + NESTED, "without end"),
        (HEAD + b"\x35\x00\x01a\x00\x04\x00\x09ab\x03", "in the middle"),
        (bytes((4 << 20) + 1), "larger than"),
    ],
)
def test_hostile_bytes_are_named(raw, words):
    with pytest.raises(IppError, match=words):
        decode(raw)


class Hostile(socketserver.ThreadingTCPServer):
    """Answers every request with the same bytes, again and again if it is to have no end."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, answer, *, is_endless=False, pause=0.0):
        super().__init__(("127.0.0.1", 0), Talker)
        self.answer, self.is_endless, self.pause = answer, is_endless, pause
        self.asked = 0
        self.printer = Printer(address(f"ipp://127.0.0.1:{self.server_address[1]}/ipp/print"), seconds=0.4)


class Talker(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.asked += 1
        self.request.recv(1 << 16)
        try:
            self.request.sendall(self.server.answer)
            while self.server.is_endless:
                self.request.sendall(b"x" * (1 if self.server.pause else 1 << 16))
                time.sleep(self.server.pause)
        except OSError:
            return


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "endless", "pause", "words"),
    [
        (ELSEWHERE, False, 0, "a redirect is not followed"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", False, 0, "asks for a name and a password"),
        (OK + b"Content-Length: 4\r\n\r\nabcd", False, 0, "no proper answer: the message ends in the middle"),
        (OK + b"Content-Length: 400\r\n\r\nabcd", False, 0, "in the middle"),
        (b"220 mail.example ready\r\n", False, 0, "broke off"),
        (b"", False, 0, "broke off"),
        (OK + b"\r\n", True, 0, "broke off"),  # without end: more than a message can be
        (
            OK + b"\r\n",
            True,
            0.05,
            "no proper answer|broke off|in time",
        ),  # a byte now and then: every read has its answer in time
    ],
)
def test_a_hostile_printer_is_away_and_in_time(answer, endless, pause, words):
    with serving(Hostile(answer, is_endless=endless, pause=pause)) as server:
        began = time.monotonic()
        with pytest.raises(Away, match=words) as caught:
            server.printer.capabilities()
        assert time.monotonic() - began < 5
    assert caught.value.instance_code == "DEVICE_AWAY"
    assert not caught.value.may_have_begun  # a question prints nothing
    assert server.asked == 1


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "press1",
        "file:///etc/passwd",
        "ipp://",
        "ipp://a:b@press1/",
        "ipp://press1:99999/",
        "gopher://x/",
        "ipp://a b/\n",
    ],
)
def test_what_is_no_address_is_refused(uri):
    with pytest.raises(InvalidInput) as caught:
        address(uri)
    assert caught.value.instance_code == "DEVICE_URI"


def test_ports_are_those_of_the_schemes():
    """RFC 8010 4: ipp and ipps have 631."""
    found = {
        uri: (address(uri).port, address(uri).is_secret) for uri in ("ipp://a/p", "ipps://a/p", "https://a/p")
    }
    assert found == {"ipp://a/p": (631, False), "ipps://a/p": (631, True), "https://a/p": (443, True)}


@pytest.mark.parametrize(
    ("sheet", "turn", "sides"),
    [
        (("8.5", "11"), "left-right", "two-sided-long-edge"),  # a book that opens at the side
        (("8.5", "11"), "head-to-foot", "two-sided-short-edge"),  # a calendar
        (("18", "12"), "left-right", "two-sided-short-edge"),  # its upright edges are the short ones
        (("18", "12"), "head-to-foot", "two-sided-long-edge"),
        (("18", "12"), "none", "one-sided"),
    ],
)
def test_sides_follow_the_edge_that_the_sheet_turns_about(sheet, turn, sides):
    assert sides_of((Decimal(sheet[0]), Decimal(sheet[1])), turn) == sides


def ticket(**more):
    facts = {
        "title": "Forms", "sheet": (Decimal("8.5"), Decimal(11)), "paper": "Bond 24", "sides": "two-sided-long-edge",
        "copies": 50, "sheets": 2, "pages": 4, "account": "DEX-100",
    }  # fmt: skip
    return PressTicket(**(facts | more))


OFFERS = {
    one.name: one.values
    for one in (
        attribute("document-format-supported", Tag.MIME_TYPE, "application/pdf"),
        attribute(
            "media-supported",
            Tag.KEYWORD,
            "na_letter_8.5x11in",
            "custom_min_3.5x5in",
            "custom_max_12.6x19.2in",
        ),
        attribute("sides-supported", Tag.KEYWORD, "one-sided", "two-sided-long-edge", "two-sided-short-edge"),
        attribute("copies-supported", Tag.RANGE, (1, 999)),
        attribute("finishings-supported", Tag.ENUM, 3, 4),
        attribute("job-account-id-supported", Tag.BOOLEAN, *(True,)),
        attribute("job-priority-supported", Tag.INTEGER, 100),
    )
}


@pytest.mark.parametrize(
    ("asked", "lacking"),
    [
        ({}, []),
        ({"sheet": (Decimal(11), Decimal("8.5"))}, []),  # it lies the other way
        ({"sheet": (Decimal(12), Decimal(18))}, []),  # within the range of custom sizes
        ({"sheet": (Decimal(13), Decimal(19))}, ["media"]),
        ({"copies": 1000}, ["copies"]),
        ({"finishing": ("staple",)}, []),
        ({"finishing": ("staple", "punch")}, ["finishings"]),
        (
            {"sheet": (Decimal(20), Decimal(28)), "copies": 0, "finishing": ("fold",)},
            ["media", "copies", "finishings"],
        ),
    ],
)
def test_what_a_printer_lacks(asked, lacking):
    found = lacks(OFFERS, ticket(**asked))
    assert [one.attribute for one in found] == lacking
    assert all(one.changes_product for one in found)


def test_a_printer_that_says_nothing_prints_one_side_once():
    """RFC 8011 5.2: what is not offered is not there; an account that cannot be told changes nothing of the sheets."""
    found = {one.attribute: one.changes_product for one in lacks({}, ticket())}
    assert found == {
        "document-format": True,
        "media": True,
        "sides": True,
        "copies": True,
        "job-account-id": False,
    }


def test_a_job_has_media_once_and_copies_that_begin_on_a_front():
    more = {
        one.name: one.values
        for one in (
            attribute("media-col-supported", Tag.KEYWORD, "media-size", "media-type"),
            attribute(
                "multiple-document-handling-supported", Tag.KEYWORD, "separate-documents-collated-copies"
            ),
        )
    }
    plain = {one.name: [value.of for value in one.values] for one in job_attributes(OFFERS, ticket())}
    assert plain == {
        "media": ["na_letter_8.5x11in"], "sides": ["two-sided-long-edge"], "copies": [50], "finishings": [3],
        "job-priority": [50], "job-account-id": ["DEX-100"],
    }  # fmt: skip
    made = {one.name: one.values for one in job_attributes(OFFERS | more, ticket(finishing=("staple",)))}
    (size,) = made["media-col"][0].of
    assert {one.name: one.values[0].of for one in size.values[0].of} == {
        "x-dimension": 21590,
        "y-dimension": 27940,
    }
    assert "media" not in made
    assert [value.of for value in made["finishings"]] == [4]
    assert "multiple-document-handling" in made


def test_paper_is_told_by_type_and_weight_where_the_printer_takes_them():
    more = {
        "media-col-supported": attribute(
            "x", Tag.KEYWORD, "media-size", "media-type", "media-weight-metric"
        ).values,
        "media-type-supported": attribute("x", Tag.KEYWORD, "stationery").values,
    }
    asked = ticket(media_type="stationery", grams=90)
    (column,) = [one for one in job_attributes(OFFERS | more, asked) if one.name == "media-col"]
    members = {one.name: one.values[0].of for one in column.values[0].of}
    assert (members["media-type"], members["media-weight-metric"]) == ("stationery", 90)
    card = ticket(media_type="cardstock", grams=250)
    assert [(one.attribute, one.changes_product) for one in lacks(OFFERS | more, card)] == [
        ("media-type", False)
    ]
    (column,) = [one for one in job_attributes(OFFERS | more, card) if one.name == "media-col"]
    assert "media-type" not in {one.name for one in column.values[0].of}


def test_finishings_have_the_numbers_of_the_standard():
    """PWG 5100.1-2022, table 1."""
    wanted = {
        "trim": 11,
        "staple-dual-left": 28,
        "punch-triple-left": 78,
        "fold-accordion": 90,
        "fold-half": 93,
        "fold-z": 100,
    }
    assert {name: FINISHINGS[name] for name in wanted} == wanted


def test_finishings_go_by_template_where_there_is_no_number():
    database = attribute("finishing-template", Tag.KEYWORD, "punch")
    offers = OFFERS | {"finishings-col-database": (Value(Tag.COLLECTION, (database,)),)}
    asked = ticket(finishing=("punch",))
    assert lacks(offers, asked) == []
    (made,) = [one for one in job_attributes(offers, asked) if one.name.startswith("finishings")]
    assert made == Attribute("finishings-col", (Value(Tag.COLLECTION, (database,)),))


def test_a_number_keeps_its_size():
    assert struct.pack(">i", -1) in encode(Message(1, 1, ((1, (attribute("a", Tag.INTEGER, -1),)),)))
