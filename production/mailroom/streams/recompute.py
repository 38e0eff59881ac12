"""A mailing sorted once more from what was kept with it: its lists, its editions by content, its inputs.

The same rules and pieces give the same plan, byte for byte, however many years later; what does not is told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from postal.sorting.presort_plan import PresortPlan
from postal.sorting.rule_book import editions_of
from production.mailings.editions import shop_editions
from production.mailings.shop import ShopProfile
from production.mailings.streams import plan_of, require_sorted
from production.mailroom.streams.planning import PlanningFacts, sort_mailing
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A stream's kept plan and the one made again. ``differences``: in words, empty when the bytes are the same."""

    stream: str
    kept_sha256: str
    sha256: str
    pieces: int
    differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Byte for byte."""
        return self.kept_sha256 == self.sha256


def recompute(files: FileStore, facts: PlanningFacts, folder: Path) -> list[Recomputed]:
    """Sort a planned mailing again; by stream. Conflict STATE before it is planned; Corrupt EDITION_CHANGED when an
    edition it used is gone or has another content, CORRUPT when a list is.
    """
    streams = [one.stream for one in facts.streams]
    require_sorted(facts.mailing, streams)
    kept = [plan_of(files, stream) for stream in streams]
    again = sort_mailing(
        files,
        replace(facts, profile=_profile_then(facts)),
        folder,
        editions=editions_of(kept[0], shop_editions(files)),
    )
    return [
        Recomputed(
            stream.number,
            stream.plan_sha256 or "",
            new.ref.sha256,
            old.pieces,
            tuple(_differences(old, new.plan)),
        )
        for stream, old, new in zip(streams, kept, again, strict=True)
    ]


def _profile_then(facts: PlanningFacts) -> ShopProfile:
    """The shop's profile with what the mailing was planned by; mailings older than that record use today's."""
    now, kept = facts.profile, facts.streams[0].stream.summary.inputs
    then = asdict(kept) if kept else {}
    names = [column.key for column in ShopProfile.__table__.columns]
    return ShopProfile(**{name: then.get(name, getattr(now, name)) for name in names})


def _differences(kept: PresortPlan, again: PresortPlan) -> list[str]:
    said = []
    if kept.pieces != again.pieces:
        said.append(f"{again.pieces:,} pieces, kept are {kept.pieces:,}")
    if kept.postage != again.postage:
        said.append(f"postage of {again.postage}, kept is {kept.postage}")
    if kept.level_counts != again.level_counts:
        said.append("other pieces at the levels")
    if len(kept.trays) != len(again.trays):
        said.append(f"{len(again.trays):,} trays, kept are {len(kept.trays):,}")
    if kept.editions != again.editions:
        said.append("other editions")
    if kept.pieces == again.pieces and (kept.source != again.source).any():
        said.append("another order of pieces")
    return said
