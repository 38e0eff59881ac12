"""Variable-data merge: a compiled template and columns of records become one print file.

Template pages come in once as Form XObjects, fonts once a file; each page is one small plain content stream. Work
goes block by block, so memory grows with the columns only. The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.prepress import fonts, marks, text_columns
from production.prepress.fields import Field, Fields, Kind
from production.prepress.marks import Bars
from production.prepress.pdf_writer import FIRST_FREE, PdfWriter, PrintFile
from production.prepress.template import read_pages
from production.prepress.text_columns import FontUse

CAPTION_FONT = "DejaVu Sans Condensed"
_BLOCK_PAGES = 16_384


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template ready to merge: its objects (numbered from 3), the form's number and size of every page."""

    fields: Fields
    objects: tuple[bytes, ...]
    forms: tuple[int, ...]
    sizes: tuple[tuple[float, float], ...]
    layers: int
    sha256: str

    @property
    def pages(self) -> int:
        """Pages of one piece."""
        return len(self.forms)


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What the page marks of a file say: batch number and the number of its first piece."""

    batch_no: int
    first_piece_no: int


@dataclass(frozen=True, slots=True)
class PreparedText:
    """Which fonts the records need, by field name; ``objects`` are numbered from ``first_number``."""

    uses: dict[str, FontUse]
    objects: tuple[bytes, ...]
    resources: str


def compile_template(template: Path, fields: Fields) -> CompiledTemplate:
    """Reads a template once for any number of segments. ValueError for a page without a usable box."""
    objects, forms, sizes, layers = read_pages(template, FIRST_FREE)
    digest = hashlib.sha256(template.read_bytes()).hexdigest()
    return CompiledTemplate(fields, tuple(objects), tuple(forms), tuple(sizes), layers, digest)


def prepare(compiled: CompiledTemplate, table: pa.Table) -> tuple[PreparedText, list[Finding]]:
    """Fonts for these records, and findings for every character no font has and every text that overflows its box."""
    table = table.combine_chunks()
    prepared = _plan_fonts(compiled, table)
    findings = []
    for field in _text_fields(compiled.fields):
        for start, block in _blocks(table, 1):
            findings += _field_findings(compiled, field, block, start, prepared.uses[field.name])
    return prepared, findings


def _text_fields(fields: Fields) -> list[Field]:
    return [field for field in fields.fields if field.kind in {Kind.TEXT, Kind.ADDRESS}]


def _blocks(table: pa.Table, pages: int) -> Iterator[tuple[int, pa.Table]]:
    step = max(64, _BLOCK_PAGES // pages)
    for start in range(0, table.num_rows, step):
        yield start, table.slice(start, step)


def _field_findings(
    compiled: CompiledTemplate, field: Field, block: pa.Table, start: int, use: FontUse
) -> list[Finding]:
    rows = _row_numbers(block, start)
    findings = []
    for line in text_columns.field_lines(field, block):
        for row, code in text_columns.missing_glyphs(line, use.face):
            findings.append(
                Finding(
                    "GLYPH_MISSING", Severity.ROW,
                    f"Field {field.name}: {use.face.name} cannot print {fonts.name_character(code)}.",
                    "Choose another font, or write the text in letters it has.", Place(row=rows[row], page=field.page),
                )
            )  # fmt: skip
    laid = text_columns.lay_out(field, block, use, compiled.sizes[field.page - 1][1])
    code = "ADDRESS_OVERFLOW" if field.kind is Kind.ADDRESS else "TEXT_OVERFLOW"
    for row in np.flatnonzero(laid.too_large).tolist():
        findings.append(
            Finding(
                code, Severity.ROW, f"Field {field.name}: the text does not fit its box at the smallest size.",
                "Shorten the text, or make the box larger.", Place(row=rows[row], page=field.page),
            )
        )  # fmt: skip
    return findings


def _row_numbers(block: pa.Table, start: int) -> list[int]:
    """The row of the list a person counts, where the table carries it; else the place in the table, from 1."""
    if "source_row" in block.column_names:
        return [int(v) for v in block.column("source_row").to_pylist()]
    return list(range(start + 1, start + 1 + block.num_rows))


def _plan_fonts(compiled: CompiledTemplate, table: pa.Table) -> PreparedText:
    """One font object for each font in each of two ways of writing: one byte a character where Windows-1252 is
    enough for the whole column, else two bytes and a subset of exactly the characters used."""
    needs: dict[tuple[str, bool], np.ndarray] = {(CAPTION_FONT, True): np.zeros(fonts.TABLE_SIZE, bool)}
    chosen: dict[str, tuple[str, bool]] = {}
    for field in _text_fields(compiled.fields):
        used = np.zeros(fonts.TABLE_SIZE, bool)
        for line in text_columns.field_lines(field, table):
            used |= text_columns.seen(line)
        key = chosen[field.name] = (field.font, text_columns.is_windows_1252(used))
        needs[key] = needs.get(key, np.zeros(fonts.TABLE_SIZE, bool)) | used
    number = FIRST_FREE + len(compiled.objects)
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
        by_key[key] = FontUse(resource.encode("ascii"), face, glyphs)
    for resource, build in (("I", marks.imb_font), ("M", marks.mark_font)):
        resources += f"/{resource} {number + len(objects)} 0 R"
        objects += build(number + len(objects))
    return PreparedText({name: by_key[key] for name, key in chosen.items()}, tuple(objects), resources)


def merge_segment(
    compiled: CompiledTemplate,
    table: pa.Table,
    imb: np.ndarray,
    page_marks: PageMarks,
    out: Path,
    *,
    bars: Bars = Bars.GLYPHS,
) -> PrintFile:
    """Prints row k of the table, in order, as piece ``first_piece_no + k``. ``imb`` is (n, 65) uint8 letters T, D,
    A, F. InvalidInput with every finding if a text cannot be set: nothing is left behind."""
    n = table.num_rows
    if (
        n == 0
        or imb.shape != (n, marks.BAR_COUNT)
        or not np.isin(imb, np.frombuffer(marks.LETTERS, np.uint8)).all()
    ):
        raise ValueError("a segment holds at least one row, and 65 letters T, D, A or F for each")
    table = table.combine_chunks()
    prepared = _plan_fonts(compiled, table)
    fixed = len(compiled.objects) + len(prepared.objects)
    with PdfWriter(out, fixed=fixed, pages=n * compiled.pages) as writer:
        for number, content in enumerate((*compiled.objects, *prepared.objects), start=FIRST_FREE):
            writer.add(number, content)
        for start, block in _blocks(table, compiled.pages):
            stop = start + block.num_rows
            pieces = np.arange(start, stop, dtype=np.int64) + page_marks.first_piece_no
            contents = _compose(
                compiled, prepared, block, imb[start:stop], (page_marks.batch_no, pieces), Bars(bars)
            )
            writer.add_contents(writer.first_content + start * compiled.pages, contents)
        return writer.finish(**_document(compiled, prepared))


def _document(compiled: CompiledTemplate, prepared: PreparedText) -> dict[str, object]:
    """Catalog, page-tree root and page keys: what all pages share is said once, in the root."""
    forms = "".join(f"/T{k} {number} 0 R" for k, number in enumerate(compiled.forms, start=1))
    boxes = [f"/MediaBox[0 0 {width:.6g} {height:.6g}]" for width, height in compiled.sizes]
    shared = boxes[0] if len(set(boxes)) == 1 else ""
    return {
        "catalog": f"/OCProperties {compiled.layers} 0 R" if compiled.layers else "",
        "root": f"{shared}/Resources<</XObject<<{forms}>>/Font<<{prepared.resources}>>>>",
        "page_keys": ["" if shared else box for box in boxes],
    }


def _compose(
    compiled: CompiledTemplate,
    prepared: PreparedText,
    block: pa.Table,
    imb: np.ndarray,
    numbered: tuple[int, np.ndarray],
    bars: Bars,
) -> list[pa.Array]:
    """The content streams of a block: one column for each page of a piece."""
    batch, pieces = numbered
    contents = []
    for page, (_, height) in enumerate(compiled.sizes, start=1):
        parts: list[pa.Array | bytes] = [b"/T%d Do\n" % page]
        for field in compiled.fields.fields:
            if field.page not in {page, 0}:
                continue
            if field.kind is Kind.IMB:
                parts += marks.imb_operators(field, imb, height, bars)
            elif field.kind is Kind.MARK:
                symbols = marks.mark_symbols(batch, pieces, page, compiled.pages)
                parts += marks.mark_operators(field, symbols, height, bars)
                parts += marks.mark_caption(field, batch, pieces, page, compiled.pages, height)
            else:
                parts.append(_set_text(field, block, prepared.uses[field.name], height))
        contents.append(text_columns.join_runs(parts, len(pieces)))
    return contents


def _set_text(field: Field, block: pa.Table, use: FontUse, height: float) -> pa.Array:
    laid = text_columns.lay_out(field, block, use, height)
    lines = text_columns.field_lines(field, block)
    if laid.too_large.any() or any(text_columns.missing_glyphs(line, use.face) for line in lines):
        raise InvalidInput(f"A text of field {field.name} cannot be set.", code="MERGE_UNCHECKED")
    return laid.operators
