"""Examining a submitted mailing: template, fields, list, texts, piece. Nothing here writes a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kernel import clock
from kernel.errors import InvalidInput, UserError
from kernel.findings import Finding, FindingGroup, Place, Severity
from postal.address.evidence import Evidence
from production.catalog.piece_weight import Enclosed, Envelope, LetterFacts, letter_facts
from production.catalog.press_limits import press_limits
from production.frontdesk.address_matching.apply import apply_matching
from production.frontdesk.address_matching.base import MOVED, Asked, Matched
from production.frontdesk.address_matching.in_file import InFile, certified_addresses, has_certificate
from production.frontdesk.checks.households import (
    NUMBER_COLUMN,
    apart,
    household_finding,
    join_households,
    why_not,
    without_households,
)
from production.frontdesk.checks.joined_rows import hand_over, split, stand_ins, together, write_joined
from production.frontdesk.checks.results import ACCEPTED_FILE, JOINED_FILE, ROWS_TO_FIX_FILE, add_rows_to_fix
from production.frontdesk.lists.shapes import ListResult
from production.frontdesk.repairs.faults import FAULTS_FILE, ROW_FAULTS, RowFaults, with_misfits
from production.mailings.accepted import merge_columns, military_pieces, read_accepted
from production.mailings.list_order import AddressMapping, ListOptions, ListOrder
from production.prepress.merge.fields import Fields
from production.prepress.merge.page_match import find_differences
from production.prepress.merge.print_file import CompiledTemplate, compile_template, text_findings
from production.prepress.merge.template_fields import columns_named, template_fields
from production.prepress.preflight.pdf import Ordered, preflight_pdf
from production.prepress.preflight.zones import find_conflicts
from store.limited.sandbox import run_limited

PLACES_SHOWN = 100
_AGAIN = "Export the file again from its program."


@dataclass(frozen=True, slots=True)
class Submission:
    """What a requester gave, as paths; the files are known by hash elsewhere."""

    template: Path
    template_name: str
    list: Path
    list_name: str
    fields: Path | None
    envelope: Envelope
    is_duplex: bool
    mail_date: date
    options: ListOrder
    repairs: Path | None = None  # what people changed in the list
    certificate: str = ""  # hash of the form that certifies the list's own codes, if one came with it
    enclosed: Enclosed | None = None  # what goes into the envelopes, and of how many copies
    copies: int = 0
    matched: Matched | None = (
        None  # what somebody outside made of the accepted rows, if that was asked and is there
    )


@dataclass(slots=True)
class Examination:
    """Groups of findings by source, and what a quote and a proof are made from when nothing stops."""

    groups: dict[str, list[FindingGroup]] = field(default_factory=dict)
    rows_in: int = 0
    mapping: AddressMapping = field(default_factory=dict)
    compiled: CompiledTemplate | None = None
    accepted: Path | None = None
    rows_to_fix: Path | None = None
    joined: pa.Table | None = None  # joined_rows: rows that get no letter of their own
    joined_file: Path | None = None
    row_faults: RowFaults | None = None  # what is wrong row by row
    fixes: int = 0  # rows in the file of rows to fix
    military: int = 0  # accepted rows to an APO, FPO or DPO
    letter: LetterFacts | None = None
    evidence: tuple[Evidence, ...] = ()
    account: Path | None = None  # rows whose address or codes a matching changed, before and after
    awaits_matching: bool = False  # the accepted rows are to go outside first

    def add(self, source: str, findings: Sequence[Finding]) -> None:
        """Findings of one source, grouped by code."""
        self.groups.setdefault(source, []).extend(group_findings(findings))

    @property
    def severities(self) -> set[Severity]:
        """What kinds of findings there are."""
        return {group.severity for groups in self.groups.values() for group in groups}

    @property
    def stops(self) -> bool:
        """Does anything stop the job as a whole?"""
        return Severity.STOP in self.severities

    def table(self) -> pa.Table:
        """The accepted rows, mapped."""
        assert self.accepted is not None  # asked only when nothing stopped  # noqa: S101
        return read_accepted(self.accepted)


def group_findings(findings: Sequence[Finding]) -> list[FindingGroup]:
    """One group for each code and column, with the first places and the count of all."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.code, finding.message if finding.place.row is None else finding.place.column)
        alike.setdefault(key, []).append(finding)
    return [
        FindingGroup(
            first.code, first.severity, first.message, first.remedy, len(found),
            tuple(one.place for one in found[:PLACES_SHOWN]),
        )
        for found in alike.values()
        if (first := found[0])
    ]  # fmt: skip


