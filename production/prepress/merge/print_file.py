"""Variable-data merge: a compiled template and columns of records become one print file.

Template pages come in once as Form XObjects, fonts once a file; each page is one small plain content stream. Work
goes block by block, so memory grows with the columns only. The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.prepress.merge import fonts, marks, text_columns
from production.prepress.merge.fields import Field, Fields, Kind
from production.prepress.merge.marks import Bars
from production.prepress.merge.pdf_writer import FIRST_FREE, PdfWriter, PrintFile
from production.prepress.merge.text_columns import FontUse
from production.prepress.templates.answers import CompiledPages
from store.limited.sandbox import SandboxResult, run_limited

CAPTION_FONT = "DejaVu Sans Condensed"
_BLOCK_PAGES = 16_384
_NEEDS_GLYPH = np.arange(fonts.TABLE_SIZE) != ord("\n")


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template ready to merge: its objects (numbered on); form number, size and transparency group of every
    page (see ``template.FormPage``); its printing condition (see ``printing_condition.copy_intents``). ``bleed``: how
    far pages reach beyond their trim on every side, in points; None where nothing is said of the trim."""

    fields: Fields
    first_number: int
    objects: tuple[bytes, ...]
    forms: tuple[int, ...]
    sizes: tuple[tuple[float, float], ...]
    groups: tuple[str, ...]
    intents: str
    intents_sha256: str
    sha256: str
    bleed: float | None = None

    @property
    def pages(self) -> int:
        """Pages of one piece."""
        return len(self.forms)

    @property
    def has_own_keys(self) -> bool:
        """Whether a page has what it cannot inherit: a transparency group, a trim box."""
        return any(self.groups) or self.bleed is not None

    @property
    def next_number(self) -> int:
        """The first object number behind this template's."""
        return self.first_number + len(self.objects)


