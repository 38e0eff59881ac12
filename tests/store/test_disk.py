"""Names that tell the time."""

from __future__ import annotations

from datetime import UTC, datetime

from store.disk import named_by_time

AT = datetime(2026, 12, 1, 8, 30, 5, tzinfo=UTC)


def test_what_is_made_within_one_second_has_names_of_its_own(tmp_path):
    names = []
    for suffix in ("", ".part", ".txt"):  # also a half that was left, and a file
        path = named_by_time(tmp_path, AT, "restored-")
        names.append(path.name)
        path.with_suffix(suffix).mkdir()
    assert names == [
        "restored-2026-12-01T083005Z",
        "restored-2026-12-01T083005Z-2",
        "restored-2026-12-01T083005Z-3",
    ]
    assert named_by_time(tmp_path, AT).name == "2026-12-01T083005Z"
