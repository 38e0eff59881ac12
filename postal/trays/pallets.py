"""Trays onto pallets: which trays of a plan stand on which pallet, what it weighs and what its placard says.

A pallet of a level needs the minimum weight; trays that find no such pallet stand together on mixed ones. Weights
are the mail's alone: what an empty tray weighs is not known here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from postal.data.editions import Edition, InForce, assumptions, kept_by_content
from postal.data.shaped import shaped
from postal.plans.labeling import LabelLists, label_lists
from postal.plans.sort_plans import ContainerRule, SortPlan, sort_plan
from postal.sorting.cells import group_keys, name_groups
from postal.sorting.presort_plan import Int64s, PresortPlan


@dataclass(frozen=True, slots=True)
class PalletRule:
    """One level of pallets. ``takes``: keys of trays ('list:L004' with the list) that lie wholly in its area;
    ``is_rest``: takes what is left, whatever it weighs.
    """

    code: str
    name: str
    key: str
    list: str
    takes: tuple[str, ...]
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class PalletRules:
    """Levels in the order they are formed, and the weights of a pallet."""

    edition: Edition
    minimum_lb: Decimal
    most_lb: Decimal
    levels: tuple[PalletRule, ...]


@dataclass(frozen=True, slots=True)
class Pallet:
    """One pallet: its trays (numbers from 1), pieces, pounds of mail, and the placard's first line."""

    number: int
    level: str
    line_1: str
    label_zip: int
    trays: tuple[int, ...]
    pieces: int
    weight_lb: Decimal


@dataclass(frozen=True, slots=True)
class PalletPlan:
    """Every tray of a plan on one pallet, and what was taken for granted."""

    pallets: tuple[Pallet, ...]
    assumptions: tuple[str, ...]


def plan_pallets(plan: PresortPlan, in_force: InForce, *, origin_zip5: int) -> PalletPlan:
    """Put the trays of a plan on pallets, by the editions in force on its mailing date. InvalidInput
    EDITION_MISSING names a list that is not loaded.
    """
    rules = load_pallet_rules(in_force.edition("pallet-rules"))
    lists = label_lists([level.list for level in rules.levels], in_force, origin_zip5=origin_zip5)
    kinds = _tray_kinds(plan, sort_plan(plan.sort_plan, in_force))
    weights = plan.trays.pieces * float(plan.weight_oz) / 16
    is_free = np.ones(len(plan.trays), np.bool_)
    pallets: list[Pallet] = []
    for level in rules.levels:
        takes = is_free & (np.ones_like(is_free) if level.is_rest else np.isin(kinds, level.takes))
        rule = _as_container(level)
        keys = np.where(takes, group_keys(rule, plan.trays.label_zip, None, lists), -1)
        unique, row = np.unique(keys, return_inverse=True)
        pounds = np.bincount(row, weights=np.where(takes, weights, 0.0), minlength=len(unique))
        formed = (unique >= 0) & (pounds > 0) & (level.is_rest | (pounds >= float(rules.minimum_lb)))
        pallets += _formed(plan, rules, level, lists, unique, row, formed, first=len(pallets) + 1)
        is_free &= ~(takes & formed[row])
    said = assumptions((rules.edition, *lists.editions), *_SAID)
    return PalletPlan(tuple(pallets), said)


_SAID = ("Pallet weights are of the mail alone: trays and pallet are not weighed.",)


def _tray_kinds(plan: PresortPlan, sort: SortPlan) -> npt.NDArray[np.str_]:
    """For each tray what its destination is keyed by: 'zip5', 'list:L004', 'all'."""
    rules = {rule.code: rule for rule in (sort.containers or sort.all_levels)}
    named = []
    for level in plan.tray_levels:
        found = rules.get(level.code.removesuffix(f"-{plan.entry}"))
        is_list = found is not None and found.key == "list"
        named.append(f"list:{found.list}" if is_list and found else level.key)
    return np.array(named)[plan.trays.level]


def _as_container(level: PalletRule) -> ContainerRule:
    return ContainerRule(level.code, level.name, level.key, level.list, 1, (), "", 0, "", "")


def _formed(
    plan: PresortPlan,
    rules: PalletRules,
    level: PalletRule,
    lists: LabelLists,
    unique: Int64s,
    row: npt.NDArray[np.intp],
    formed: npt.NDArray[np.bool_],
    *,
    first: int,
) -> list[Pallet]:
    """Pallets of one level: trays in their order, as few pallets as the greatest weight allows, evenly loaded."""
    names, label_zips = name_groups(_as_container(level), np.maximum(unique, 0), formed, lists)
    made: list[Pallet] = []
    for group in np.flatnonzero(formed).tolist():
        trays = np.flatnonzero(row == group)
        pieces = plan.trays.pieces[trays]
        share = _shares(pieces * float(plan.weight_oz) / 16, float(rules.most_lb))
        for number in np.unique(share).tolist():
            mine = share == number
            held = int(pieces[mine].sum())
            made.append(
                Pallet(
                    number=first + len(made),
                    level=level.code,
                    line_1=names[group],
                    label_zip=int(label_zips[group]),
                    trays=tuple((trays[mine] + 1).tolist()),
                    pieces=held,
                    weight_lb=(held * plan.weight_oz / 16).quantize(Decimal("0.01")),
                )
            )
    return made


def _shares(pounds: npt.NDArray[np.float64], most: float) -> Int64s:
    """Number (from 0) of the pallet of each tray, none over ``most``; no tray weighs that much."""
    count = int(-(-float(pounds.sum()) // most))
    while True:
        share: Int64s = ((np.cumsum(pounds) - pounds / 2) // (pounds.sum() / count)).astype(np.int64)
        if np.bincount(share, weights=pounds).max() <= most:
            return share
        count += 1


@kept_by_content
def load_pallet_rules(edition: Edition) -> PalletRules:
    """Read one edition of the pallet rules."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    return PalletRules(
        edition=edition,
        minimum_lb=Decimal(data["minimum_lb"]),
        most_lb=Decimal(data["most_lb"]),
        levels=tuple(shaped(PalletRule, row) for row in data["pallet"]),
    )