@dataclass(frozen=True, slots=True, eq=False)
class PageMarks:
    """What the page marks of a file say: stream number, and the piece number of each row (int64)."""

    stream_no: int
    pieces: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One job's share of a print file: its template, its rows in printing order, and the places they take in the
    file (from 0, ascending). Templates of one file are numbered one behind the other."""

    compiled: CompiledTemplate
    table: pa.Table
    places: np.ndarray


@dataclass(frozen=True, slots=True)
class PreparedText:
    """The lines of every box and the fonts they need: for each part, by field name; ``objects`` follow the
    templates'. Lines are kept because composing them once more takes longer than keeping them: some 400 bytes a letter.
    """

    lines: tuple[dict[str, list[pa.Array]], ...]
    uses: tuple[dict[str, FontUse], ...]
    objects: tuple[bytes, ...]
    resources: str


def compile_template(template: Path, fields: Fields, *, first_number: int = FIRST_FREE) -> CompiledTemplate:
    """Reads a template once for any number of segments, in a limited child. InvalidInput when that cannot be done."""
    with tempfile.TemporaryDirectory(prefix="indicia-compile-") as folder:
        out = Path(folder) / "objects"
        answer = run_limited(
            "production.prepress.templates.compile_child.compile_pages",
            {"path": str(template.resolve()), "first": first_number, "out": str(out)},
            CompiledPages,
            memory_bytes=3 << 30, cpu_seconds=120, wall_seconds=300, output_bytes=1 << 30,
        )  # fmt: skip
        if not answer.is_ok:
            raise _uncompiled(answer)
        data = out.read_bytes()
    made = answer.value
    stops = np.cumsum([0, *made.lengths]).tolist()
    return CompiledTemplate(
        fields, first_number,
        objects=tuple(data[start:stop] for start, stop in pairwise(stops)),
        forms=made.forms, sizes=made.sizes, groups=made.groups, intents=made.intents,
        intents_sha256=made.intents_sha256,
        sha256=hashlib.sha256(template.read_bytes()).hexdigest(),
    )  # fmt: skip


def without_artwork(compiled: CompiledTemplate) -> CompiledTemplate:
    """Pages of the same sizes that draw nothing of their own: what is put on pieces that are printed already."""
    blank = tuple(
        b"<</Type/XObject/Subtype/Form/BBox[0 0 %g %g]/Resources<<>>/Length 0>>stream\n\nendstream" % size
        for size in compiled.sizes
    )
    forms = tuple(range(compiled.first_number, compiled.first_number + len(blank)))
    return replace(
        compiled, objects=blank, forms=forms, groups=("",) * len(blank), intents="", intents_sha256=""
    )


def _uncompiled(answer: SandboxResult[CompiledPages]) -> InvalidInput:
    code = "PDF_TOO_COMPLEX" if answer.outcome == "too_much" else "PDF_UNREADABLE"
    message = "The pages of the file cannot be put into a print file."
    found = answer.finding(code, message, "Print it to a plain PDF and send that.")
    return InvalidInput(found.message, code=found.code, findings=[found])


def text_findings(compiled: CompiledTemplate, table: pa.Table) -> list[Finding]:
    """Findings for every character no font has and every text that overflows its box. Nothing is drawn for them."""
    table = table.combine_chunks()
    findings = []
    for field in _text_fields(compiled.fields):
        for start in range(0, table.num_rows, _BLOCK_PAGES):
            findings += _field_findings(compiled, field, table.slice(start, _BLOCK_PAGES), start)
    return findings


def _text_fields(fields: Fields) -> list[Field]:
    return [field for field in fields.fields if field.kind in {Kind.TEXT, Kind.ADDRESS}]


def _named(field: Field) -> str:
    """As the person who reads a finding knows it."""
    return "The address" if field.kind is Kind.ADDRESS else f"Field {field.name}"


def _field_findings(compiled: CompiledTemplate, field: Field, block: pa.Table, start: int) -> list[Finding]:
    face, rows = fonts.face(field.font), _row_numbers(block, start)
    findings = _value_findings(field, block, rows)
    lines = text_columns.field_lines(field, block)
    for line in lines:
        findings += [
            Finding(
                "GLYPH_MISSING", Severity.ROW,
                f"{_named(field)} has {fonts.name_character(character)}, which {face.name} cannot print.",
                "Leave that character out of the text, or ask the shop for a font that has it.",
                Place(row=int(rows[row]), page=field.page),
            )
            for row, character in text_columns.missing_glyphs(line, face)
        ]  # fmt: skip
    measured = FontUse(b"", face, None)
    laid = text_columns.lay_out(field, lines, measured, compiled.sizes[field.page - 1][1])
    code = "ADDRESS_OVERFLOW" if field.kind is Kind.ADDRESS else "TEXT_OVERFLOW"
    message = f"{_named(field)} does not fit its box at the smallest size."
    remedy = "Shorten the text, or make the box larger."
    findings += [
        Finding(code, Severity.ROW, message, remedy, Place(row=int(rows[row]), page=field.page))
        for row in np.flatnonzero(laid.too_large).tolist()
    ]
    return findings


def _value_findings(field: Field, block: pa.Table, rows: np.ndarray) -> list[Finding]:
    """Values that the format of a box cannot show, and sentences that are left with a gap, as "Dear ,"."""
    if field.kind is not Kind.TEXT:
        return []
    findings = []
    is_sentence = any(character.isalnum() for literal, _ in field.parts for character in literal)
    for name in dict.fromkeys(name for _, name in field.parts if name):
        unread = text_columns.unread_values(field, name, block)
        message = f"Field {field.name}: {name} cannot be read as {field.format_of(name)}."
        findings += [
            Finding(
                "FIELD_FORMAT", Severity.ROW, message, "Correct the value, or take another format.",
                Place(row=int(rows[row]), column=f"{field.name}: {name}", page=field.page),
            )
            for row in np.flatnonzero(unread).tolist()
        ]  # fmt: skip
        if not is_sentence or field.omit_empty:
            continue
        gaps = np.asarray(text_columns.blank(text_columns.shown_column(field, name, block)))
        findings += [
            Finding(
                "FIELD_EMPTY", Severity.WARN, f"Field {field.name}: {{{name}}} is empty inside a text.",
                "Give a text for empty, or leave the line out where it is empty.",
                Place(row=int(rows[row]), column=f"{field.name}: {name}", page=field.page),
            )
            for row in np.flatnonzero(gaps).tolist()
        ]  # fmt: skip
    return findings


def _row_numbers(block: pa.Table, start: int) -> np.ndarray:
    """The row of the list a person counts, where the table carries it; else the place in the table, from 1."""
    if "source_row" in block.column_names:
        return np.asarray(block.column("source_row"))
    return np.arange(start + 1, start + 1 + block.num_rows)


def _plan_fonts(parts: Sequence[Part]) -> PreparedText:
    """One font object for each font in each of two ways of writing: one byte a character where Windows-1252 is
    enough for the whole column, else two bytes and a subset of exactly the characters used."""
    needs: dict[tuple[str, bool], np.ndarray] = {(CAPTION_FONT, True): np.zeros(fonts.TABLE_SIZE, bool)}
    chosen: list[dict[str, tuple[str, bool]]] = []
    lines: list[dict[str, list[pa.Array]]] = []
    for part in parts:
        chosen.append({})
        lines.append({})
        for field in _text_fields(part.compiled.fields):
            lines[-1][field.name] = text_columns.field_lines(field, part.table)
            used = np.zeros(fonts.TABLE_SIZE, bool)
            for line in lines[-1][field.name]:
                used |= text_columns.seen(line)
            key = chosen[-1][field.name] = (field.font, text_columns.is_windows_1252(used))
            needs[key] = needs.get(key, np.zeros(fonts.TABLE_SIZE, bool)) | used
    number = parts[-1].compiled.next_number
    objects: list[bytes] = []
    resources, by_key = "", {}
    for k, (key, used) in enumerate(sorted(needs.items(), key=lambda item: item[0])):
        name, is_simple = key
        face = fonts.face(name)
        resource = "L" if key == (CAPTION_FONT, True) else f"F{k}"
        if is_simple:
            made, glyphs = fonts.simple_font(name, number + len(objects)), None
        else:
            letters = frozenset(chr(c) for c in np.flatnonzero(used & face.has_glyph).tolist())
            made, glyphs = fonts.composite_font(name, letters, number + len(objects))
        resources += f"/{resource} {number + len(objects)} 0 R"
        objects += made
        lacks = bool(np.any(used & ~face.has_glyph & _NEEDS_GLYPH))
        by_key[key] = FontUse(resource.encode("ascii"), face, glyphs, lacks)
    for resource, build in (("I", marks.imb_font), ("M", marks.mark_font)):
        resources += f"/{resource} {number + len(objects)} 0 R"
        objects += build(number + len(objects))
    uses = tuple({name: by_key[key] for name, key in names.items()} for names in chosen)
    return PreparedText(tuple(lines), uses, tuple(objects), resources)


def merge_segment(
    compiled: CompiledTemplate,
    table: pa.Table,
    imb: np.ndarray,
    page_marks: PageMarks,
    out: Path,
    *,
    bars: Bars = Bars.GLYPHS,
) -> PrintFile:
    """``merge_parts`` of one template: row k of the table is page run k of the file."""
    return merge_parts([Part(compiled, table, np.arange(table.num_rows))], imb, page_marks, out, bars=bars)


def merge_parts(
    parts: Sequence[Part], imb: np.ndarray, page_marks: PageMarks, out: Path, *, bars: Bars = Bars.GLYPHS
) -> PrintFile:
    """Prints the rows of all parts in the order of their places; ``imb`` is (n, 65) uint8 letters T, D, A, F in
    that order, as are the pieces of the marks. All templates have the same number of pages.

    InvalidInput if a text cannot be set: nothing is left behind. ValueError when the columns do not match.
    """
    parts = [Part(part.compiled, part.table.combine_chunks(), part.places) for part in parts]
    n, m = len(page_marks.pieces), parts[0].compiled.pages
    _check_columns(parts, imb, n)
    prepared = _plan_fonts(parts)
    objects = [*(content for part in parts for content in part.compiled.objects), *prepared.objects]
    with PdfWriter(out, fixed=len(objects), pages=n * m) as writer:
        for number, content in enumerate(objects, start=FIRST_FREE):
            writer.add(number, content)
        for start in range(0, n, max(64, _BLOCK_PAGES // m)):
            stop = min(n, start + max(64, _BLOCK_PAGES // m))
            contents = _compose_block(parts, prepared, imb, page_marks, (start, stop), Bars(bars))
            writer.add_contents(writer.first_content + start * m, contents, stop - start)
        return writer.finish(**_document(parts, prepared))


def print_bare(compiled: CompiledTemplate, out: Path) -> PrintFile:
    """The template's pages as a print file of one piece without boxes."""
    imb = np.full((1, marks.BAR_COUNT), ord("T"), np.uint8)
    bare = replace(compiled, fields=Fields(()))
    return merge_segment(bare, pa.table({"row": [1]}), imb, PageMarks(0, np.ones(1, np.int64)), out)


