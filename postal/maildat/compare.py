"""Two sets of Mail.dat files compared by their keys: what is new, what is gone, which fields changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from postal.maildat.record_findings import cells_of, found_in, key_of
from postal.maildat.records import ENCODING, Int64s, Maildat, Records
from postal.maildat.schema import Kind, layouts

SHOWN = 1_000  # keys or changes listed of each kind and file; the counts are exact


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record; values without blanks at the end."""

    key: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One file: counts, and the first SHOWN of each kind. Keys are the key fields without the job."""

    extension: str
    added_count: int
    removed_count: int
    changed_count: int  # fields
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]


def differences(before: Maildat, after: Maildat) -> tuple[FileDifference, ...]:
    """Files that differ, in the order of a transmission; the versions may differ: then fields of both count."""
    found = []
    for extension in layouts(after.version):
        if extension in before.files or extension in after.files:
            one = _file(extension, before[extension], after[extension])
            if one.added_count or one.removed_count or one.changed_count:
                found.append(one)
    return tuple(found)


def _file(extension: str, before: Records, after: Records) -> FileDifference:
    keys = after.layout.keys[1:] or after.layout.keys  # without the job, which is one for all
    old, new = key_of(before, *keys), key_of(after, *keys)
    places = found_in(new, old)
    added, removed = np.flatnonzero(places < 0), np.flatnonzero(found_in(old, new) < 0)
    kept = np.flatnonzero(places >= 0)
    changes = list(_changes(before, after, places[kept], kept, keys))
    return FileDifference(
        extension=extension,
        added_count=len(added),
        removed_count=len(removed),
        changed_count=sum(count for count, _ in changes),
        added=tuple(_shown(after, row, keys) for row in added[:SHOWN].tolist()),
        removed=tuple(_shown(before, row, keys) for row in removed[:SHOWN].tolist()),
        changed=tuple(change for _, some in changes for change in some)[:SHOWN],
    )


def _changes(
    before: Records, after: Records, old: Int64s, new: Int64s, keys: tuple[str, ...]
) -> Iterator[tuple[int, list[Change]]]:
    """For each field of both: how many records differ, and the first of them."""
    if not len(old):
        return
    for field in after.layout.fields:
        if field.kind in (Kind.RESERVE, Kind.CLOSING) or field.code not in before.layout:
            continue
        was, now = before.bytes_of(field.code)[old], after.bytes_of(field.code)[new]
        differ = np.flatnonzero((was != now).any(axis=1))
        if len(differ):
            some = [
                Change(_shown(after, int(new[row]), keys), field.code, _text(was[row]), _text(now[row]))
                for row in differ[:SHOWN].tolist()
            ]
            yield len(differ), some


def _shown(held: Records, row: int, keys: tuple[str, ...]) -> str:
    one = Records.held(held.layout, held.make(row, row + 1))
    return " / ".join(_text(cells_of(one, code)[0]) for code in keys)


def _text(cells: np.ndarray) -> str:
    return bytes(cells).decode(ENCODING).rstrip()
