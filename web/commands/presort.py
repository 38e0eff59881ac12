"""``indicia presort``: a list sorted, trayed and priced, without the plant: a what-if in a moment."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from kernel.findings import Finding
from kernel.money import Money
from postal.address.piece_list import PieceList, join_lists, read_csv, read_pieces
from postal.admission.incentives import KIND as INCENTIVES
from postal.admission.incentives import Participation
from postal.data.edition_folder import shelf
from postal.data.editions import InForce, Status
from postal.money.fair_shares import RULE, FairShares, explain_share, fair_shares
from postal.piece.kinds import CATEGORIES, CLASSES, SIZES, plan_id
from postal.piece.mailpiece import Mailpiece
from postal.plans.sort_plans import ENTRIES
from postal.sorting.best_mailings import BestMailings, best_mailings
from postal.sorting.plan_file import write_plan
from postal.sorting.presort import LEAST, POLICIES, plan_presort
from postal.sorting.presort_plan import PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book
from postal.sorting.streams import Stream
from production.mailings.editions import FOLDER
from store.settings import read_settings
from web.commands.kinds import Kind, MailDay
from web.commands.telling import to_json

WHAT_IF = (
    "A what-if: presort is generally completed at each level before the next (DMM 245.1.1); mail it so only where the "
    "Postal Service has agreed in writing."
)
BEST, CO_TRAYED = "best", "co-trayed"
_MONEY = ("prices", INCENTIVES)
_BASIC_STID, _ANY = "310", "0"  # a what-if asks what a shop would earn, whoever it is


class Amount(click.ParamType[Decimal]):
    """A decimal over zero."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal(0)
        if not number.is_finite() or number <= 0:
            self.fail(f"{value!r} is not a number over zero", param, ctx)
        return number


def piece_of(shape: str, measures: dict[str, Decimal | None], features: tuple[str, ...] = ()) -> Mailpiece:
    """A piece of the shape, with the usual measure wherever none was named."""
    usual = dict(zip(("length", "height", "thickness", "weight"), SIZES[shape], strict=True))
    length, height, thickness, weight = (measures[name] or Decimal(usual[name]) for name in usual)
    construction = "card" if shape == "card" else "envelope"
    return Mailpiece(length, height, thickness, weight, construction, frozenset(features))


def measured(command: Any) -> Any:
    """The four options of a piece's measures."""
    for name, unit in (
        ("weight", "ounces"),
        ("thickness", "inches"),
        ("height", "inches"),
        ("length", "inches"),
    ):
        command = click.option(f"--{name}", type=Amount(), help=f"Of the piece, {unit}.")(command)
    return command