def _check_columns(parts: Sequence[Part], imb: np.ndarray, n: int) -> None:
    places = np.concatenate([part.places for part in parts])
    if n == 0 or not np.array_equal(np.sort(places), np.arange(n)):
        raise ValueError("a file holds at least one row, and every place once")
    if imb.shape != (n, marks.BAR_COUNT) or not marks.are_letters(imb):
        raise ValueError("a file has 65 letters T, D, A or F for each row")
    if len({part.compiled.pages for part in parts}) != 1:
        raise ValueError("templates of one file have the same number of pages")
    expected = FIRST_FREE
    for part in parts:
        if part.compiled.first_number != expected:
            raise ValueError("templates of one file are numbered one behind the other")
        expected = part.compiled.next_number


def _document(parts: Sequence[Part], prepared: PreparedText) -> dict[str, Any]:
    """Catalog, page-tree root and page keys: what all pages share is said once, in the root."""
    numbers = [number for part in parts for number in part.compiled.forms]
    forms = "".join(f"/T{k} {number} 0 R" for k, number in enumerate(numbers, start=1))
    keys = [_page_keys(part.compiled) for part in parts]
    distinct = {key for kind in keys for key in kind}
    shared = (
        distinct.pop() if len(distinct) == 1 and not any(part.compiled.has_own_keys for part in parts) else ""
    )
    which = np.zeros(sum(len(part.places) for part in parts), np.int64)
    for k, part in enumerate(parts):
        which[part.places] = k
    return {
        "catalog": _intents(parts),
        "root": f"{shared}/Resources<</XObject<<{forms}>>/Font<<{prepared.resources}>>>>",
        "page_keys": [""] if shared else [key for kind in keys for key in kind],
        "page_kinds": None if shared else which,
    }


