"""Print files of a stream, judged by readers that are not ours: pypdf, poppler, pdfium, qpdf, zxing, ReportLab."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

import numpy as np
import pypdf
import pypdfium2
import pytest
import zxingcpp
from reportlab.graphics.barcode.usps4s import USPS_4State
from sqlalchemy import select

from kernel.errors import Corrupt
from postal.barcodes import imb, imb_image
from production.jobs.models import JobFile, Operation
from production.jobs.states import OperationCode, OperationState
from production.mailings.accepted import read_accepted
from production.mailings.models import PresortStream, Tray
from production.mailings.streams import plan_of
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.spoilage import make_reprint, report_spoils
from production.mailroom.streams import segments
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings

PAGES = 2
WORDS = ("Words of the first letter", "Words of the second letter")
DPI = 300


class Walked:
    """A sorted stream of two agencies' letters, merged in segments, and what each of its pieces should be."""

    def __init__(self, plant):
        self.plant = plant
        self.jobs, self.stream = begin(plant, "segments", lambda: two_letters(plant))
        self.plan = plan_of(plant.files, self.stream)
        with plant.db.read_only(PLANT) as session:
            paths = [
                plant.files.path(
                    session.scalars(
                        select(JobFile.sha256).filter_by(job_id=job.id, role="accepted_list")
                    ).one()
                )
                for job in self.jobs
            ]
        self.people = [row for path in paths for row in read_accepted(path).to_pylist()]

    def record(self, piece):
        """The list row of a piece, and which job's it is."""
        return self.people[self.plan.source[piece - 1]], int(self.plan.job[piece - 1])

    def code(self, piece):
        """Tracking and routing as digits, put together by hand from the plan's row."""
        person, _ = self.record(piece)
        serial = self.stream.first_serial + piece - 1
        tracking = f"00{self.stream.service_type_id}{self.stream.mailer_id}{serial:09d}"
        return tracking, person["zip5"] + person["plus4"] + person["delivery_point"]

    def merges(self):
        return mailings.operations(self.plant, self.stream, OperationCode.MERGE)

    def path(self, operation):
        (printing,) = [
            row
            for row in mailings.operations(self.plant, self.stream, OperationCode.PRINT)
            if row.segment == operation.segment
        ]
        return self.plant.files.checked_path(printing.file_sha256)


def two_letters(plant):
    """The jobs and their sorted stream, which is merged 200 pieces at a time."""
    mailings.open_sample(plant)
    mailings.set_shop(plant, pieces_per_segment=200)
    jobs = [
        mailings.approved(plant, pieces=420, seed=1, pages=PAGES, text=WORDS[0]),
        mailings.approved(plant, pieces=280, seed=2, pages=PAGES, text=WORDS[1], agency="OSR"),
    ]
    return jobs, mailings.plan(plant, mailings.build(plant, *jobs))


@pytest.fixture
def walked(plant):
    return Walked(plant)


@cache
def reportlab_letters(code):
    return str(USPS_4State(*code).barcodes)


def expected_lines(walked, piece, page):
    """Everything that may stand on one page of one piece, as text."""
    person, job = walked.record(piece)
    lines = [f"{WORDS[job]}, sheet {page}", f"{walked.stream.id}-{piece} {page}/{PAGES}"]
    if page == 1:
        lines += [
            line
            for line in (person["recipient"], person["company"], person["street"], person["street2"])
            if line
        ]
        zip_code = "-".join(part for part in (person["zip5"], person["plus4"]) if part)
        lines += [f"{person['city']} {person['state']} {zip_code}", imb.encode(*walked.code(piece))]
    return sorted(lines)


def shown_lines(text):
    return sorted(line.strip() for line in text.splitlines() if line.strip())


def test_page_k_holds_record_k_and_nothing_else_on_every_page(walked):
    """pypdf and poppler read every page; each line of text is one that belongs there."""
    pages = 0
    for operation in walked.merges():
        mailings.merge(walked.plant, operation)
        path = walked.path(operation)
        wanted = [
            expected_lines(walked, piece, page)
            for piece in range(operation.first_piece, operation.last_piece + 1)
            for page in (1, 2)
        ]
        reader = pypdf.PdfReader(path)
        assert len(reader.pages) == len(wanted)
        for page, lines in zip(reader.pages, wanted, strict=True):
            assert shown_lines(page.extract_text()) == lines
        pages += len(wanted)
        if shutil.which("pdftotext"):
            text = subprocess.run(
                ["pdftotext", "-raw", path, "-"], capture_output=True, check=True, text=True
            ).stdout
            *poppler, rest = text.split("\f")
            assert rest.strip() == ""
            assert [shown_lines(page) for page in poppler] == wanted
        if shutil.which("qpdf"):
            subprocess.run(["qpdf", "--check", path], capture_output=True, check=True)
    assert pages == 700 * PAGES


