"""``indicia impose``: pages of files laid on press sheets, without the plant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from kernel.errors import InvalidInput
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import MARKS, TURNS, Asked
from production.prepress.imposition.impose import impose as impose_files
from production.prepress.imposition.numbering import Numbers
from production.prepress.imposition.signatures import FOLDINGS
from web.commands.telling import to_json

_POINTS = 72.0  # an inch has
_STANDARD_MARKS = ",".join(mark for mark in MARKS if mark != "color-bar")
_COPIES = re.compile(r"(?P<path>.+):(?P<copies>\d{1,6})")


class Lengths(click.ParamType[tuple[float, float]]):
    """Two lengths in inches, ``8.5x11`` or ``1,2``, as points."""

    def __init__(self, between: str) -> None:
        self.between, self.name = between, f"W{between}H"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        try:
            first, second = (float(part) * _POINTS for part in value.lower().split(self.between))
        except ValueError:
            self.fail(f"{value!r} is not two lengths in inches like 8.5{self.between}11.", param, ctx)
        return first, second


class Inches(click.ParamType[float]):
    """A length in inches, as points."""

    name = "inches"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return float(value) * _POINTS
        except ValueError:
            self.fail(f"{value!r} is not a length in inches.", param, ctx)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--scheme", required=True, type=click.Choice(list(TURNS)), help="How pages come to their places."
)
@click.option("--sheet", required=True, type=Lengths("x"), help="Press sheet, inches.")
@click.option("--trim", required=True, type=Lengths("x"), help="Finished page as read, inches.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The sheets, a PDF."
)
@click.option("--bleed", default=0.0, type=Inches(), help="Paint over each cut, inches.")
@click.option(
    "--caliper", default=0.0, type=Inches(), help="Thickness of a sheet, inches; creep comes of it."
)
@click.option("--creep-factor", default=1.0, type=float, help="How far real folds push beyond the geometry.")
@click.option(
    "--signature", default=4, type=int, help=f"Pages of a folded sheet: {', '.join(map(str, FOLDINGS))}."
)
@click.option("--nest", default=1, type=int, help="Sheets inside one another of a perfect-bound book.")
@click.option("--up", type=int, help="Places on a side; as many as fit when not said.")
@click.option("--turn", type=click.Choice(["left-right", "head-to-foot", "none"]), help="Between the sides.")
@click.option("--blanks", default="end", type=click.Choice(["end", "before-back"]), help="Where blanks go.")
@click.option(
    "--parts", default=1, type=int, help="Parts of a carbonless set, a page each, the top one first."
)
@click.option("--number-first", type=int, help="First number.")
@click.option("--number-last", type=int, help="Last number.")
@click.option("--number-format", default="{:06d}", help="Text around {:06d}, with {check} for a check digit.")
@click.option("--number-at", default="0.5,0.5", type=Lengths(","), help="From the trim's lower left, inches.")
@click.option(
    "--margin", default=0.0, type=Inches(), help="What the press does not print at each edge, inches."
)
@click.option(
    "--marks",
    default="",
    is_flag=False,
    flag_value=_STANDARD_MARKS,
    help=f"Some of {', '.join(MARKS)}; or all.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def impose(files: tuple[str, ...], out: Path, marks: str, as_json: bool, **options: Any) -> None:
    """Lay the pages of PDFs on press sheets (docs/imposition.md). A gang takes several, each FILE:COPIES."""
    first, last, written = (options.pop(f"number_{name}") for name in ("first", "last", "format"))
    asked = Asked(
        **options,
        numbers=_numbers(first, last, written),
        marks=MARKS if marks == "all" else tuple(filter(None, marks.split(","))),
    )
    made = impose_files([_given(file, asked.scheme) for file in files], asked, out)
    layout = made.layout
    if as_json:
        counts = {"sheets": layout.sheets, "sides": layout.sides, "blanks": layout.blanks}
        told = {"warnings": made.findings, "check": None, "layout": layout.as_data()}
        click.echo(to_json(counts | told))
        return
    click.echo(f"{layout.sheets:,} sheets, {layout.sides:,} sides, {layout.blanks:,} blanks: {out}")
    for finding in made.findings:
        click.echo(f"  {finding.message} {finding.remedy} [{finding.code}]")


def _numbers(first: int | None, last: int | None, written: str) -> Numbers | None:
    if first is None and last is None:
        return None
    if last is None:
        message = "A run of numbers needs its last."
        raise InvalidInput(message, code="NUMBER_RANGE", remedy="Say --number-last.", field="number_last")
    return Numbers(1 if first is None else first, last, written)


def _given(file: str, scheme: str) -> Given:
    match = _COPIES.fullmatch(file) if scheme == "gang" else None
    path, copies = (Path(match["path"]), int(match["copies"])) if match else (Path(file), 1)
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.", code="NOT_FOUND", remedy="Name a PDF.", field="files")
    if copies < 1:
        raise InvalidInput(
            f"{path.name} is wanted no time.", code="SPEC_FIELD", remedy="Say at least :1.", field="files"
        )
    return Given(str(path), path.name, copies)