def _intents(parts: Sequence[Part]) -> str:
    """The printing condition that all templates name alike; none where they differ."""
    first = parts[0].compiled
    is_shared = len({part.compiled.intents_sha256 for part in parts}) == 1
    return f"/OutputIntents {first.intents}" if is_shared and first.intents else ""


def _page_keys(compiled: CompiledTemplate) -> list[str]:
    """Size, trim and transparency group of every page; only the size can be said once for all in the root."""
    return [
        f"/MediaBox[0 0 {width:.6g} {height:.6g}]{_trim_keys(compiled.bleed, width, height)}"
        + (f"/Group{group}" if group else "")
        for (width, height), group in zip(compiled.sizes, compiled.groups, strict=True)
    ]


def _trim_keys(bleed: float | None, width: float, height: float) -> str:
    if bleed is None:
        return ""
    trim = f"{bleed:.6g} {bleed:.6g} {width - bleed:.6g} {height - bleed:.6g}"
    return f"/TrimBox[{trim}]/BleedBox[0 0 {width:.6g} {height:.6g}]"


def _compose_block(
    parts: Sequence[Part],
    prepared: PreparedText,
    imb: np.ndarray,
    page_marks: PageMarks,
    span: tuple[int, int],
    bars: Bars,
) -> list[list[pa.Array | bytes]]:
    """The content streams of the places start..stop, in order of place: for each page of a piece, what makes its
    column when joined."""
    made: list[list[list[pa.Array | bytes]]] = []
    places: list[np.ndarray] = []
    first_form = 1
    for part, uses, lines in zip(parts, prepared.uses, prepared.lines, strict=True):
        low, high = np.searchsorted(part.places, span)
        if low < high:
            here = part.places[low:high]
            block = {name: [line.slice(low, high - low) for line in own] for name, own in lines.items()}
            numbered = (page_marks.stream_no, page_marks.pieces[here])
            made.append(_compose(part.compiled, first_form, uses, block, imb[here], numbered, bars))
            places.append(here)
        first_form += part.compiled.pages
    if len(made) == 1:
        return made[0]
    order = pa.array(np.argsort(np.concatenate(places)))
    joined = [
        [text_columns.join_runs(runs, len(here)) for runs in pages]
        for pages, here in zip(made, places, strict=True)
    ]
    return [[pa.concat_arrays(column).take(order)] for column in zip(*joined, strict=True)]


def _compose(
    compiled: CompiledTemplate,
    first_form: int,
    uses: Mapping[str, FontUse],
    block: Mapping[str, Sequence[pa.Array]],
    imb: np.ndarray,
    numbered: tuple[int, np.ndarray],
    bars: Bars,
) -> list[list[pa.Array | bytes]]:
    """The content streams of one part's rows: for each page of a piece, what makes its column when joined."""
    stream, pieces = numbered
    contents = []
    for page, (_, height) in enumerate(compiled.sizes, start=1):
        parts: list[pa.Array | bytes] = [b"/T%d Do\n" % (first_form + page - 1)]
        for field in compiled.fields.fields:
            if field.page not in {page, 0}:
                continue
            if field.kind is Kind.IMB:
                parts += marks.imb_operators(field, imb, height, bars)
            elif field.kind is Kind.MARK:
                symbols = marks.mark_symbols(stream, pieces, page, compiled.pages)
                parts += marks.mark_operators(field, symbols, height, bars)
                parts += marks.mark_caption(field, stream, pieces, page, compiled.pages, height)
            else:
                parts += _set_text(field, block[field.name], uses[field.name], height)
        contents.append(text_columns.runs_of(parts))
    return contents


def _set_text(
    field: Field, lines: Sequence[pa.Array], use: FontUse, height: float
) -> Sequence[pa.Array | bytes]:
    laid = text_columns.lay_out(field, lines, use, height)
    is_lacking = use.lacks and any(text_columns.missing_glyphs(line, use.face) for line in lines)
    if laid.too_large.any() or is_lacking:
        raise InvalidInput(f"A text of field {field.name} cannot be set.", code="MERGE_UNCHECKED")
    return laid.draw()
