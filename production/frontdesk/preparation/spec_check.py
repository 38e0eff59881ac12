"""The check of an order by specification: each file against what is ordered of its component, estimate and plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from kernel.errors import UserError
from kernel.findings import Finding, Place
from production.catalog.models import Place as Where
from production.catalog.planned_usage import PlannedUsage
from production.catalog.planning import PlannedOperation
from production.catalog.products.families import families
from production.catalog.products.makeup import MadeComponent
from production.catalog.products.spec import Component, Spec
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.bindery import Done
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.estimates.usage import usage_of_print, usage_of_step
from production.frontdesk.orders.spec_order import ARTWORK
from production.frontdesk.preparation.examine import findings_of
from production.frontdesk.preparation.press_sheets import lay_on_sheets
from production.frontdesk.preparation.print_check import PrintCheck, show
from production.frontdesk.preparation.worksheet import WORKSHEET, worksheet
from production.jobs.consent import of_component
from production.jobs.models import JobFile
from production.jobs.states import OperationCode
from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import compile_template, print_bare
from production.prepress.preflight.order import order_of
from production.prepress.preflight.pdf import preflight_order
from production.prepress.preflight.press_report import PressFinding
from production.prepress.proofs import join_pages
from store.files import FileStore

_MOST_STEPS = 99  # as tickets number them


def examine(
    files: FileStore,
    given: Mapping[str, JobFile],
    spec: Spec,
    standards: Standards,
    folder: Path,
    *,
    revision: int,
) -> PrintCheck:
    """Findings of files and specification and, where nothing stops, plan, the standards behind it, and pages to see."""
    check = PrintCheck(revision, [])
    artwork = [given[of_component(ARTWORK, position)] for position in range(1, len(spec.components) + 1)]
    try:
        found = estimate(spec, standards, families())
    except UserError as refusal:
        check.findings += findings_of(refusal)
        return check
    paths = [files.checked_path(one.sha256) for one in artwork]
    made = found.makeup.components
    for file, path, ordered, one in zip(artwork, paths, spec.components, made, strict=True):
        check.findings += _preflight(path, file.given_name, spec, ordered, one)
    check.findings += found.findings
    if check.may_go_on:
        kept = files.keep_bytes(standards.model_dump_json(by_alias=True).encode(), "application/json")
        check.files["standards"] = (kept, "standards.json", None)
        check.plan = tuple(planned(found.chosen))
        check.sheet = found.chosen.ways[0].sheet.size
        check.sides = len(found.chosen.ways[0].sides)
        bare = _show_pages(files, check, paths, folder)
        for position, (way, path) in enumerate(zip(found.chosen.ways, paths, strict=True), start=1):
            laid = lay_on_sheets(way, spec, path, folder)
            check.findings += laid.findings
            if laid.told:
                name = way.component.name
                # Without sheets of their own its pages are the sheets, its own and no other component's.
                ref = files.keep(laid.path or bare[position - 1], "application/pdf")
                check.files[of_component("sheets", position)] = (ref, f"{name}.pdf", None)
                told = files.keep_bytes(laid.told, "application/json")
                check.files[of_component("layout", position)] = (told, f"{name}.json", None)
        work = WORKSHEET.as_bytes(worksheet(found), "the worksheet of a print job")
        check.files["worksheet"] = (files.keep_bytes(work, "application/json"), "worksheet.json", None)
    return check


def planned(chosen: Alternative) -> Iterator[PlannedOperation]:
    """The chosen way as operations: each component is printed and cut by itself, then all go on together."""
    steps = _numbers(len(chosen.printed) + len(chosen.done) + 1)
    ends = []
    for position, printed in enumerate(chosen.printed, start=1):
        step, counts = next(steps), (printed.issued, printed.good)
        usage = usage_of_print(printed)
        yield _operation(
            step, OperationCode.PRINT, (), counts, usage, printed.minutes, position, printed.setup_sheets
        )
        for done in chosen.done:
            if done.component == printed.way.component.name:
                before, step = step, next(steps)
                yield _of_bindery(step, (before,), done, position)
        ends.append(step)
    for done in chosen.done:
        if done.component is None:
            step = next(steps)
            yield _of_bindery(step, tuple(ends), done, None)
            ends = [step]
    good = chosen.done[-1].fed.good if chosen.done else chosen.printed[0].good
    yield PlannedOperation(next(steps), "deliver", Where.DOCK, tuple(ends), good, good, (), None)


def _numbers(count: int) -> Iterator[int]:
    """Steps in tens while there is room, so that the shop can put one in between."""
    gap = min(10, _MOST_STEPS // count)
    return iter(range(gap, _MOST_STEPS + 1, gap))


def _operation(
    step: int,
    code: str,
    needs: tuple[int, ...],
    counts: tuple[int, int],
    usage: tuple[PlannedUsage, ...],
    minutes: Decimal,
    component: int | None,
    setup: int,
) -> PlannedOperation:
    given, good = counts
    return PlannedOperation(
        step, code, Where.FLOOR, needs, given, good, usage, math.ceil(minutes), component, setup
    )


def _of_bindery(step: int, needs: tuple[int, ...], done: Done, component: int | None) -> PlannedOperation:
    fed = done.fed
    counts, setup = (fed.given, fed.good), fed.step.standard.setup_units
    return _operation(
        step, fed.step.operation, needs, counts, usage_of_step(done), done.minutes, component, setup
    )


def _preflight(
    path: Path, given_name: str, spec: Spec, ordered: Component, made: MadeComponent
) -> Iterator[Finding]:
    """What preflight says of a component's file: pages of the finished size, or of a leaf its flat piece, as of a cover
    with its spine.
    """
    alone = ordered.model_copy(update={"flat_size": made.flat}) if made.kind == "leaf" else ordered
    asked = order_of(spec.model_copy(update={"components": (alone,), "files": ()}), given_name)
    for found in preflight_order(path, asked).findings:
        yield _as_finding(found, ordered.name)


def _as_finding(found: PressFinding, component: str) -> Finding:
    words = found.message if component in found.message else f"{component}: {found.message}"
    return Finding(found.code, found.severity, words, found.remedy, Place(page=found.page, column=ARTWORK))


def _show_pages(files: FileStore, check: PrintCheck, artwork: Sequence[Path], folder: Path) -> list[Path]:
    """The pages of all components, one behind the other, as they print; gives those of each."""
    bare = []
    for number, path in enumerate(artwork):
        compiled = compile_template(path, Fields(()))
        bare.append(print_bare(compiled, folder / f"bare-{number}.pdf").path)
    pages = join_pages(bare, folder / "print.pdf")
    show(files, check, folder / "print.pdf", pages)
    return bare
