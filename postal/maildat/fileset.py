"""A set of Mail.dat files in a folder or a ZIP archive: written with the same bytes every time, read with
suspicion. Files of one set share a root name; the extension says which file it is.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from kernel.errors import InvalidInput, TooLarge
from kernel.findings import Finding, Place, Severity
from postal.maildat.records import BLANK, ENCODING, Maildat, Records, UInt8s
from postal.maildat.schema import HEADER, FileLayout, layouts

LINE_END = b"\r\n"
# What is taken from outside before it is opened: entries, bytes unpacked, ratio of unpacked to packed.
MAX_ENTRIES = 2_000
MAX_BYTES = 200_000_000
MAX_RATIO = 100
MAX_NAMED_LINES = 100  # lines of a wrong length that are named one by one
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say: the same set gives the same bytes
_ROOT = re.compile(r"[A-Za-z0-9]{1,8}")
_VERSION = slice(8, 12)  # HDR-1101, in every version
_UNIX_LINK = 0xA000
_NESTED = (".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz")


@dataclass(frozen=True, slots=True, eq=False)
class ReadSet:
    """A set as read: ``names`` of its files by extension as given, and what was wrong with lines and names."""

    root: str
    maildat: Maildat
    names: Mapping[str, str]
    findings: tuple[Finding, ...]


# -- writing -------------------------------------------------------------------------------------------


def write_folder(maildat: Maildat, folder: Path, *, root: str) -> list[Path]:
    """One file each, root and extension; a file appears whole or not at all. InvalidInput MAILDAT_FILES."""
    _check_root(root)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for extension, held in maildat.files.items():
        path = folder / f"{root}.{extension}"
        partial = path.with_name(f".{path.name}.part")
        with partial.open("wb") as out:
            for piece in lines(held):
                out.write(piece)
        partial.replace(path)
        paths.append(path)
    return paths


def write_zip(maildat: Maildat, path: Path, *, root: str) -> None:
    """All files in one archive with the same bytes for the same set. InvalidInput MAILDAT_FILES."""
    _check_root(root)
    partial = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for extension, held in maildat.files.items():
            entry = zipfile.ZipInfo(f"{root}.{extension}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as out:
                for piece in lines(held):
                    out.write(piece)
    partial.replace(path)


def lines(held: Records) -> Iterator[bytes]:
    """The bytes of a file, many records at a time."""
    end = np.frombuffer(LINE_END, np.uint8)
    for block in held.blocks():
        lined = np.empty((len(block), block.shape[1] + len(end)), np.uint8)
        lined[:, : block.shape[1]] = block
        lined[:, block.shape[1] :] = end
        yield lined.tobytes()


def _check_root(root: str) -> None:
    if not _ROOT.fullmatch(root):
        raise InvalidInput(
            "The root name of a set has 1 to 8 letters or digits.", code="MAILDAT_FILES", root=root
        )


# -- reading -------------------------------------------------------------------------------------------


def read_set(path: Path, *, root: str = "", max_bytes: int = MAX_BYTES) -> ReadSet:
    """A set from a folder or a ZIP archive. ``root`` chooses among several sets; ``max_bytes`` unpacked.

    InvalidInput MAILDAT_FILES, MAILDAT_VERSION, ARCHIVE_DAMAGED; TooLarge ARCHIVE_TOO_LARGE.
    """
    if path.is_dir():
        sizes = {
            file.name: file.stat().st_size
            for file in path.iterdir()
            if file.is_file() and not file.is_symlink()
        }
        names = _chosen(sizes, root)
        if sum(sizes[name] for name in names.values()) > max_bytes:
            raise _too_large()
        return _parsed(names, {ext: (path / name).read_bytes() for ext, name in names.items()}, sizes)
    try:
        with zipfile.ZipFile(path) as archive:
            examine_archive(archive, max_bytes)
            names = _chosen({entry.filename: entry.file_size for entry in archive.infolist()}, root)
            return _parsed(names, _unpacked(archive, names, max_bytes), archive.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise _damaged("The archive is damaged, or it is not a ZIP archive.") from error


def examine_archive(archive: zipfile.ZipFile, max_bytes: int) -> None:
    """Refuse bombs, encrypted or nested archives, links and names that lead elsewhere, before unpacking."""
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MAX_ENTRIES:
        raise _too_large()
    if len(set(names)) != len(names):
        raise _damaged("Two files of the archive have the same name.")
    for entry in entries:
        if entry.flag_bits & 1:
            raise _damaged("The archive is protected by a password.")
        if (entry.external_attr >> 16) & 0xF000 == _UNIX_LINK or _leads_elsewhere(entry.filename):
            raise _damaged("A file of the archive points outside of it.")
        if entry.filename.lower().endswith(_NESTED):
            raise _damaged("The archive holds another archive.")
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > max_bytes or unpacked > MAX_RATIO * max(packed, 1):
        raise _too_large()


def _leads_elsewhere(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]


def _unpacked(archive: zipfile.ZipFile, names: Mapping[str, str], budget: int) -> dict[str, bytes]:
    """The files' bytes; a size that lies ends at the budget, not at the end of memory."""
    data = {}
    for extension, name in names.items():
        with archive.open(name) as stream:
            data[extension] = _at_most(stream, budget)
        budget -= len(data[extension])
    return data


