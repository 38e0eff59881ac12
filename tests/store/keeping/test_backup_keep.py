"""Which backups stay: the newest of each day, week and month, whatever the times; and what goes with the others."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kernel import clock
from store.keeping.backup_keep import KeepRule, keep_rule, thin, to_keep

RULE = KeepRule("made up", date(2026, 1, 1), 14, 8, 12, "shop to confirm", "a test")
NOW = datetime(2026, 11, 29, 20, tzinfo=UTC)
times = st.sets(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 29)).map(lambda at: at.replace(tzinfo=UTC))
)


@given(times)
def test_what_is_kept_is_the_newest_of_its_period_and_no_period_has_two(made):
    kept = to_keep(made, RULE, NOW)
    assert kept <= made
    assert max(made) in kept if made else not kept
    today = clock.business_date(NOW)
    recent = [at for at in made if (today - clock.business_date(at)).days < RULE.daily]
    days = {clock.business_date(at): max(one for one in recent if clock.business_date(one) == clock.business_date(at))
            for at in recent}  # fmt: skip
    assert set(days.values()) <= kept
    assert len(kept) <= RULE.daily + RULE.weekly + RULE.monthly + 1
    old = [at for at in kept if (today - clock.business_date(at)).days > 366]
    assert old in ([], sorted(made)[-1:])  # nothing is kept longer than its months, but the last there is


def test_a_backup_a_night_for_two_years_leaves_what_the_rule_says():
    made = [NOW - timedelta(days=n) for n in range(730)]
    kept = sorted(to_keep(made, RULE, NOW), reverse=True)
    days = [clock.business_date(at) for at in kept]
    assert days[:14] == [date(2026, 11, 29) - timedelta(days=n) for n in range(14)]
    assert [day for day in days[14:] if day > date(2026, 10, 4)] == [
        date(2026, 11, 15), date(2026, 11, 8), date(2026, 11, 1), date(2026, 10, 31), date(2026, 10, 25),
        date(2026, 10, 18), date(2026, 10, 11),
    ]  # fmt: skip
    assert days[-1] == date(2025, 12, 31)


def test_the_rule_is_dated_and_waits_for_the_shop():
    rule = keep_rule(date(2026, 11, 29))
    assert (rule.daily, rule.weekly, rule.monthly, rule.status) == (14, 8, 12, "shop to confirm")


def made_up(folder: Path, at: datetime, *files: str, is_finished: bool = True) -> Path:
    """A backup that names these files."""
    own = folder / at.strftime("%Y-%m-%dT%H%M%SZ")
    own = own if is_finished else own.with_suffix(".part")
    own.mkdir(parents=True)
    (own / "files.txt").write_text("".join(f"{sha256} 1\n" for sha256 in files))
    if is_finished:
        row = {"made_at": at.isoformat(), "schema": "", "audit_count": 0, "audit_hash": "", "file_count": 0,
               "file_bytes": 0, "parts": {}}  # fmt: skip
        (own / "manifest.json").write_text(json.dumps(row))
    for sha256 in files:
        (folder / "files" / sha256[:2]).mkdir(parents=True, exist_ok=True)
        (folder / "files" / sha256[:2] / sha256).write_bytes(b"x")
    return own


def test_files_go_with_the_last_backup_that_names_them(tmp_path):
    shared, old, new = "a" * 64, "b" * 64, "c" * 64
    gone = made_up(tmp_path, NOW - timedelta(days=500), shared, old)
    kept = made_up(tmp_path, NOW, shared, new)
    broken = made_up(tmp_path, NOW - timedelta(days=1), "d" * 64, is_finished=False)
    foreign = tmp_path / "somebody's folder"
    foreign.mkdir()
    (tmp_path / "files" / "aa" / "readme").write_text("not ours")
    trial = thin(tmp_path, RULE, NOW, is_trial=True)
    assert gone.exists() and broken.exists()
    done = thin(tmp_path, RULE, NOW)
    assert trial == done
    assert (done.kept, done.gone) == ((kept.name,), tuple(sorted((gone.name, broken.name))))
    assert (done.files, done.size, done.unknown) == (2, 2, (foreign.name,))
    left = {path.name for path in (tmp_path / "files").glob("??/*")}
    assert left == {shared, new, "readme"}
    assert [path.exists() for path in (gone, broken, kept, foreign)] == [False, False, True, True]
    again = thin(tmp_path, RULE, NOW)
    assert (again.gone, again.files) == ((), 0)