def test_codes_on_the_rendered_page_are_the_plans(walked):
    """Barcodes read back from pixels, marks by zxing, letters by ReportLab's encoder."""
    for operation in walked.merges():
        mailings.merge(walked.plant, operation)
        document = pypdfium2.PdfDocument(walked.path(operation))
        first = operation.first_piece
        for piece in {first, (first + operation.last_piece) // 2, operation.last_piece}:
            for page in (1, 2):
                sheet = document[(piece - first) * PAGES + page - 1]
                picture = np.asarray(sheet.render(scale=DPI / 72, grayscale=True).to_numpy()).squeeze()
                (mark,) = zxingcpp.read_barcodes(picture[60:300, 2200:2520])
                assert mark.text == f"{walked.stream.id:08d}{piece:08d}{page:04d}{PAGES:04d}"
                if page == 1:
                    assert imb_image.read(picture[700:830, 200:1300]) == walked.code(piece)
                    assert imb.encode(*walked.code(piece)) == reportlab_letters(walked.code(piece))


def test_segments_are_cut_where_trays_end_and_templates_alternate_inside(walked):
    with walked.plant.db.read_only(PLANT) as session:
        ends = set(session.scalars(select(Tray.last_piece)))
    assert len(walked.merges()) > 1
    for operation in walked.merges():
        assert operation.last_piece in ends
        owners = np.asarray(walked.plan.job)[operation.first_piece - 1 : operation.last_piece]
        assert set(owners.tolist()) == {0, 1}
        assert np.count_nonzero(np.diff(owners)) > 10


def test_a_merge_repeated_gives_the_same_bytes(walked):
    operation = walked.merges()[0]
    first = mailings.merge(walked.plant, operation)
    with walked.plant.db.read_only(PLANT) as session:
        facts = segments.read_facts(session, session.get_one(Operation, operation.id))
    with walked.plant.files.scratch_folder() as folder:
        again = segments.merge_segment(walked.plant.files, facts, folder)
    assert again.ref == first.ref


def test_recording_names_the_file_and_readies_the_print(walked):
    operation, *others = walked.merges()
    merged = mailings.merge(walked.plant, operation)
    prints = mailings.operations(walked.plant, walked.stream, OperationCode.PRINT)
    assert merged.pages == operation.pieces * PAGES
    assert (prints[0].file_sha256, prints[0].pages, prints[0].state) == (
        merged.ref.sha256, merged.pages, OperationState.READY,
    )  # fmt: skip
    assert walked.merges()[0].state is OperationState.DONE
    assert {row.state for row in prints[1:]} == {OperationState.WAITING}
    assert {row.state for row in walked.merges()[1:]} == {OperationState.READY}
    assert len(prints) == len(others) + 1


def test_a_repeat_with_other_bytes_is_refused(walked):
    operation = walked.merges()[0]
    with walked.plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.get_one(Operation, operation.id)
        row.file_sha256 = walked.stream.plan_sha256  # as if an earlier attempt had given this
    with pytest.raises(Corrupt, match="other bytes"):
        mailings.merge(walked.plant, operation)


def test_a_damaged_template_is_not_printed(walked):
    with walked.plant.db.read_only(PLANT) as session:
        sha256 = session.scalars(
            select(JobFile.sha256).filter_by(job_id=walked.jobs[0].id, role="template")
        ).one()
    path = walked.plant.files.path(sha256)
    path.chmod(0o640)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Corrupt, match="missing or damaged"):
        mailings.merge(walked.plant, walked.merges()[0])


def test_a_reprint_prints_exactly_the_spoiled_pieces(walked):
    plant = walked.plant
    for operation in walked.merges():
        mailings.merge(plant, operation)
    prints = mailings.operations(plant, walked.stream, OperationCode.PRINT)
    for printing in prints:
        mailings.run(plant, printing)
    spoiled = sorted({prints[0].first_piece, prints[0].last_piece, 77, 78, 79, prints[-1].last_piece})
    with plant.db.unit_of_work(mailings.FLOOR) as uow:
        for printing in prints:
            mine = [str(p) for p in spoiled if printing.first_piece <= p <= printing.last_piece]
            if mine:
                row = uow.session.get_one(Operation, printing.id)
                report_spoils(uow, row, pieces=", ".join(mine), reason="jam")
        uow.session.flush()
        reprint = make_reprint(uow, uow.session.get_one(PresortStream, walked.stream.id))
    merged = mailings.merge(plant, reprint)
    assert merged.pages == len(spoiled) * PAGES
    reader = pypdf.PdfReader(walked.path(reprint))
    shown = [shown_lines(page.extract_text()) for page in reader.pages]
    assert shown == [expected_lines(walked, piece, page) for piece in spoiled for page in (1, 2)]
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(Spoil).order_by(Spoil.piece)).all()
        assert [(row.piece, row.replacement_id) for row in rows] == [(piece, reprint.id) for piece in spoiled]
