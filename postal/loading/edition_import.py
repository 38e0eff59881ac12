"""A file as an edition of any kind: labeling lists and prices by their own readers, everything else by the reader
that will use it, so that what is kept can be used. Nothing is kept here; a fault is a finding.

``examine`` is what a limited child process runs on a file somebody sent: plain values in, plain values out.
"""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import validate_call

from kernel.errors import InvalidInput, ShopError
from kernel.findings import Finding, Place, Severity, stops
from postal.admission import incentives
from postal.barcodes import stids
from postal.data import limits
from postal.data.edition_folder import FINDINGS_KEPT, Proposal, shelf
from postal.data.editions import Edition, InForce, Status
from postal.data.label_import import propose_labels
from postal.data.zips import zip_states
from postal.loading.edition_diff import contents
from postal.loading.price_import import propose_prices
from postal.loading.table_files import table_findings
from postal.loading.table_import import KINDS, propose_table
from postal.papers import statement
from postal.piece import mailpiece
from postal.plans import labeling, sort_plans
from postal.prices.prices import PriceTable, load_tables
from postal.sorting import filling
from postal.trays import content_ids, pallets

MAX_BYTES = 4_000_000  # the largest labeling list has some hundred kilobytes
LABELS, PRICES = "labels", "prices"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says about a file. ``kind``: 'labels', 'prices' or the kind of edition it becomes."""

    kind: str
    file: str = ""
    effective_from: date | None = None
    source: str = ""
    edition_id: str = ""
    effective_to: date | None = None
    grace_until: date | None = None
    complete: bool = True
    caution: str = ""


@dataclass(frozen=True, slots=True)
class _Reader:
    """How a kind is read: the file's ending, the function that loads it, how many rows that gave, the columns of
    a table, further checks of what was loaded.
    """

    suffix: str
    load: Callable[[Edition], Any]
    rows: Callable[[Any], int]
    columns: tuple[str, ...] = ()
    check: Callable[[Any, Sequence[Edition], date], list[Finding]] = field(default=lambda *_: [])


def _plan_findings(plan: sort_plans.SortPlan, among: Sequence[Edition], on: date) -> list[Finding]:
    return content_ids.check_plan(plan, content_ids.content_ids(InForce(on, tuple(among))))


READERS = {
    "sort-plan": _Reader(".toml", sort_plans.load_plan, lambda plan: len(plan.levels), check=_plan_findings),
    "statement-lines": _Reader(".toml", statement.load_line_map, lambda found: len(found.lines)),
    "tray-types": _Reader(".toml", filling.load_rules, lambda found: len(found.families)),
    "mailpiece-standards": _Reader(".toml", mailpiece.load_standards, lambda found: len(found.shapes)),
    "pallet-rules": _Reader(".toml", pallets.load_pallet_rules, lambda found: len(found.levels)),
    "limits": _Reader(".toml", limits.load_limits, lambda found: len(found.by_name)),
    "stids": _Reader(".csv", stids.load_table, lambda found: len(found.by_stid), stids.COLUMNS),
    "content-ids": _Reader(
        ".csv", content_ids.load_table, lambda found: len(found.by_cin), content_ids.COLUMNS
    ),
    "incentives": _Reader(".toml", incentives.load_incentives, lambda found: len(found.by_name)),
    "entry-places": _Reader(
        ".csv", labeling.load_places, lambda found: len(found.kind_of), labeling.PLACE_COLUMNS
    ),
}
WITH_A_NAME = ("sort-plan", "statement-lines")  # one edition a plan or form: sort-plan/fcm-letter-automation


def propose(data: bytes, wishes: Wishes, *, among: Sequence[Edition]) -> Proposal:
    """A file read, checked and named. ``among``: the editions there are, to compare with. InvalidInput LABEL_IMPORT,
    PRICE_IMPORT, TABLE_IMPORT or EDITION_IMPORT with every finding when one of them is a stop.
    """
    if len(data) > MAX_BYTES:
        raise _refused([_stop("file", f"The file has more than {MAX_BYTES // 1_000_000} MB.")])
    if wishes.kind == LABELS:
        return propose_labels(data, file=wishes.file, known_prefixes=_known_prefixes(among))
    effective = _check_wishes(wishes)
    edition_id = wishes.edition_id or f"{effective.isoformat()} {Path(wishes.file).stem}"[:60].rstrip()
    if wishes.kind == PRICES:
        return propose_prices(
            data,
            file=wishes.file,
            edition_id=edition_id,
            effective_from=effective,
            source=wishes.source,
            before=_prices_before(among, effective),
        )
    if wishes.kind in KINDS:
        return propose_table(
            data,
            kind=wishes.kind,
            file=wishes.file,
            edition_id=wishes.edition_id or effective.isoformat(),
            effective_from=effective,
            source=wishes.source,
        )
    return _by_reader(data, wishes, effective, edition_id, among)


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """A proposal on its way out of a child process: its content apart, in base64."""

    found: Proposal
    content: str

    def __post_init__(self) -> None:
        base64.b64decode(self.content, validate=True)  # ValueError for what is none

    @property
    def proposal(self) -> Proposal:
        """The whole again."""
        return replace(self.found, content=base64.b64decode(self.content))


@validate_call
def examine(path: str, folder: str, wishes: Wishes) -> ExaminedFile:
    """``propose`` for a child process: the file and the shop's folder of editions by name. InvalidInput as there, with
    the first findings.
    """
    with Path(path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        found = propose(data, wishes, among=shelf(Path(folder)))
    except InvalidInput as refusal:
        refusal.findings = refusal.findings[:FINDINGS_KEPT]
        raise
    kept = replace(found, content=b"", findings=found.findings[:FINDINGS_KEPT])
    return ExaminedFile(kept, base64.b64encode(found.content).decode())


_REMEDY = "See docs/postal-data.md."


def _by_reader(
    data: bytes, wishes: Wishes, effective: date, edition_id: str, among: Sequence[Edition]
) -> Proposal:
    reader = READERS[wishes.kind.partition("/")[0]]
    findings = list(table_findings(data, reader.columns, wishes.file)) if reader.columns else []
    rows = 0
    if not stops(findings):
        with tempfile.TemporaryDirectory(prefix="indicia-edition-") as folder:
            path = Path(folder) / f"edition{reader.suffix}"
            path.write_bytes(data)
            trial = Edition(
                wishes.kind, edition_id, path, effective, None, None, Status.DRAFT, wishes.complete, "", ""
            )
            rows, more = _load(reader, trial, wishes.file, among)
            findings += more
    if stops(findings):
        raise _refused(findings, wishes.file)
    return Proposal(
        kind=wishes.kind,
        id=edition_id,
        content=data,
        suffix=reader.suffix,
        effective_from=effective,
        effective_to=wishes.effective_to,
        grace_until=wishes.grace_until,
        source=wishes.source,
        complete=wishes.complete,
        caution=wishes.caution
        or ("" if wishes.complete else f"The edition {wishes.kind} {edition_id} is not complete."),
        rows=rows,
        findings=tuple(findings),
    )


def _load(reader: _Reader, trial: Edition, file: str, among: Sequence[Edition]) -> tuple[int, list[Finding]]:
    """Rows and findings of what the kind's own reader makes of a file; its refusal is a stop."""
    try:
        loaded = reader.load(trial)
        rows = reader.rows(loaded)
        found = reader.check(loaded, among, trial.effective_from)
        contents(trial)  # what a page will show
    except ShopError as refusal:
        return 0, [_stop("file", refusal.sentence, file)]
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return 0, [_stop("file", f"The file is not read: {_what(error)}.", file)]
    return rows, found if rows else [*found, _stop("file", "The file holds nothing.", file)]


