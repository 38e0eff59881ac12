"""The archive of an evidence packet: the same files give the same bytes, and every byte is named by its hash.

``manifest.json`` lists every other file with size and SHA-256. The packet is one ZIP without compression of time or
place: fixed dates, fixed order, no paths of a machine.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from postal.maildat.fileset import examine_archive
from production.dock.evidence.stated import FORMAT, Listed, Manifest
from store.documents import plain

PLAN = "presort plan"  # kind of the files that hold one, by stream
MANIFEST = "manifest.json"
_SHAPE: TypeAdapter[Manifest | None] = TypeAdapter(Manifest | None, config=ConfigDict(extra="forbid"))
MAX_BYTES = 2_000_000_000  # unpacked
_EPOCH = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a packet. ``kind``: what it is for people; the bytes are those of ``source``."""

    path: str
    source: Path
    kind: str

    def listed(self) -> Listed:
        """How the manifest names it."""
        with self.source.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        return Listed(self.path, self.kind, self.source.stat().st_size, digest)


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet as read: its manifest, and what was wrong with its files."""

    manifest: Manifest
    findings: tuple[Finding, ...]


def as_json(value: object) -> bytes:
    """Canonical JSON, readable: sorted keys, one value a line."""
    return (json.dumps(plain(value), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def digest_of(listed: Iterable[Listed]) -> str:
    """One hash for a list of files: SHA-256 over lines 'sha256  path' in the order of paths."""
    lines = sorted(f"{row.sha256}  {row.path}\n" for row in listed)
    return hashlib.sha256("".join(sorted(lines, key=lambda line: line[66:])).encode()).hexdigest()


def write_packet(out: Path, entries: Sequence[Entry], manifest: Manifest) -> Manifest:
    """Write the archive; gives the manifest with its list of files. A file appears whole or not at all."""
    whole = replace(manifest, files=tuple(entry.listed() for entry in entries))
    partial = out.with_name(f".{out.name}.part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with archive.open(_info(MANIFEST), "w") as target:
            target.write(as_json(whole))
        for entry in entries:
            with (
                archive.open(_info(entry.path), "w", force_zip64=True) as target,
                entry.source.open("rb") as source,
            ):
                while block := source.read(_BLOCK):
                    target.write(block)
    partial.replace(out)
    return whole


def read_packet(path: Path, folder: Path) -> Packet:
    """Unpack into a folder and compare every file with the manifest. InvalidInput ARCHIVE_DAMAGED, PACKET_FORMAT;
    TooLarge ARCHIVE_TOO_LARGE.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            examine_archive(archive, MAX_BYTES)
            names = set(archive.namelist())
            manifest = _manifest(archive, names)
            listed = {row.path: row for row in manifest.files}
            findings = [
                *(_finding("PACKET_MISSING", "is missing", name) for name in sorted(set(listed) - names)),
                *(
                    _finding("PACKET_UNLISTED", "is not in the manifest", name)
                    for name in sorted(names - set(listed) - {MANIFEST})
                ),
            ]
            findings += [
                _finding("PACKET_HASH", "does not have the hash of the manifest", name)
                for name in sorted(names & set(listed))
                if _unpack(archive, name, folder) != listed[name].sha256
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise InvalidInput(
            "The packet is damaged, or it is not a ZIP archive.", code="ARCHIVE_DAMAGED"
        ) from error
    return Packet(manifest, tuple(findings))


def _manifest(archive: zipfile.ZipFile, names: set[str]) -> Manifest:
    try:
        manifest = _SHAPE.validate_json(archive.read(MANIFEST) if MANIFEST in names else b"")
    except ValueError:  # a cause would carry names into the log
        manifest = None
    if manifest is None or manifest.format != FORMAT:
        raise InvalidInput("The archive is not an evidence packet of this format.", code="PACKET_FORMAT")
    return manifest


def _unpack(archive: zipfile.ZipFile, name: str, folder: Path) -> str:
    """Write one file below the folder (its name was examined) and give its hash."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(name) as source, target.open("wb") as out:
        while block := source.read(_BLOCK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _info(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


def _finding(code: str, words: str, name: str) -> Finding:
    return Finding(
        code,
        Severity.STOP,
        f"{name} {words}.",
        "Get the packet again from where it is kept.",
        Place(file=name),
    )
