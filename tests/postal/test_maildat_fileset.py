"""Sets of files: the same bytes, folder and archive alike, and nothing hostile taken in."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from kernel.errors import InvalidInput, TooLarge
from postal.maildat import fileset
from postal.maildat.fileset import lines, parse, read_set, write_folder, write_zip
from postal.maildat.records import BLOCK, Records
from postal.maildat.schema import VERSIONS, layouts
from tests.postal.maildat_sets import sample

ROOT = "ABCD0001"


@pytest.fixture(scope="module", params=VERSIONS)
def maildat(request):
    return sample(request.param).maildat


def same(one, other) -> bool:
    return list(one.files) == list(other.files) and all(
        np.array_equal(held.rows, other[extension].rows) for extension, held in one.files.items()
    )


def test_what_is_written_is_read_again(maildat, tmp_path):
    paths = write_folder(maildat, tmp_path / "set", root=ROOT)
    write_zip(maildat, tmp_path / "set.zip", root=ROOT)
    assert [path.name for path in paths][:3] == [f"{ROOT}.hdr", f"{ROOT}.seg", f"{ROOT}.mpu"]
    for given in (tmp_path / "set", tmp_path / "set.zip"):
        read = read_set(given)
        assert same(read.maildat, maildat)
        assert (read.root, read.maildat.version, read.findings) == (ROOT, maildat.version, ())


def test_the_same_set_gives_the_same_bytes(maildat, tmp_path):
    for name in ("a.zip", "b.zip"):
        write_zip(maildat, tmp_path / name, root=ROOT)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    write_zip(read_set(tmp_path / "a.zip").maildat, tmp_path / "c.zip", root=ROOT)
    assert (tmp_path / "c.zip").read_bytes() == (tmp_path / "a.zip").read_bytes()


def test_every_line_ends_with_crlf_and_has_its_length(maildat):
    for held in maildat.files.values():
        text = b"".join(lines(held))
        assert [len(line) for line in text.split(b"\r\n")] == [held.layout.length] * len(held) + [0]


def test_blocks_follow_one_another_without_a_seam():
    layout = layouts("26-1")["pbc"]
    rows = np.full((BLOCK + 3, layout.length), ord("7"), np.uint8)
    rows[:, 0] = np.arange(len(rows)) % 10 + 48
    assert b"".join(lines(Records.held(layout, rows))) == b"".join(bytes(row) + b"\r\n" for row in rows)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_both_line_ends_and_a_missing_last_one(maildat, end, last):
    held = maildat["cqt"]
    content = end.join(bytes(row) for row in held.rows) + (end if last else b"")
    rows, findings = parse(held.layout, content)
    assert findings == []
    assert np.array_equal(rows, held.rows)


def test_a_short_and_a_long_record_are_named_and_the_others_kept(maildat):
    held = maildat["cqt"]
    texts = [bytes(row) for row in held.rows]
    texts[1], texts[3] = texts[1][:-5], texts[3] + b"x"
    rows, findings = parse(held.layout, b"\r\n".join(texts), name="X.cqt")
    assert [(finding.code, finding.place.row) for finding in findings] == [
        ("MAILDAT_RECORD_LENGTH", 2), ("MAILDAT_RECORD_LENGTH", 4),
    ]  # fmt: skip
    assert np.array_equal(rows[[0, 2]], held.rows[[0, 2]])
    assert len(rows) == len(held)


def test_an_unknown_version_is_refused_by_name(maildat, tmp_path):
    write_folder(maildat, tmp_path, root=ROOT)
    header = tmp_path / f"{ROOT}.hdr"
    content = header.read_bytes()
    header.write_bytes(content[:8] + b"24-1" + content[12:])
    with pytest.raises(InvalidInput, match="24-1") as refusal:
        read_set(tmp_path)
    assert refusal.value.instance_code == "MAILDAT_VERSION"


def test_several_sets_ask_for_a_root_and_none_is_said(maildat, tmp_path):
    for root in ("ONE", "TWO"):
        write_folder(maildat, tmp_path, root=root)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InvalidInput) as refusal:
        read_set(tmp_path)
    assert refusal.value.instance_code == "MAILDAT_FILES"
    assert read_set(tmp_path, root="two").root == "TWO"
    with pytest.raises(InvalidInput, match="header"):
        read_set(tmp_path, root="THREE")


def archive(path, *entries, **options) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in entries:
            out.writestr(name, content, **options)


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([("../X.hdr", b"x")], "ARCHIVE_DAMAGED"),
        ([("/X.hdr", b"x")], "ARCHIVE_DAMAGED"),
        ([("c:/X.hdr", b"x")], "ARCHIVE_DAMAGED"),
        ([("X.hdr", b"x"), ("x.HDR", b"y")], "ARCHIVE_DAMAGED"),
        ([("X.hdr", b"x"), ("more.zip", b"y")], "ARCHIVE_DAMAGED"),
        ([("X.pbc", b" " * 5_000_000)], "ARCHIVE_TOO_LARGE"),
        ([(f"{n}.x", b"") for n in range(2_001)], "ARCHIVE_TOO_LARGE"),
        ([("X.txt", b"x")], "MAILDAT_FILES"),
    ],
)
def test_hostile_archives_are_refused(tmp_path, entries, code):
    archive(tmp_path / "x.zip", *entries)
    with pytest.raises((InvalidInput, TooLarge)) as refusal:
        read_set(tmp_path / "x.zip")
    assert refusal.value.instance_code == code


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("X.hdr")
    link.external_attr = 0o120777 << 16
    archive(tmp_path / "x.zip", (link, b"/etc/passwd"))
    with pytest.raises(InvalidInput) as refusal:
        read_set(tmp_path / "x.zip")
    assert refusal.value.instance_code == "ARCHIVE_DAMAGED"


def test_what_is_no_archive_or_cut_short_is_damaged(maildat, tmp_path):
    write_zip(maildat, tmp_path / "x.zip", root=ROOT)
    whole = (tmp_path / "x.zip").read_bytes()
    for content in (b"", b"no archive", whole[:-30], whole[:2_000] + b"\0" * 50 + whole[2_050:]):
        (tmp_path / "y.zip").write_bytes(content)
        with pytest.raises(InvalidInput) as refusal:
            read_set(tmp_path / "y.zip")
        assert refusal.value.instance_code == "ARCHIVE_DAMAGED"


def test_the_limit_holds_for_folders_lying_sizes_and_lines(maildat, tmp_path, monkeypatch):
    write_folder(maildat, tmp_path / "set", root=ROOT)
    with pytest.raises(TooLarge):
        read_set(tmp_path / "set", max_bytes=1_000)
    monkeypatch.setattr(fileset, "MAX_BYTES", 10_000)
    with pytest.raises(TooLarge):
        parse(maildat["csm"].layout, b"\n" * 1_000)


def test_a_root_name_has_eight_letters_or_digits(maildat, tmp_path):
    for root in ("", "TOOLONG123", "../X", "A B"):
        with pytest.raises(InvalidInput) as refusal:
            write_zip(maildat, tmp_path / "x.zip", root=root)
        assert refusal.value.instance_code == "MAILDAT_FILES"
    assert list(tmp_path.iterdir()) == []