def _what(error: Exception) -> str:
    """The reader's own words about a fault, short and printable."""
    if isinstance(error, ArithmeticError):
        return "a number is not written as one"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    words = f"{error.args[0]} is missing" if isinstance(error, KeyError) and error.args else str(error)
    printable = "".join(letter for letter in words if letter.isprintable())
    return printable[:200].rstrip(".") or type(error).__name__


def _check_wishes(wishes: Wishes) -> date:
    """The effective date; InvalidInput EDITION_IMPORT names everything that is missing or wrong."""
    found = list(_wish_findings(wishes))
    if found or wishes.effective_from is None:
        raise _refused(found, wishes.file)
    return wishes.effective_from


def _wish_findings(wishes: Wishes) -> Iterator[Finding]:
    kind, _, name = wishes.kind.partition("/")
    is_read = wishes.kind in (PRICES, *KINDS) or kind in READERS
    if not is_read or bool(name) != (kind in WITH_A_NAME):
        yield _stop("kind", f"{wishes.kind[:60]!r} is no kind of edition that can be loaded.")
    if name and not _NAME.fullmatch(name):
        yield _stop(
            "kind", "The name of the plan or form has other characters than letters, digits and . _ -."
        )
    if wishes.effective_from is None:
        yield _stop("effective_from", "The first day is missing.")
    for word, day in (("last day", wishes.effective_to), ("grace date", wishes.grace_until)):
        if day and wishes.effective_from and day < wishes.effective_from:
            where = "effective_to" if word == "last day" else "grace_until"
            yield _stop(where, f"The {word} is before the first day.")
    if not wishes.source.strip():
        yield _stop("source", "Say where the file comes from.")
    if wishes.edition_id and not _NAME.fullmatch(wishes.edition_id):
        yield _stop("edition_id", "A name has at most 60 letters, digits, blanks and . _ -.")


def _known_prefixes(among: Sequence[Edition]) -> list[int]:
    newest = max((one for one in among if one.kind == "zip3-states"), key=lambda one: one.effective_from)
    known: list[int] = np.flatnonzero(zip_states(newest.effective_from).state_of_prefix >= 0).tolist()
    return known


def _prices_before(among: Sequence[Edition], effective: date) -> dict[str, PriceTable]:
    edition = InForce(effective, tuple(among)).find(PRICES)
    return dict(load_tables(edition)) if edition else {}


def _stop(column: str, sentence: str, file: str = "") -> Finding:
    remedy = _REMEDY if column == "file" else ""
    return Finding("EDITION_CONTENT", Severity.STOP, sentence, remedy, Place(file=file, column=column))


def _refused(findings: list[Finding], file: str = "") -> InvalidInput:
    sentence = f"{file or 'The file'} cannot be loaded."
    return InvalidInput(sentence, code="EDITION_IMPORT", findings=findings)
