"""Looking at a proof page by page: any record of the list as the press would print it, what its pages say, and what
changed since an earlier version.

What decides a page are hashes; pages are kept by them in this process for a while, and nowhere else: they name people.
"""

from __future__ import annotations

import difflib
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.money import Money
from production.frontdesk.orders.models import ProofPage, Quote
from production.frontdesk.preparation.proofing import proof_barcodes
from production.jobs.models import Approval, Job, JobFile, PrintJob
from production.mailings.accepted import merge_columns, read_accepted
from production.mailings.shop import shop_profile
from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import CompiledTemplate, compile_template
from production.prepress.merge.template_fields import template_fields
from production.prepress.proofs import (
    Place,
    merge_proof,
    page_changes,
    page_texts,
    render_pages,
    whole_page,
    worst_records,
)
from production.prepress.templates.answers import Frames
from store.files import FileStore

# Files that somebody gave, in words.
_GIVEN = {
    "template": "the letter", "fields": "the boxes on the letter", "list": "the list", "repairs": "rows of the list",
    "artwork": "the file",
}  # fmt: skip
_WORDS_TOLD = 40
# Dots of the longer side: 15 to 27 an inch on letter and card, so that a line of 10 points is four dots high at most.
SMALL, SMALL_COLORS = 160, 32