def findings_of(refusal: UserError) -> Sequence[Finding]:
    """What a refusal carries; where it carries nothing, the refusal itself: a job never stops without a word."""
    carried = refusal.findings if isinstance(refusal, InvalidInput) else []
    return carried or [Finding(refusal.instance_code, Severity.STOP, refusal.sentence, refusal.remedy)]


def examine(given: Submission, folder: Path) -> Examination:
    """Template and list in limited child processes, then what they are together."""
    result = Examination()
    _examine_template(given, result)
    _examine_list(given, result, folder)
    if result.accepted and not result.stops:
        _match_addresses(given, result, folder)
    if not result.stops and not result.awaits_matching:
        try:
            _examine_together(given, result, folder)
        except UserError as refusal:  # pages that no child could compile, a text that cannot be set after all
            result.add("template", findings_of(refusal))
    if result.accepted and NUMBER_COLUMN in result.table().column_names:  # stopped before it was decided
        _accept(without_households(result.table()), result, folder)
    if result.joined is not None and len(result.joined):
        result.joined_file = folder / "joined_rows.csv"
        write_joined(result.joined, result.joined_file)
    if result.accepted:
        result.military = military_pieces(result.table(), given.mail_date)
    return result


def _examine_template(given: Submission, result: Examination) -> None:
    envelope = given.envelope
    inks = None if envelope.is_piece else press_limits("letter").inks  # its artwork was printed before
    ordered = Ordered("letter", envelope.page, is_piece=envelope.is_card, inks=inks)
    report = preflight_pdf(given.template, given.template_name, ordered)
    result.add("template", report.findings)


def _list_options(given: Submission, result: Examination) -> ListOptions:
    """The options of the list check; a confidential mailing is never even looked at for households."""
    options: ListOptions = {**given.options.list, "on": given.mail_date.isoformat()}
    letter = columns_named(given.fields)
    if letter is not None:
        options["letter_columns"] = letter
    if options.get("households") == "one_piece" and given.options.confidential:
        result.add("list", why_not(Fields(()), is_confidential=True))
        options["households"] = "separate"
    return options


def _examine_list(given: Submission, result: Examination, folder: Path) -> None:
    ran = run_limited(
        "production.frontdesk.checks.list_check.check_list",
        {
            "path": str(given.list),
            "given_name": given.list_name,
            "mapping": given.options.mapping or None,
            "options": _list_options(given, result),
            "out_dir": str(folder),
            "repairs": str(given.repairs) if given.repairs else None,
        },
        ListResult,
        memory_bytes=4 << 30,  # columns of a million rows
        cpu_seconds=240,  # two million rows, every street line another
        wall_seconds=300,
        output_bytes=2 << 30,
    )
    if not ran.is_ok:
        code = "DATA_TOO_LARGE" if ran.outcome == "too_much" else "DATA_UNREADABLE"
        place = Place(file=given.list_name)
        result.add("list", [ran.finding(code, "The file cannot be processed.", _AGAIN, place)])
        return
    checked = ran.value
    result.mapping, result.rows_in, result.fixes = checked.mapping, checked.rows_in, checked.to_fix
    result.groups.setdefault("list", []).extend(checked.findings)
    result.accepted = folder / ACCEPTED_FILE if checked.accepted_path else None
    result.rows_to_fix = folder / ROWS_TO_FIX_FILE if checked.rows_to_fix_path else None
    result.joined = read_accepted(folder / JOINED_FILE) if checked.joined_path else None
    if checked.accepted_path:
        result.row_faults = ROW_FAULTS.from_bytes((folder / FAULTS_FILE).read_bytes(), "row faults")
    if result.accepted and not checked.accepted:
        finding = Finding(
            "DATA_EMPTY", Severity.STOP, "No row of the list can be mailed.", "Fix the rows and submit again.",
            Place(file=given.list_name),
        )  # fmt: skip
        result.add("list", [finding])


