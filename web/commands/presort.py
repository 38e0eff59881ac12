"""``indicia presort``: a list sorted, trayed and priced, without the plant: a what-if in a moment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
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
    options: dict[str, Any] = {
        "mailpiece": piece_of(shape, measures, features),
        "mailer_line": "",
        "payment": more["payment"],
    }
    if more["category"] == BEST:
        if more["policy"] != LEAST or shape == "flat" or more["entry"] != "origin":
            raise click.UsageError("--category best is for letters and cards at origin, with --policy least.")
        if len(lists) > 1:
            raise click.UsageError("--category best takes one list: jobs share the postage of one mailing.")
        best = best_mailings(found.pieces, rules("automation"), rules("machinable"), **options)
        result = report_of_best(best, found, with_trays=more["trays"])
    else:
        best = None
        book, shared = rules(more["category"]), {}
        plan = plan_presort(found.pieces, book, policy=more["policy"], **options)
        if len(lists) > 1:
            (shares,) = fair_shares([plan], [Stream(found.pieces, options["mailpiece"])], book)
            plan, shared = shares.kept_in(plan), _shares(shares, lists)
        result = report(plan, found.findings, with_trays=more["trays"]) | shared
    if out:
        for made in best.plans if best else [plan]:
            write_plan(made, out.with_stem(made.sort_plan) if best and len(best.plans) > 1 else out)
    result["seconds"] = round(time.process_time() - start, 3)
    click.echo(to_json(result) if more["as_json"] else _words(result))


def report_of_best(best: BestMailings, found: PieceList, *, with_trays: bool) -> dict[str, Any]:
    """Every mailing chosen, the total, and the ways that were weighed."""
    singles = [plan.single_piece_postage for plan in best.plans]
    return {
        "category": BEST,
        "pieces": len(found.pieces),
        "postage": best.postage.plain,
        "single_piece_postage": total_of(singles),
        "filled_up": best.filled_up,
        "alternatives": [
            {"mail": way.name, "postage": way.postage.plain if way.postage else None}
            for way in best.alternatives
        ],
        "mailings": [report(plan, (), with_trays=with_trays) for plan in best.plans],
        "findings": list(found.findings),
    }


def total_of(sums: Sequence[Money | None]) -> str | None:
    """Dollars of all, or None where one is not known."""
    known = [money.cents for money in sums if money is not None]
    return Money(sum(known)).plain if len(known) == len(sums) else None


def report(plan: PresortPlan, findings: Sequence[Finding], *, with_trays: bool) -> dict[str, Any]:
    """The plan as plain values; money in dollars as text."""
    single, ordinary = plan.single_piece_postage, plan.top_down_postage
    rows = {
        "sort_plan": plan.sort_plan,
        "policy": plan.policy,
        "what_if": WHAT_IF if plan.policy == LEAST else None,
        "pieces": plan.pieces,
        "levels": plan.level_counts,
        "trays": len(plan.trays),
        "postage": plan.postage.plain,
        "top_down_postage": ordinary.plain if ordinary else None,
        "saved_against_top_down": (ordinary - plan.postage).plain if ordinary else None,
        "single_piece_postage": single.plain if single else None,
        "postage_lines": [
            {
                "level": level.code,
                "entry": level.entry,
                "pieces": level.pieces,
                "price": level.price,
                "extended": f"{level.postage.value:f}",
            }
            for level in plan.levels
            if level.pieces
        ],
        "incentives": [
            {
                "name": one.name,
                "pieces": one.pieces,
                "rate": str(one.rate),
                "amount": str(one.amount.value),
                "paid_to": one.paid_to,
            }
            for one in plan.incentives
        ],
        "bundles": len(plan.bundles) if plan.bundles else None,
        "findings": [*findings, *plan.findings],
        "assumptions": list(plan.assumptions),
        "editions": [
            {"name": name, "sha256": sha256}
            for name, sha256 in zip(plan.editions, plan.edition_hashes, strict=True)
        ],
    }
    return {**rows, "tray_rows": _tray_rows(plan)} if with_trays else rows


def _shares(shares: FairShares, lists: Sequence[Path]) -> dict[str, Any]:
    """A row a list, in the order given; money in dollars as text, None where no such price is loaded."""
    return {
        "share_rule": RULE,
        "shares": [
            {
                "list": path.name,
                "pieces": job.pieces,
                "at_batch_prices": job.at_levels.plain,
                "alone": job.alone.plain,
                "metered": job.metered.plain if job.metered else None,
                "stamped": job.stamped.plain if job.stamped else None,
                "share": job.share.plain,
                "saved": job.saved.plain,
                "explained": list(explain_share(job)),
            }
            for job, path in zip(shares.jobs, lists, strict=True)
        ],
    }


def _tray_rows(plan: PresortPlan) -> list[dict[str, Any]]:
    labels = (plan.label(number) for number in range(1, len(plan.trays) + 1))
    return [
        {
            "tray": label.tray,
            "level": label.level,
            "line_1": label.line_1,
            "line_2": label.line_2,
            "zip": f"{label.label_zip:05d}",
            "cin": label.cin,
            "type": label.tray_type,
            "pieces": label.pieces,
        }
        for label in labels
    ]


def _words(result: dict[str, Any]) -> str:
    if "mailings" in result:
        lines = [f"{len(result['mailings'])} mailings of {result['pieces']:,} pieces, ${result['postage']}"]
        if result["filled_up"]:
            lines.append(f"  {result['filled_up']:,} automation pieces fill up the machinable mailing")
        lines += [
            f"  {way['mail']}: {'$' + way['postage'] if way['postage'] else 'too few pieces'}"
            for way in result["alternatives"]
        ]
        lines += [f"  {finding.message} [{finding.code}]" for finding in result["findings"]]
        return "\n".join([*lines, *(_words(mailing) for mailing in result["mailings"])])
    lines = [
        f"{result['sort_plan']}, {result['policy']}: {result['pieces']:,} pieces, {result['trays']:,} trays"
    ]
    lines += [
        f"  {line['level']:<10} {line['pieces']:>9,} at {line['price']:>6}  {Decimal(line['extended']):>14,.2f}"
        for line in result["postage_lines"]
    ]
    lines += [
        f"  {one['name']:<10} {one['pieces']:>9,} at {'-' + one['rate']:>6}  {-Decimal(one['amount']):>14,.2f}"
        for one in result["incentives"]
    ]
    lines.append(f"  postage ${result['postage']}, single-piece {dollars(result['single_piece_postage'])}")
    if result["what_if"]:
        lines.append(f"  {result['what_if']}")
    if result["saved_against_top_down"] not in {None, "0.00"}:
        lines.append(f"  ${result['saved_against_top_down']} less than top-down")
    lines += [
        f"  {row['list']}: {row['pieces']:,} pieces pay ${row['share']}; alone ${row['alone']}, saved ${row['saved']}"
        for row in result.get("shares", ())
    ]
    for row in result.get("tray_rows", ()):
        lines.append(
            f"  tray {row['tray']:>5} {row['type']} {row['pieces']:>5} {row['level']:<9} {row['line_1']}"
        )
    lines += [f"  {finding.message} [{finding.code}]" for finding in result["findings"]]
    return "\n".join([*lines, *(f"  taken for granted: {said}" for said in result["assumptions"])])


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
