"""One mark on the database and the data folder, so that neither works with a stranger's other half."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import Unavailable
from store.columns import Base
from store.db import system_actor
from store.files import StoredFile
from store.plant import Plant

MARK_FILE = "plant-id"


class PlantStamp(Base):
    """The mark; one row."""

    __tablename__ = "plant_stamp"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(32))

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


def stamp(plant: Plant) -> None:
    """Mark both, or see that they belong together. Unavailable PLANT_MISMATCH when they do not."""
    path = plant.settings.data_dir / MARK_FILE
    folder_mark = path.read_text().strip() if path.exists() else ""
    with plant.db.unit_of_work(system_actor("stamp")) as uow:
        mark = uow.session.scalar(select(PlantStamp.mark))
        if mark is None and not (folder_mark and any(_kept(plant))):
            row = {"id": 1, "mark": folder_mark or secrets.token_hex(16)}
            uow.session.execute(insert(PlantStamp).values(row).on_conflict_do_nothing())
            mark = uow.session.scalar(select(PlantStamp.mark))
        belongs = mark == folder_mark or (not folder_mark and _has_newest(uow.session, plant))
    if not belongs:
        raise Unavailable(
            f"The data folder {plant.settings.data_dir} and the database belong to different plants; nothing was "
            "changed. Set INDICIA_DATA_DIR to the folder, or DATABASE_URL to the database, that it worked with before.",
            code="PLANT_MISMATCH",
        )
    if not folder_mark:
        partial = path.with_suffix(".part")
        partial.write_text(f"{mark}\n")
        os.replace(partial, path)  # noqa: PTH105  # whole or not at all


def _kept(plant: Plant) -> list[Path]:
    """Anything in the file store?"""
    return list(plant.files.root.glob("??/*"))[:1] if plant.files.root.is_dir() else []


def _has_newest(session: Session, plant: Plant) -> bool:
    """A folder without a mark is this database's when it holds what was stored last, or nothing ever was."""
    newest = session.scalar(
        select(StoredFile.sha256)
        .filter_by(purged_at=None)
        .order_by(StoredFile.stored_at.desc(), StoredFile.sha256)
        .limit(1)
    )
    return newest is None or plant.files.path(newest).exists()
