"""The check of an order by specification: each file against what is ordered of its component, estimate and plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kernel.errors import InvalidInput, UserError
from production.catalog.products.families import families
from production.catalog.products.makeup import MadeComponent
from production.catalog.products.spec import Spec
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.estimates.gangs import Gang
from production.frontdesk.orders.spec_order import ARTWORK, GANG, GANGED
from production.frontdesk.preparation.accepted import Accepted, judged
from production.frontdesk.preparation.component_check import as_finding, asked_of, preflight_component
from production.frontdesk.preparation.examine import findings_of
from production.frontdesk.preparation.press_sheets import lay_on_sheets
from production.frontdesk.preparation.print_check import PrintCheck, show
from production.frontdesk.preparation.spec_plan import planned
from production.frontdesk.preparation.worksheet import WORKSHEET, worksheet
from production.jobs.consent import of_component
from production.jobs.models import JobFile
from production.prepress.fixes.fixing import state_file
from production.prepress.fixes.statement import Statement
from production.prepress.merge.fields import Fields
from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.merge.print_file import compile_template, print_bare
from production.prepress.preflight.order import PrintOrder
from production.prepress.proofs import join_pages
from store.files import FileStore

STATED = "stated"  # the file of a component with the statement of its cost


def examine(
    files: FileStore,
    given: Mapping[str, JobFile],
    spec: Spec,
    standards: Standards,
    folder: Path,
    *,
    revision: int,
    accepted: Sequence[Accepted] = (),
    statement: Statement | None = None,
) -> PrintCheck:
    """Findings of files and specification and, where nothing stops, plan, the standards behind it, and pages to see.
    ``accepted``: what people accepted of the files; ``statement``: drawn on a page of the first, which is looked at as
    it is then. The file that was given stays, so that it is never drawn twice.
    """
    check = PrintCheck(revision, [])
    artwork = [given[of_component(ARTWORK, position)] for position in range(1, len(spec.components) + 1)]
    try:
        found = estimate(spec, standards, families())
    except UserError as refusal:
        check.findings += findings_of(refusal)
        return check
    paths = [files.checked_path(one.sha256) for one in artwork]
    made = found.makeup.components
    gang = gang_of(files, given)
    if statement is not None:
        try:
            paths[0] = _stated(files, check, paths[0], asked_of(spec, made[0]), statement, folder)
        except InvalidInput as refusal:
            check.findings += findings_of(refusal)
            return check
    for file, path, one in zip(artwork, paths, (of_all(one, gang) for one in made), strict=True):
        found_in_it = preflight_component(path, spec, one).findings
        judgments = judged(found_in_it, file.sha256, one.name, accepted)
        check.findings += [as_finding(finding, one.name) for finding in judgments]
    check.findings += found.findings
    if check.may_go_on:
        kept = files.keep_bytes(standards.model_dump_json(by_alias=True).encode(), "application/json")
        check.files["standards"] = (kept, "standards.json", None)
        check.plan = tuple(planned(found.chosen))
        check.minutes, check.buys_paper = found.chosen.minutes, found.chosen.buys_paper
        check.sheet = found.chosen.ways[0].sheet.size
        check.sides = len(found.chosen.ways[0].sides)
        bare = _show_pages(files, check, paths, folder)
        for position, (way, path) in enumerate(zip(found.chosen.ways, paths, strict=True), start=1):
            laid = lay_on_sheets(way, spec, path, folder, several_names=gang is not None)
            check.findings += laid.findings
            if laid.told:
                name = way.component.name
                # Without sheets of their own its pages are the sheets, its own and no other component's.
                ref = files.keep(laid.path or bare[position - 1].path, "application/pdf")
                check.files[of_component("sheets", position)] = (ref, f"{name}{_times(gang)}.pdf", None)
                told = files.keep_bytes(laid.told, "application/json")
                check.files[of_component("layout", position)] = (
                    told,
                    f"{name}.json",
                    bare[position - 1].pages,
                )
        work = WORKSHEET.as_bytes(worksheet(found, standards), "the worksheet of a print job")
        check.files["worksheet"] = (files.keep_bytes(work, "application/json"), "worksheet.json", None)
    return check


def _stated(
    files: FileStore, check: PrintCheck, path: Path, order: PrintOrder, statement: Statement, folder: Path
) -> Path:
    """The file with its statement, kept beside the one that was given."""
    out = folder / "stated.pdf"
    state_file(path, order, statement, out)
    ref = files.keep(out, "application/pdf")
    check.files[of_component(STATED, 1)] = (ref, "with-statement.pdf", None)
    return files.checked_path(ref.sha256)


def gang_of(files: FileStore, given: Mapping[str, JobFile]) -> Gang | None:
    """How several names stand in the file; None where there is one."""
    if GANGED not in given:
        return None
    return GANG.from_bytes(files.checked_path(given[GANGED].sha256).read_bytes(), "the gang of a job")


def _times(gang: Gang | None) -> str:
    """How often the whole file is printed, in its name."""
    return f", print {gang.copies} times" if gang is not None and gang.copies > 1 else ""


def of_all(made: MadeComponent, gang: Gang | None) -> MadeComponent:
    """With the pages of every name that stands in its file."""
    return replace(made, pages=made.pages * sum(gang.leaves)) if gang is not None else made


def _show_pages(
    files: FileStore, check: PrintCheck, artwork: Sequence[Path], folder: Path
) -> list[PrintFile]:
    """The pages of all components, one behind the other, as they print; gives those of each."""
    bare = []
    for number, path in enumerate(artwork):
        compiled = compile_template(path, Fields(()))
        bare.append(print_bare(compiled, folder / f"bare-{number}.pdf"))
    pages = join_pages([one.path for one in bare], folder / "print.pdf")
    show(files, check, folder / "print.pdf", pages)
    return bare