def _at_most(stream: IO[bytes], budget: int) -> bytes:
    data = stream.read(budget + 1)
    if len(data) > budget:
        raise _too_large()
    return data


def _chosen(sizes: Mapping[str, int], root: str) -> dict[str, str]:
    """Name of each file of the set by extension, in the order of a transmission."""
    roots: dict[str, dict[str, str]] = {}
    known = list(layouts("26-1"))  # every version has the same files
    for name in sizes:
        stem, dot, extension = os.path.basename(name).rpartition(".")  # noqa: PTH119
        if dot and extension.lower() in known:
            roots.setdefault(stem.upper(), {})[extension.lower()] = name
    if root:
        roots = {stem: files for stem, files in roots.items() if stem == root.upper()}
    sets = [files for files in roots.values() if HEADER in files]
    if len(sets) != 1:
        words = (
            "No Mail.dat header (.hdr) was found."
            if not sets
            else "There is more than one Mail.dat set here."
        )
        remedy = (
            "Name the root of one set."
            if sets
            else "A set has a header file and its other files under one name."
        )
        raise InvalidInput(words, code="MAILDAT_FILES", remedy=remedy)
    return {extension: sets[0][extension] for extension in known if extension in sets[0]}


def _parsed(
    names: Mapping[str, str], data: Mapping[str, bytes], given: Mapping[str, int] | list[str]
) -> ReadSet:
    version = _version(data[HEADER])
    known = layouts(version)
    files, findings = {}, []
    for extension, content in data.items():
        rows, wrong = parse(known[extension], content, name=names[extension])
        files[extension] = Records.held(known[extension], rows)
        findings += wrong
    ignored = sorted(set(given) - set(names.values()))
    if ignored:
        findings.append(
            Finding(
                "MAILDAT_FILES",
                Severity.NOTE,
                f"{len(ignored):,} other files are ignored.",
                place=Place(ignored[0]),
            )
        )
    root = os.path.basename(names[HEADER]).rpartition(".")[0]  # noqa: PTH119
    return ReadSet(root, Maildat(version, files), dict(names), tuple(findings))


def _version(header: bytes) -> str:
    """HDR-1101 of the live header record."""
    rows = [line for line in header.split(b"\n") if line.strip()] or [b""]
    live = [row for row in rows if row[16:17] == b"C"] or rows
    version = live[0][_VERSION].decode(ENCODING).strip()
    layouts(version)  # refuses an unknown one by name
    return version


def parse(layout: FileLayout, content: bytes, *, name: str = "") -> tuple[UInt8s, list[Finding]]:
    """Records (n, length) of a file's bytes. Lines end with CRLF or LF; a line of another length is cut or
    filled, and named (MAILDAT_RECORD_LENGTH).
    """
    data = np.frombuffer(content, np.uint8)
    for end in (b"\r\n", b"\n"):
        stride = layout.length + len(end)
        whole = data if content.endswith(end) else np.frombuffer(content + end, np.uint8)
        if len(content) and len(whole) % stride == 0:
            rows = whole.reshape(-1, stride)
            has_end = bool((rows[:, layout.length :] == np.frombuffer(end, np.uint8)).all())
            if has_end and not (rows[:, : layout.length] == ord("\n")).any():
                return rows[:, : layout.length], []
    return _uneven(layout, content, name)


def _uneven(layout: FileLayout, content: bytes, name: str) -> tuple[UInt8s, list[Finding]]:
    if (content.count(b"\n") + 1) * layout.length > 2 * MAX_BYTES:
        raise _too_large()
    texts = content.split(b"\n")
    if texts and not texts[-1].strip(b"\r\x1a\x00"):
        texts.pop()
    findings: list[Finding] = []
    kept = []
    for number, text in enumerate(texts, start=1):
        line = text.removesuffix(b"\r")
        if len(line) != layout.length and len(findings) < MAX_NAMED_LINES:
            findings.append(_wrong_length(layout, len(line), Place(name, row=number)))
        kept.append(line[: layout.length].ljust(layout.length, bytes([BLANK])))
    rows = np.frombuffer(b"".join(kept), np.uint8).reshape(len(kept), layout.length)
    return rows, findings


def _wrong_length(layout: FileLayout, length: int, place: Place) -> Finding:
    return Finding(
        "MAILDAT_RECORD_LENGTH",
        Severity.STOP,
        f"The record has {length:,} bytes; a .{layout.extension} record has {layout.length:,}.",
        "Write the file again; nothing may be cut or added.",
        place,
    )


def _damaged(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="ARCHIVE_DAMAGED")


def _too_large() -> TooLarge:
    return TooLarge("The set is larger than is taken from outside.", code="ARCHIVE_TOO_LARGE")