@click.command()
@click.option(
    "--list",
    "lists",
    required=True,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with a column zip, and plus4, dp, route where it has them. Several: a job each, sorted together.",
)
@click.option("--class", "mail_class", required=True, type=Kind(list(CLASSES)), help="Class of mail.")
@click.option("--shape", required=True, type=Kind(list(SIZES)), help="Shape of the piece.")
@click.option(
    "--category",
    default="automation",
    type=Kind((*CATEGORIES, CO_TRAYED, BEST)),
    help="Preparation. best: automation, machinable or a mailing of each, whatever costs least (letters). "
    "co-trayed: barcoded and other bundles of flats in shared tubs (First-Class with --option bundle).",
)
@click.option(
    "--option", default="tray", type=click.Choice(["tray", "bundle"]), help="First-Class flats only."
)
@click.option("--date", "mail_date", required=True, type=MailDay(), help="Mailing date.")
@click.option("--policy", default="top-down", type=Kind(POLICIES), help="How to choose among lawful sorts.")
@click.option("--origin", default="70802", help="ZIP Code of the office of mailing.")
@click.option("--entry", default="origin", type=Kind(ENTRIES), help="Where the mail is entered.")
@click.option(
    "--payment", default="permit", type=click.Choice(["permit", "metered", "stamped"]), help="How it is paid."
)
@measured
@click.option("--feature", "features", multiple=True, help="A nonmachinable feature, for example rigid.")
@click.option(
    "--live", is_flag=True, help="Only what live mail may use; else stand-ins of lists serve, and are told."
)
@click.option(
    "--test-only", is_flag=True, help="Allow demonstration prices and amounts as well; they are told, too."
)
@click.option(
    "--full-service", is_flag=True, help="Claim the Full-Service incentive where its amount is loaded."
)
@click.option("--seamless", is_flag=True, help="Claim Full-Service and Seamless Acceptance.")
@click.option("--trays", is_flag=True, help="One row a tray.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Keep the plan, for postal explain."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def presort(
    lists: tuple[Path, ...],
    mail_class: str,
    shape: str,
    mail_date: date,
    out: Path | None,
    features: tuple[str, ...],
    **more: Any,
) -> None:
    """Sort a list, or several together: levels, trays, postage, shares, and everything taken for granted."""
    start = time.process_time()
    found = _read_all(lists)
    # A what-if mails nothing: stand-ins of lists may serve, but money is never made up unless asked for.
    among = tuple(
        edition
        for edition in shelf(read_settings().data_dir / FOLDER)
        if more["test_only"] or edition.kind not in _MONEY or edition.status is not Status.TEST_ONLY
    )
    in_force = InForce(mail_date, among, allow_test_only=not more["live"])
    shop = None
    if more["full_service"] or more["seamless"]:
        own = {"seamless_crid": _ANY, "payment_account": _ANY} if more["seamless"] else {}
        shop = Participation(_BASIC_STID, crid=_ANY, **own)

    def rules(category: str) -> RuleBook:
        return rule_book(
            plan_id(mail_class, shape, category, more["option"]),
            in_force,
            origin_zip5=zip5_of(more["origin"]),
            entry=more["entry"],
            shop=shop,
        )

    measures = {name: more[name] for name in ("length", "height", "thickness", "weight")}
    mailpiece, payment = piece_of(shape, measures, features), more["payment"]
    shared: Shared | None = None
    told: Report | BestReport
    if more["category"] == BEST:
        if more["policy"] != LEAST or shape == "flat" or more["entry"] != "origin":
            raise click.UsageError("--category best is for letters and cards at origin, with --policy least.")
        if len(lists) > 1:
            raise click.UsageError("--category best takes one list: jobs share the postage of one mailing.")
        best = best_mailings(
            found.pieces, rules("automation"), rules("machinable"),
            mailpiece=mailpiece, mailer_line="", payment=payment,
        )  # fmt: skip
        plans, told = best.plans, report_of_best(best, found, with_trays=more["trays"])
    else:
        book = rules(more["category"])
        plan = plan_presort(
            found.pieces, book, policy=more["policy"], mailpiece=mailpiece, mailer_line="", payment=payment
        )
        if len(lists) > 1:
            (shares,) = fair_shares([plan], [Stream(found.pieces, mailpiece)], book)
            plan, shared = shares.kept_in(plan), _shares(shares, lists)
        plans, told = (plan,), report(plan, found.findings, with_trays=more["trays"])
    if out:
        for made in plans:
            write_plan(made, out.with_stem(made.sort_plan) if len(plans) > 1 else out)
    seconds = {"seconds": round(time.process_time() - start, 3)}
    click.echo(to_json(told, shared or {}, seconds) if more["as_json"] else _words(told, shared))


@dataclass(frozen=True, slots=True)
class PostageLine:
    """Pieces of one level; money in dollars as text, here and below."""

    level: str
    entry: str
    pieces: int
    price: str
    extended: str


@dataclass(frozen=True, slots=True)
class IncentiveLine:
    """What is taken off a piece, and off all."""

    name: str
    pieces: int
    rate: str
    amount: str
    paid_to: str


@dataclass(frozen=True, slots=True)
class EditionUsed:
    """An edition behind the plan."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One tray with its label."""

    tray: int
    level: str
    line_1: str
    line_2: str
    zip: str
    cin: int
    type: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Report:
    """A plan."""

    sort_plan: str
    policy: str
    what_if: str | None
    pieces: int
    levels: Mapping[str, int]
    trays: int
    postage: str
    top_down_postage: str | None
    saved_against_top_down: str | None
    single_piece_postage: str | None
    postage_lines: Sequence[PostageLine]
    incentives: Sequence[IncentiveLine]
    bundles: int | None
    findings: Sequence[Finding]
    assumptions: Sequence[str]
    editions: Sequence[EditionUsed]


@dataclass(frozen=True, slots=True)
class ReportWithTrays(Report):
    """A plan, tray by tray."""

    tray_rows: Sequence[TrayRow]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A way that was weighed; without postage where too few pieces were there."""

    mail: str
    postage: str | None


@dataclass(frozen=True, slots=True)
class BestReport:
    """Every mailing chosen, the total, and the ways that were weighed."""

    category: str
    pieces: int
    postage: str
    single_piece_postage: str | None
    filled_up: int
    alternatives: Sequence[Alternative]
    mailings: Sequence[Report]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """What one list pays; None where no such price is loaded."""

    list: str
    pieces: int
    at_batch_prices: str
    alone: str
    metered: str | None
    stamped: str | None
    share: str
    saved: str
    explained: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shared:
    """A row a list, in the order given."""

    share_rule: str
    shares: Sequence[ShareRow]


def report_of_best(best: BestMailings, found: PieceList, *, with_trays: bool) -> BestReport:
    """The mailings of a list that are cheapest together."""
    return BestReport(
        category=BEST,
        pieces=len(found.pieces),
        postage=best.postage.plain,
        single_piece_postage=total_of([plan.single_piece_postage for plan in best.plans]),
        filled_up=best.filled_up,
        alternatives=[
            Alternative(way.name, way.postage.plain if way.postage else None) for way in best.alternatives
        ],
        mailings=[report(plan, (), with_trays=with_trays) for plan in best.plans],
        findings=found.findings,
    )


def total_of(sums: Sequence[Money | None]) -> str | None:
    """Dollars of all, or None where one is not known."""
    known = [money.cents for money in sums if money is not None]
    return Money(sum(known)).plain if len(known) == len(sums) else None


def report(plan: PresortPlan, findings: Sequence[Finding], *, with_trays: bool) -> Report:
    """A plan with what was found before it."""
    single, ordinary = plan.single_piece_postage, plan.top_down_postage
    told = Report(
        sort_plan=plan.sort_plan,
        policy=plan.policy,
        what_if=WHAT_IF if plan.policy == LEAST else None,
        pieces=plan.pieces,
        levels=plan.level_counts,
        trays=len(plan.trays),
        postage=plan.postage.plain,
        top_down_postage=ordinary.plain if ordinary else None,
        saved_against_top_down=(ordinary - plan.postage).plain if ordinary else None,
        single_piece_postage=single.plain if single else None,
        postage_lines=[
            PostageLine(level.code, level.entry, level.pieces, level.price, f"{level.postage.value:f}")
            for level in plan.levels
            if level.pieces
        ],
        incentives=[
            IncentiveLine(one.name, one.pieces, str(one.rate), str(one.amount.value), one.paid_to)
            for one in plan.incentives
        ],
        bundles=len(plan.bundles) if plan.bundles else None,
        findings=[*findings, *plan.findings],
        assumptions=plan.assumptions,
        editions=[EditionUsed(*one) for one in zip(plan.editions, plan.edition_hashes, strict=True)],
    )
    if not with_trays:
        return told
    return ReportWithTrays(
        **{field.name: getattr(told, field.name) for field in fields(told)}, tray_rows=_tray_rows(plan)
    )


def _shares(shares: FairShares, lists: Sequence[Path]) -> Shared:
    rows = [
        ShareRow(
            path.name, job.pieces, job.at_levels.plain, job.alone.plain,
            job.metered.plain if job.metered else None, job.stamped.plain if job.stamped else None,
            job.share.plain, job.saved.plain, explain_share(job),
        )
        for job, path in zip(shares.jobs, lists, strict=True)
    ]  # fmt: skip
    return Shared(RULE, rows)


def _tray_rows(plan: PresortPlan) -> list[TrayRow]:
    labels = (plan.label(number) for number in range(1, len(plan.trays) + 1))
    return [
        TrayRow(
            label.tray, label.level, label.line_1, label.line_2, f"{label.label_zip:05d}", label.cin,
            label.tray_type, label.pieces,
        )
        for label in labels
    ]  # fmt: skip


def _words(told: Report | BestReport, shared: Shared | None = None) -> str:
    if isinstance(told, BestReport):
        lines = [f"{len(told.mailings)} mailings of {told.pieces:,} pieces, ${told.postage}"]
        if told.filled_up:
            lines.append(f"  {told.filled_up:,} automation pieces fill up the machinable mailing")
        lines += [
            f"  {way.mail}: {'$' + way.postage if way.postage else 'too few pieces'}"
            for way in told.alternatives
        ]
        lines += [f"  {finding.message} [{finding.code}]" for finding in told.findings]
        return "\n".join([*lines, *(_words(mailing) for mailing in told.mailings)])
    lines = [f"{told.sort_plan}, {told.policy}: {told.pieces:,} pieces, {told.trays:,} trays"]
    lines += [
        f"  {line.level:<10} {line.pieces:>9,} at {line.price:>6}  {Decimal(line.extended):>14,.2f}"
        for line in told.postage_lines
    ]
    lines += [
        f"  {one.name:<10} {one.pieces:>9,} at {'-' + one.rate:>6}  {-Decimal(one.amount):>14,.2f}"
        for one in told.incentives
    ]
    lines.append(f"  postage ${told.postage}, single-piece {dollars(told.single_piece_postage)}")
    if told.what_if:
        lines.append(f"  {told.what_if}")
    if told.saved_against_top_down not in {None, "0.00"}:
        lines.append(f"  ${told.saved_against_top_down} less than top-down")
    for row in shared.shares if shared else ():
        lines.append(
            f"  {row.list}: {row.pieces:,} pieces pay ${row.share}; alone ${row.alone}, saved ${row.saved}"
        )
    for tray in told.tray_rows if isinstance(told, ReportWithTrays) else ():
        lines.append(f"  tray {tray.tray:>5} {tray.type} {tray.pieces:>5} {tray.level:<9} {tray.line_1}")
    lines += [f"  {finding.message} [{finding.code}]" for finding in told.findings]
    return "\n".join([*lines, *(f"  taken for granted: {said}" for said in told.assumptions)])


def dollars(plain: str | None) -> str:
    """'$12.00', or that it is not known."""
    return "not known" if plain is None else f"${plain}"


def _read_all(paths: Sequence[Path]) -> PieceList:
    """One list as it is; several joined, their findings saying which."""
    found = [read_pieces(read_csv(path)) for path in paths]
    if len(found) == 1:
        return found[0]
    return join_lists(
        [
            replace(
                one,
                findings=tuple(
                    replace(finding, place=replace(finding.place, file=path.name)) for finding in one.findings
                ),
            )
            for one, path in zip(found, paths, strict=True)
        ]
    )


def zip5_of(text: str) -> int:
    if len(text) != 5 or not text.isdigit():
        raise click.BadParameter("five digits", param_hint="--origin")
    return int(text)