def _match_addresses(given: Submission, result: Examination, folder: Path) -> None:
    """Codes and moves by whoever was asked: somebody outside, else the list's own certificate."""
    accepted = result.table()
    if given.matched is not None:
        matched = given.matched
    elif given.options.matching:
        result.awaits_matching = True
        return
    elif has_certificate(accepted):
        adapter = InFile(today=clock.today(), certificate=given.certificate)
        matched = adapter.match(Asked(certified_addresses(accepted), request=given.list_name))
    else:
        return
    result.add("list", matched.findings)
    result.evidence = matched.evidence
    applied = apply_matching(accepted, matched.rows, result.mapping)
    _accept(_out_of_old_households(applied.accepted, matched.rows), result, folder)
    if len(applied.account):
        result.account = _write(applied.account, folder / "address-changes.arrow")
    if len(applied.left):
        result.add("list", applied.findings)
        _return(applied.left, applied.findings, result, folder)
    if not len(applied.accepted):
        message = "Nobody on the list has an address that mail may go to."
        result.add("list", [Finding("DATA_EMPTY", Severity.STOP, message, "Fix the rows and submit again.")])


def _out_of_old_households(accepted: pa.Table, rows: pa.Table) -> pa.Table:
    """Whoever moved shares no letter with the people of the old address."""
    if NUMBER_COLUMN not in accepted.column_names:
        return accepted
    moved = rows.filter(pc.equal(rows.column("move"), MOVED)).column("source_row").combine_chunks()
    numbers = accepted.column(NUMBER_COLUMN)
    has_moved = pc.is_in(accepted.column("source_row"), value_set=moved)
    alone = pc.if_else(has_moved, pa.scalar(-1, numbers.type), numbers)
    return accepted.set_column(accepted.column_names.index(NUMBER_COLUMN), NUMBER_COLUMN, alone)


def _return(rows: pa.Table, findings: Sequence[Finding], result: Examination, folder: Path) -> None:
    """Rows to the file of rows to fix, and with them those that were to share their letters: nobody is lost."""
    result.rows_to_fix = folder / ROWS_TO_FIX_FILE
    add_rows_to_fix(result.rows_to_fix, rows, findings)
    result.fixes += len(rows)
    if result.row_faults is not None:
        result.row_faults = with_misfits(result.row_faults, rows, findings)
    if result.joined is not None:
        result.joined, lost = split(result.joined, rows.column("source_row").to_pylist())
        add_rows_to_fix(result.rows_to_fix, lost, _of_joined(lost, findings))
        result.fixes += len(lost)


def _write(table: pa.Table, path: Path) -> Path:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return path


def _examine_together(given: Submission, result: Examination, folder: Path) -> None:
    table = merge_columns(without_households(result.table()))
    blank = compile_template(given.template, Fields(()))
    fields, findings = template_fields(given.fields, columns=table.column_names, page_sizes=blank.sizes)
    result.add("template", findings)
    if fields is None:
        return
    result.compiled = replace(blank, fields=fields)
    envelope = given.envelope
    result.letter = letter_facts(
        envelope, pages=result.compiled.sizes, is_duplex=given.is_duplex, enclosed=given.enclosed
    )
    result.add("template", result.letter.findings)
    result.add("template", _window_unknown(envelope))
    result.add("template", find_conflicts(result.compiled, has_window=envelope.window_in is not None))
    _take_out_misfits(result, folder)
    if NUMBER_COLUMN in result.table().column_names and not result.stops:
        _join(fields, given, result, folder)
    kept = result.table()
    result.add("list", _too_few_copies(given, len(kept)))
    if len(kept):
        first = merge_columns(kept.slice(0, 1))
        result.add("template", find_differences(given.template, result.compiled, first))


def _too_few_copies(given: Submission, letters: int) -> list[Finding]:
    """Fewer printed pieces than people; of pieces that are addressed themselves, how many may spoil."""
    if given.enclosed is None:
        return []
    if letters <= given.copies:
        return [_spares(given.copies - letters)] if given.envelope.is_piece else []
    words = f"{letters:,} people get one, and {given.copies:,} are printed."
    return [Finding("ENCLOSURE_SHORT", Severity.STOP, words, "Order more copies, or mail to fewer people.")]


def _spares(over: int) -> Finding:
    """A piece that spoils while it is addressed is printed again on another one, and none is made for that."""
    return Finding(
        "ADDRESS_SPARES", Severity.NOTE if over else Severity.WARN,
        f"{over:,} printed pieces are left for those that spoil while they are addressed.",
        "Order more copies where that is too few.",
    )  # fmt: skip


def _window_unknown(envelope: Envelope) -> list[Finding]:
    """Where the address shows through is a guess for an envelope whose window nobody measured."""
    if envelope.is_card or envelope.window_in is not None:
        return []
    message = f"Nobody measured the window of the {envelope.name} envelope: what shows in it is not checked."
    remedy = "The shop folds a printed sample into it before the run."
    return [Finding("WINDOW_UNKNOWN", Severity.NOTE, message, remedy)]


