"""A sorted mailing as papers, Mail.dat, dispatch and evidence read it: streams, jobs, trays, one plan over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from postal.sorting.joined import joined
from postal.sorting.presort_plan import PresortPlan, TrayLabel, stream_name
from production.jobs.models import Job
from production.mailings.models import Mailing, PresortShare, PresortStream, Tray
from production.mailings.streams import plan_of, require_sorted, shares_of, streams_of
from store.files import FileStore


@dataclass(frozen=True)
class PlacedTray:
    """A tray with its place in loading order, from 1, and its stream's place in the mailing, from 0. Its label is
    numbered as the joined plan is.
    """

    place: int
    stream: int
    row: Tray
    label: TrayLabel


@dataclass(frozen=True)
class PlannedMailing:
    """``shares`` and ``jobs`` in the order of the joined plan's jobs; ``trays`` by stream and number."""

    mailing: Mailing
    streams: Sequence[PresortStream]
    shares: Sequence[PresortShare]
    jobs: Sequence[Job]
    trays: Sequence[Tray]

    @cached_property
    def names(self) -> dict[int, str]:
        """A, B and so on, by the stream's key."""
        return {stream.id: stream_name(place) for place, stream in enumerate(self.streams)}

    @property
    def title(self) -> str:
        """The titles of its jobs, once each."""
        return ", ".join(dict.fromkeys(job.title for job in self.jobs))

    def plan(self, files: FileStore) -> PresortPlan:
        """One plan of all its streams."""
        jobs = [sum(share.lot_id == stream.id for share in self.shares) for stream in self.streams]
        return joined([plan_of(files, stream) for stream in self.streams], jobs)

    def placed(self, plan: PresortPlan) -> list[PlacedTray]:
        """The trays in loading order."""
        place_of = {stream.id: place for place, stream in enumerate(self.streams)}
        if plan.joining is None:
            return [PlacedTray(tray.number, 0, tray, label_of(tray)) for tray in self.trays]
        where = plan.joining
        rows = {(place_of[tray.lot_id], tray.number): tray for tray in self.trays}
        keys = zip(where.stream_of_tray.tolist(), where.tray_in_stream.tolist(), strict=True)
        shifts = (plan.trays.first_piece - where.first_in_stream).tolist()
        return [
            PlacedTray(place, key[0], rows[key], _moved(label_of(rows[key]), place, shift, plan))
            for place, (key, shift) in enumerate(zip(keys, shifts, strict=True), start=1)
        ]


def read_planned(session: Session, mailing: Mailing) -> PlannedMailing:
    """Conflict STATE before it is sorted."""
    streams = streams_of(session, mailing.id)
    require_sorted(mailing, streams)
    shares = [share for stream in streams for share in shares_of(session, stream)]
    trays = select(Tray).where(Tray.lot_id.in_([stream.id for stream in streams]))
    return PlannedMailing(
        mailing=mailing,
        streams=streams,
        shares=shares,
        jobs=[session.get_one(Job, share.job_id) for share in shares],
        trays=session.scalars(trays.order_by(Tray.lot_id, Tray.number)).all(),
    )


def label_of(tray: Tray) -> TrayLabel:
    """A tray's label as it was recorded."""
    return TrayLabel(
        tray=tray.number,
        line_1=tray.line_1,
        line_2=tray.line_2,
        line_3=tray.line_3,
        label_zip=int(tray.destination),
        cin=int(tray.content_id or 0),
        tray_type=tray.tray_type,
        level=tray.level,
        pieces=tray.last_piece - tray.first_piece + 1,
        first_piece=tray.first_piece,
        last_piece=tray.last_piece,
    )


def _moved(label: TrayLabel, place: int, shift: int, plan: PresortPlan) -> TrayLabel:
    level = plan.label(place).level  # what is left may stand at several levels, by weight
    return replace(
        label,
        tray=place,
        level=level if level.startswith(label.level) else label.level,
        first_piece=label.first_piece + shift,
        last_piece=label.last_piece + shift,
    )