@dataclass(frozen=True, slots=True)
class Source:
    """What pages are made of: a kept document, how many of its pages come before, and how many each of its ``parts``
    has, where that is known; or a record of a list (from 0)
    in a template with its boxes.
    """

    pages: int
    document: str = ""
    parts: tuple[int, ...] = ()
    before: int = 0
    template: str = ""
    fields: str = ""
    accepted: str = ""
    record: int = 0
    service: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a job that was shown: its files by role, its price, and how many records it has (0: print)."""

    revision: int
    files: Mapping[str, str]
    total: Money
    is_approved: bool
    pages: int
    records: int
    parts: tuple[int, ...] = ()  # pages of each component, as they follow one another


@dataclass(frozen=True, slots=True)
class Proof:
    """The present version, the one to compare with, and where records stand in the kept proof by row of the list."""

    now: Version
    earlier: Version | None
    service: str
    kept: Mapping[int, int]  # row of the list -> pages of the kept proof before it


@dataclass(frozen=True, slots=True)
class PageChange:
    """What changed on a page: places in percent of it, and words before and after."""

    places: Sequence[Place]
    words: Sequence[tuple[str, str]]


def proof_of(session: Session, files: FileStore, job: Job) -> Proof:
    """NotFound while there is no proof to look at."""
    now = _version(session, files, job, job.revision)
    if now is None or not {"print_file", "proof"} & now.files.keys():
        raise NotFound("There is no proof yet.", remedy="Open the job: it says what it waits for.")
    pages = select(ProofPage).filter_by(job_id=job.id, revision=job.revision).order_by(ProofPage.position)
    kept: dict[int, int] = {}
    for one in session.scalars(pages):
        kept.setdefault(one.source_row, one.position - 1)
    service = "" if isinstance(job, PrintJob) else shop_profile(session).service_type_id
    return Proof(now, _earlier(session, files, job), service, kept)


def _earlier(session: Session, files: FileStore, job: Job) -> Version | None:
    """The version that was approved last before this one; else the one that was shown last."""
    for model in (Approval, Quote):
        query = select(func.max(model.revision)).filter_by(job_id=job.id).where(model.revision < job.revision)
        revision = session.scalar(query)
        if revision is not None:
            return _version(session, files, job, revision)
    return None


def _version(session: Session, files: FileStore, job: Job, revision: int) -> Version | None:
    total = session.scalar(select(Quote.total).filter_by(job_id=job.id, revision=revision))
    if total is None:
        return None
    rows = session.scalars(select(JobFile).filter_by(job_id=job.id, revision=revision)).all()
    kept = {row.role: row.sha256 for row in rows}
    records = len(read_accepted(files.present_path(kept["accepted_list"]))) if "accepted_list" in kept else 0
    printed = next((row.pages or 0 for row in rows if row.role == "print_file"), 0)
    last = select(func.max(ProofPage.page)).filter_by(job_id=job.id, revision=revision)
    approved = select(Approval.id).filter_by(job_id=job.id, revision=revision).limit(1)
    return Version(
        revision,
        kept,
        total,
        session.scalar(approved) is not None,
        printed or session.scalar(last) or 0,
        records,
        _parts(rows),
    )


def _parts(rows: Sequence[JobFile]) -> tuple[int, ...]:
    """Empty where it was not kept of every component."""
    pages = {row.role: row.pages for row in rows if row.role.startswith("layout.")}
    counts = [pages[role] for role in sorted(pages, key=lambda role: int(role.partition(".")[2]))]
    return tuple(count for count in counts if count) if all(counts) else ()


# --- records -----------------------------------------------------------------------------------------------


def source_of(proof: Proof, files: FileStore, number: int) -> tuple[Source, int]:
    """The pages of record ``number`` (from 1) and its row in the list; print has no records."""
    now = proof.now
    if not now.records:
        return Source(now.pages, now.files["print_file"], now.parts), 0
    record = max(1, min(number, now.records)) - 1
    table = read_accepted(files.present_path(now.files["accepted_list"]))
    row = table.column("source_row")[record].as_py()
    if row in proof.kept:
        return Source(now.pages, now.files["proof"], before=proof.kept[row]), row
    return _merged(now, now, record, proof.service), row


def earlier_source(proof: Proof, number: int) -> Source | None:
    """The same record as the earlier version would have printed it."""
    earlier, now = proof.earlier, proof.now
    if earlier is None:
        return None
    if not now.records:
        return Source(earlier.pages, earlier.files["print_file"], earlier.parts)
    return _merged(earlier, now, max(1, min(number, now.records)) - 1, proof.service)


def _merged(design: Version, list_of: Version, record: int, service: str) -> Source:
    return Source(
        design.pages, template=design.files["template"], fields=design.files.get("fields", ""),
        accepted=list_of.files["accepted_list"], record=record, service=service,
    )  # fmt: skip


@lru_cache(maxsize=64)
def worst(files: FileStore, accepted: str) -> tuple[tuple[int, str], ...]:
    """(number, why) of the records of a list that are most likely to go wrong."""
    table = merge_columns(read_accepted(files.present_path(accepted)))
    return tuple((record + 1, why) for record, why in worst_records(table))


# --- pages -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=96)
def picture(files: FileStore, source: Source, page: int) -> bytes:
    """PNG of a page (from 1); NotFound beyond the last."""
    if not 1 <= page <= source.pages:
        raise NotFound("There is no such page.")
    with _opened(files, source) as path:
        return render_pages(path, [source.before + page])[0]


@lru_cache(maxsize=32)
def whole(files: FileStore, document: str, page: int) -> tuple[bytes, Frames]:
    """A page of a kept file as it was given, with what is cut off of it, and where."""
    return whole_page(files.checked_path(document), page)


@lru_cache(maxsize=512)
def small(files: FileStore, picture: str) -> bytes:
    """A kept picture of a page as it lies on a card (PNG): nobody can read a name on it."""
    out = io.BytesIO()
    with Image.open(files.checked_path(picture), formats=("PNG",)) as page:
        page.thumbnail((SMALL, SMALL))
        page.quantize(SMALL_COLORS).save(out, "PNG", optimize=True)
    return out.getvalue()


@lru_cache(maxsize=256)
def texts(files: FileStore, source: Source) -> tuple[str, ...]:
    """What each page says."""
    with _opened(files, source) as path:
        return tuple(page_texts(path, _pages(source)))


@lru_cache(maxsize=64)
def changes(files: FileStore, old: Source, new: Source) -> tuple[PageChange, ...]:
    """Page by page what is otherwise; a page that the old version has not is new as a whole."""
    pairs = aligned(old.parts or (old.pages,), new.parts or (new.pages,))
    numbers = [[one.before + page for page in pages] for one, pages in ((old, pairs.values()), (new, pairs))]
    with _opened(files, old) as before, _opened(files, new) as after:
        places = dict(zip(pairs, page_changes(before, numbers[0], after, numbers[1]), strict=True))
    was, says = texts(files, old), texts(files, new)
    return tuple(
        PageChange(places[page], changed_words(was[pairs[page] - 1], says[page - 1]))
        if page in pairs
        else PageChange([(0, 0, 100, 100)], [("", "a new page")])
        for page in range(1, new.pages + 1)
    )


def aligned(old: Sequence[int], new: Sequence[int]) -> dict[int, int]:
    """Which page of an earlier version each page is compared with, both from 1, by the pages of each component: one
    that has grown does not move those behind it. Of another number of components all are counted through.
    """
    if len(old) != len(new):
        old, new = (sum(old),), (sum(new),)
    starts = zip(accumulate(old, initial=0), accumulate(new, initial=0), old, new, strict=False)
    return {
        to + page: since + page
        for since, to, before, after in starts
        for page in range(1, min(before, after) + 1)
    }


def changed_words(old: str, new: str) -> list[tuple[str, str]]:
    """Words that are others, before and after."""
    before, after = old.split(), new.split()
    compared = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        (" ".join(before[a:b]), " ".join(after[c:d]))
        for tag, a, b, c, d in compared.get_opcodes()
        if tag != "equal"
    ][:_WORDS_TOLD]


def given_anew(proof: Proof) -> list[str]:
    """Which files are others than in the earlier version, in words."""
    if proof.earlier is None:
        return []
    old, new = proof.earlier.files, proof.now.files
    other = [role for role in sorted({*old, *new}) if old.get(role) != new.get(role)]
    return [words for role in other if (words := _given_words(role))]


def _given_words(role: str) -> str:
    """Of a product of several components each has its own file: artwork.2."""
    kind, _, position = role.partition(".")
    words = _GIVEN.get(kind, "")
    return f"{words} of component {position}" if words and position else words


def _pages(source: Source) -> range:
    return range(source.before + 1, source.before + source.pages + 1)


@contextmanager
def _opened(files: FileStore, source: Source) -> Iterator[Path]:
    if source.document:
        yield files.checked_path(source.document)
        return
    with tempfile.TemporaryDirectory(prefix="indicia-look-") as folder:
        path = Path(folder) / "record.pdf"
        path.write_bytes(_merge(files, source))
        yield path


@lru_cache(maxsize=8)
def _merge(files: FileStore, source: Source) -> bytes:
    """A record as a PDF of its own; its barcode has no serial, as in every proof."""
    table = read_accepted(files.present_path(source.accepted)).slice(source.record, 1)
    merged: pa.Table = merge_columns(table)
    compiled = _compiled(files, source.template, source.fields, tuple(merged.column_names))
    with tempfile.TemporaryDirectory(prefix="indicia-look-") as folder:
        out = Path(folder) / "record.pdf"
        merge_proof(compiled, merged, proof_barcodes(table, source.service), rows=[0], out=out)
        return out.read_bytes()


@lru_cache(maxsize=4)
def _compiled(files: FileStore, template: str, boxes: str, columns: tuple[str, ...]) -> CompiledTemplate:
    blank = compile_template(files.checked_path(template), Fields(()))
    path = files.checked_path(boxes) if boxes else None
    fields, _ = template_fields(path, columns=columns, page_sizes=blank.sizes)
    if fields is None:
        raise NotFound("The boxes of that version name columns that this list does not have.")
    return replace(blank, fields=fields)
