"""The whole line in one run: an address list becomes letters, papers and charges, against the naive chain.

``python bench/line.py [--pieces N]`` prints one JSON line a measurement. Ours is ``indicia demo`` in this process on
its own throw-away plant: list check, preflight, zone check, quote, proof, approval, presort plan, serials, IMb, merge
in segments with every page checked, tickets, labels, statement, floor, dispatch, delivery, charges.

The naive chain prints the same letters: csv reader, a ReportLab overlay for each letter with ReportLab's own codes,
pypdf ``merge_page`` of template and overlay, one ORM row a piece. It checks nothing and charges nothing. It runs
twice: with the letter's own fonts and marks, and on lighter pages. A few hundred letters are measured and
scaled, which flatters it: it slows down as its file grows.

CPU seconds are those of the process, its children and the database server.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import pypdf
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.ecc200datamatrix import ECC200DataMatrix
from reportlab.graphics.barcode.usps4s import USPS_4State
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from production.frontdesk.lists.samples import write_sample_list
from production.jobs.models import Operation
from production.jobs.states import OperationCode
from production.prepress.merge import fonts
from store import logs
from store.db import Database
from store.plant import Plant
from store.settings import Settings
from store.start.embedded import owner_url
from web.commands.demo import SAMPLES, walk_sample
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_plant
from web.commands.sample import load_sample_plant
from workers.registry import TASKS, Record, Step, Task, Work
from workers.runtime import drain

PIECES = 100_000
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Meter:
    """CPU and wall seconds by stage. ``server``: process id of the database."""

    server: int
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def now(self) -> float:
        """CPU seconds of this process and of the database server, each with its children. The limited children belong
        to a nursery that lives on: what they took is in no figure of this process, only in the nursery's.
        """
        return _seconds(os.getpid()) + (
            0 if self.server in _descendants(os.getpid()) else _seconds(self.server)
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage; what tasks inside it take is counted as theirs alone."""
        cpu, wall, inner = self.now(), time.perf_counter(), (sum(self.cpu.values()), sum(self.wall.values()))
        yield
        self.cpu[name] += self.now() - cpu - (sum(self.cpu.values()) - inner[0])
        self.wall[name] += time.perf_counter() - wall - (sum(self.wall.values()) - inner[1])

    def drain(self, plant: Plant) -> int:
        """Every open message, each task timed by its name."""
        named = {name: {f.name: getattr(task, f.name) for f in fields(Task)} for name, task in TASKS.items()}
        return drain(plant, tasks={name: _Timed(**values, meter=self) for name, values in named.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed(Task):
    meter: Meter

    def step(self) -> Step:
        """The step with its work and its record timed."""
        found = Task.step(self)

        def timed(plant: Plant, work: Work) -> Record:
            with self.meter.stage(self.name):
                record = found(plant, work)

            def recorded(uow: Any) -> None:
                with self.meter.stage(self.name):
                    record(uow)

            return recorded

        return timed


def _seconds(process: int) -> float:
    """CPU seconds of a process and of its children: those that ended and those that run."""
    ticks = 0
    for one in (process, *_descendants(process)):
        with suppress(OSError):  # ended meanwhile, and counted by its parent
            values = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(value) for value in values[11:15])
    return ticks / _TICKS


def _descendants(process: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):
            for child in (thread / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


def measure(pieces: int) -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit; peer is null where there is none."""
    logs.set_up("ERROR")
    with tempfile.TemporaryDirectory(prefix="indicia-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        with opened_plant(settings) as plant:
            load_sample_plant(plant)
            meter = Meter(int((settings.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
            _, stream = walk_sample(plant, meter.drain, meter, pieces)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            del (
                meter.cpu["generate"],
                meter.wall["generate"],
            )  # the list is given, not made, in a real mailing
            yield from _by_stage(meter)
            own_bytes, pages = _printed(plant, stream.id)
            naive = {}
            for look in LOOKS:
                start = meter.now()
                made = _naive(plant, Path(folder), look)
                naive[look] = (meter.now() - start) * pieces / look.letters
                size = made.stat().st_size / (look.letters * pages // pieces)
    ours = sum(meter.cpu.values())
    name = f"whole line, {pieces:,} letters of {pages // pieces} pages"
    for look, seconds in naive.items():
        yield _row(
            f"{name}, against the naive chain, {look.name} ({look.letters} scaled)", ours, seconds, "CPU s"
        )
    yield _row(f"{name}, elapsed", sum(meter.wall.values()), None, "s")
    yield _row("whole line, bytes a page beyond the template", own_bytes / pages, size, "bytes")
    yield _row(f"{name}, peak memory", peak, None, "MB")


def _by_stage(meter: Meter) -> Iterator[dict[str, Any]]:
    for stage, seconds in meter.cpu.items():
        yield _row(f"whole line, stage {stage}", seconds, None, "CPU s")


def _printed(plant: Plant, lot_id: int) -> tuple[int, int]:
    """Bytes of the stream's print files without one template each, and their pages."""
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        rows = session.scalars(select(Operation).filter_by(lot_id=lot_id, type=OperationCode.PRINT)).all()
        template = (SAMPLES / "letter.pdf").stat().st_size
        sizes = [plant.files.path(row.file_sha256).stat().st_size - template for row in rows]
        return sum(sizes), sum(row.pages for row in rows)


# --- the naive chain ---------------------------------------------------------------------------------------


class _Base(DeclarativeBase):
    pass


class _Piece(_Base):
    """One row a piece, as such programs keep them."""

    __tablename__ = "bench_piece"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    zip_code: Mapped[str]
    imb: Mapped[str]
    page: Mapped[int]


@dataclass(frozen=True, slots=True)
class _Look:
    """How a naive letter looks: its fonts for text, figures and the amount, and its page mark."""

    name: str
    letters: int  # measured, then scaled
    text: str
    figures: str
    bold: str
    mark: Callable[[str], Flowable]


def _data_matrix(value: str) -> Flowable:
    symbol = ECC200DataMatrix(value)
    symbol.x = symbol.y = 0
    symbol.validate()
    symbol.encode()
    return symbol


LOOKS = (
    _Look(
        "the same fonts and marks", 100, "DejaVuSansCondensed", "DejaVuSansMono", "DejaVuSans-Bold",
        _data_matrix,
    ),
    _Look(
        "lighter pages: no embedded fonts, Code 128", 500, "Helvetica", "Courier", "Helvetica-Bold",
        lambda value: Code128(value, barHeight=14),
    ),
)  # fmt: skip


def _naive(plant: Plant, folder: Path, look: _Look) -> Path:
    """Reads, sorts by ZIP Code, overlays, merges, writes, stores."""
    source, out = folder / "naive.csv", folder / "naive.pdf"
    write_sample_list(source, look.letters)
    with source.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["ZIP+4"].strip()]
    rows.sort(key=lambda row: row["ZIP+4"])
    for font in ("DejaVuSansCondensed", "DejaVuSansMono", "DejaVuSans-Bold"):
        pdfmetrics.registerFont(TTFont(font, str(fonts.FOLDER / f"{font}.ttf")))
    template = pypdf.PdfReader(SAMPLES / "letter.pdf").pages
    writer = pypdf.PdfWriter()
    pieces = []
    for number, row in enumerate(rows, start=1):
        code = f"00310012345{number:09d}{row['ZIP+4'].replace('-', '')}{row['Delivery Point']}"
        overlay = pypdf.PdfReader(_overlay(row, code, number, look)).pages
        for sheet, own in zip(template, overlay, strict=True):
            page = writer.add_blank_page(*letter)
            page.merge_page(sheet)
            page.merge_page(own)
        pieces.append(
            _Piece(
                name=row["Name"], street=row["Street"], city=row["City"], zip_code=row["ZIP+4"],
                imb=code, page=2 * number - 1,
            )
        )  # fmt: skip
    writer.write(out)
    owner = Database(owner_url(plant.db.url)).engine  # only the owner makes tables
    _Base.metadata.create_all(owner)
    with Session(owner) as session:
        session.add_all(pieces)
        session.commit()
    return out


def _overlay(row: dict[str, str], code: str, number: int, look: _Look) -> io.BytesIO:
    """The two pages of one letter, without what all letters share."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=letter)
    USPS_4State(value=code[:20], routing=code[20:]).drawOn(canvas, 72, 600)
    canvas.setFont(look.text, 8)
    last = f"{row['City']} {row['State']} {row['ZIP+4']}"
    lines = [line for line in (row["Name"], row["Organization"], row["Street"], row["Unit"], last) if line]
    for k, line in enumerate(lines):
        canvas.drawString(72, 588 - 8.8 * k, line)
    canvas.setFont(look.figures, 10)
    canvas.drawString(130, 490, row["Account No"])
    canvas.setFont(look.bold, 11)
    canvas.drawRightString(520, 490, row["Amount Due"])
    canvas.setFont(look.text, 10.5)
    canvas.drawString(72, 452, f"Dear {row['Name']},")
    told = (
        f"Our records show {row['Amount Due']} due on account {row['Account No']} for the card sent to "
        f"{row['Street']}, {row['City']}."
    )
    for k, line in enumerate(simpleSplit(told, look.text, 10.5, 468)):
        canvas.drawString(72, 430 - 14 * k, line)
    look.mark(f"{1:08d}{number:08d}00010002").drawOn(canvas, 500, 750)
    canvas.showPage()
    canvas.setFont(look.text, 10)
    for k, name in enumerate(("Name", "Account No", "Amount Due")):
        canvas.drawString(130, 670 - 25 * k, row[name])
    look.mark(f"{1:08d}{number:08d}00020002").drawOn(canvas, 500, 750)
    canvas.showPage()
    canvas.save()
    buffer.seek(0)
    return buffer


def _row(name: str, ours: float, peer: float | None, unit: str) -> dict[str, Any]:
    ratio = None if peer is None else round(peer / ours, 2)
    return {
        "name": name,
        "ours": round(ours, 2),
        "peer": None if peer is None else round(peer, 1),
        "ratio": ratio,
        "unit": unit,
    }


def main(say: Callable[[str], None] = print) -> None:
    """Print one JSON line a measurement."""
    arguments = argparse.ArgumentParser(description="The whole line against the naive chain.")
    arguments.add_argument("--pieces", type=int, default=PIECES)
    for measurement in measure(arguments.parse_args().pieces):
        say(json.dumps(measurement))


if __name__ == "__main__":
    main()
