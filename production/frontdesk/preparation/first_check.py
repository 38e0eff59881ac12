"""A first look at what was just uploaded, in limited child processes, while the person is still there to answer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from kernel.errors import InvalidInput, refused_field
from kernel.findings import Finding, Place, Severity, stops
from production.frontdesk.lists.shapes import ListPreview
from production.mailings.list_order import ListOptions
from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import compile_template, print_bare
from production.prepress.preflight.pdf import Ordered, PreflightReport, preflight_pdf
from production.prepress.proofs import render_pages
from store.files import FileStore
from store.limited.sandbox import run_limited

_POINTS = 72
PAGES_DRAWN = 12  # at once; the others when somebody looks at them
_AGAIN = "Export the file again from its program."


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as it prints: its size in points, and the hash of its image where it was drawn."""

    width: float
    height: float
    sha256: str | None


def check_letter(files: FileStore, path: Path, given_name: str, *, most_sheets: int) -> list[DrawnPage]:
    """Its pages as they print, the first of them with an image.

    InvalidInput when preflight stops the file, its pages cannot be printed or no envelope takes so many.
    """
    report = preflight_pdf(path, given_name)
    _refuse("template", stops(report.findings))
    most = 2 * most_sheets
    if len(report.sizes) > most:
        sentence = f"The letter has {len(report.sizes):,} pages; no envelope takes more than {most}."
        raise _refusal("template", sentence, "Shorten it.", code="ENVELOPE_FULL")
    return drawn_pages(files, path, report.sizes)


def check_artwork(
    files: FileStore,
    path: Path,
    given_name: str,
    size_in: tuple[float, float],
    *,
    most_pages: int | None = None,
) -> list[DrawnPage]:
    """Pages of what is printed on sheets of a size (inches), as ``check_letter`` gives them. InvalidInput when the
    file cannot be printed so.
    """
    report = preflight_artwork(path, given_name, size_in, most_pages=most_pages)
    _refuse("artwork", stops(report.findings))
    return drawn_pages(files, path, report.sizes)


def preflight_artwork(
    path: Path, given_name: str, size_in: tuple[float, float], *, most_pages: int | None = None
) -> PreflightReport:
    """Preflight against the sheet (inches; turned is the same) and the number of pages that are printed."""
    size = (size_in[0] * _POINTS, size_in[1] * _POINTS)
    report = preflight_pdf(path, given_name, Ordered("print", size, is_piece=True))
    if most_pages and len(report.sizes) > most_pages:
        report.findings.append(
            Finding(
                "COMPONENT_PAGES", Severity.STOP,
                f"The file has {len(report.sizes):,} pages; at most {most_pages} are printed.",
                "Leave out the others, or order another product.", Place(column="artwork"),
            )
        )  # fmt: skip
    return report


def drawn_pages(files: FileStore, path: Path, sizes: Sequence[tuple[float, float]]) -> list[DrawnPage]:
    """Pages of these sizes (points), the first of them with an image."""
    images = _as_they_print(path, range(1, len(sizes[:PAGES_DRAWN]) + 1))
    hashes = [files.keep_bytes(image, "image/png").sha256 for image in images]
    return [DrawnPage(width, height, sha256) for (width, height), sha256 in zip_longest(sizes, hashes)]


def draw_page(files: FileStore, path: Path, page: int) -> str:
    """The image of one page (from 1) of a letter, by its hash."""
    return files.keep_bytes(_as_they_print(path, [page])[0], "image/png").sha256


def _as_they_print(path: Path, pages: Sequence[int]) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="indicia-look-") as folder:
        bare = print_bare(compile_template(path, Fields(())), Path(folder) / "bare.pdf")
        return render_pages(bare.path, pages)


def preview_list(path: Path, given_name: str, options: ListOptions | None = None) -> ListPreview:
    """How the list reads and a guessed mapping. InvalidInput when it cannot be read at all."""
    arguments = {"path": str(path), "given_name": given_name, "options": options or {}}
    ran = run_limited(
        "production.frontdesk.lists.reader.inspect_list",
        arguments,
        ListPreview,
        memory_bytes=4 << 30,
        cpu_seconds=120,
    )
    if not ran.is_ok:
        found = ran.finding("DATA_UNREADABLE", "The list cannot be read.", _AGAIN)
        raise _refusal("list", found.message, found.remedy, code=found.code)
    bad = [group for group in ran.value.findings if group.severity is Severity.STOP]
    if bad:
        raise _refusal("list", bad[0].message, bad[0].remedy, code=bad[0].code)
    return ran.value


def check_fields(path: Path) -> None:
    """InvalidInput unless the file is JSON with a list called fields; the boxes are checked with the letter."""
    try:
        data = json.loads(path.read_bytes()[:1_000_001])
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("fields"), list):
        raise _refusal("fields", "This is not a fields file.", "Send JSON with a list called fields.")


def _refuse(role: str, found: list[Finding]) -> None:
    if found:
        raise _refusal(role, found[0].message, found[0].remedy, code=found[0].code)


def _refusal(role: str, sentence: str, remedy: str, *, code: str = "DATA_UNREADABLE") -> InvalidInput:
    return refused_field(code, role, sentence, remedy)