def _text_findings(result: Examination, table: pa.Table) -> list[Finding]:
    """What setting the texts of a table finds, each row for itself."""
    assert result.compiled is not None  # compiled before anything is set  # noqa: S101
    return text_findings(result.compiled, merge_columns(without_households(table)))


def _rows_of(findings: Sequence[Finding]) -> list[int]:
    """The rows that cannot be set."""
    rows = {one.place.row for one in findings if one.severity is Severity.ROW and one.place.row is not None}
    return sorted(rows)


def _take_out_misfits(result: Examination, folder: Path) -> None:
    """Every row is looked at alone, before it shares a letter: nobody is returned for somebody else's name."""
    found = _text_findings(result, result.table())
    handed_over = _hand_over(_rows_of(found), result, folder)
    found = [one for one in found if one.place.row not in handed_over or one.severity is not Severity.ROW]
    result.add("merge", found)
    rows = _rows_of(found)
    if rows:
        _take_out(result, rows, [one for one in found if one.severity is Severity.ROW], folder)


def _hand_over(rows: Sequence[int], result: Examination, folder: Path) -> set[int]:
    """Those of ``rows`` whose person gets the letter by another of their rows, which can be set."""
    if result.joined is None or not rows:
        return set()
    here = set(rows) - _moved(result)  # the other rows of who moved do not know the new address
    pieces = stand_ins(result.table(), result.joined, sorted(here))
    found = _text_findings(result, pieces.drop_columns(["joined_to"])) if len(pieces) else []
    bad = pa.array(_rows_of(found), pa.int32())
    heirs = pieces.filter(pc.invert(pc.is_in(pieces.column("source_row"), value_set=bad)))
    if not len(heirs):
        return set()
    _, firsts = np.unique(heirs.column("joined_to").to_numpy(), return_index=True)
    heirs = heirs.take(pa.array(firsts))
    accepted, result.joined = hand_over(result.table(), result.joined, heirs)
    _accept(accepted, result, folder)
    return set(heirs.column("joined_to").to_pylist())


def _moved(result: Examination) -> set[int]:
    if result.account is None:
        return set()
    account = read_accepted(result.account)
    return set(account.filter(pc.equal(account.column("move"), MOVED)).column("source_row").to_pylist())


def _join(fields: Fields, given: Submission, result: Examination, folder: Path) -> None:
    """One letter a household, or the reason why not. Where the names of all do not fit, each gets a letter."""
    table = result.table()
    refusals = why_not(fields, is_confidential=given.options.confidential)
    if refusals:
        result.add("list", refusals)
        kept = without_households(table)
    else:
        kept, joined = join_households(table)
        too_wide = _rows_of(_text_findings(result, kept))
        if too_wide:
            kept, joined = join_households(apart(table, too_wide))
        result.joined = together(result.joined, joined)
        result.add("list", [household_finding(row) for row in joined.column("source_row").to_pylist()])
    _accept(kept, result, folder)


def _accept(table: pa.Table, result: Examination, folder: Path) -> None:
    """These are the accepted rows now. A new file: the one before is still mapped."""
    result.accepted = folder / f"accepted-{len(list(folder.glob('accepted-*.arrow')))}.arrow"
    with pa.ipc.new_file(result.accepted, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def _take_out(result: Examination, rows: list[int], findings: Sequence[Finding], folder: Path) -> None:
    """Rows whose text cannot be set go to the rows to fix; the others stay accepted."""
    table = result.table()
    is_bad = pc.is_in(table.column("source_row"), value_set=pa.array(rows, pa.int32()))
    kept = table.filter(pc.invert(is_bad))
    _return(table.filter(is_bad), findings, result, folder)
    _accept(kept, result, folder)
    if not len(kept):
        message = "No row of the list can be printed with this template."
        result.add("merge", [Finding("DATA_EMPTY", Severity.STOP, message, "Fix the rows or the fields.")])


def _of_joined(lost: pa.Table, findings: Sequence[Finding]) -> list[Finding]:
    """The findings of a letter, at the rows that were joined to it."""
    by_row: dict[int | None, list[Finding]] = {}
    for finding in findings:
        by_row.setdefault(finding.place.row, []).append(finding)
    pairs = zip(lost.column("source_row").to_pylist(), lost.column("joined_to").to_pylist(), strict=True)
    return [
        replace(finding, place=replace(finding.place, row=own))
        for own, to in pairs
        for finding in by_row.get(to, [])
    ]
