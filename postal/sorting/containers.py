"""Where sorted pieces lie: loose in trays of their destination, or in bundles that share trays, tubs or sacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kernel.errors import InvalidInput
from postal.piece.mailpiece import Mailpiece
from postal.plans.sort_plans import ContainerRule, at_least
from postal.sorting.cells import Cells, Mail, group_keys, name_groups
from postal.sorting.filling import TrayFamily, capacity, fill, fill_with_bundles
from postal.sorting.presort_plan import Bundles, ContainerLevel, Groups, Int64s, Trays
from postal.sorting.rule_book import RuleBook

_SINGLE = ContainerRule(
    "SP", "single-piece", "all", "", 1, (), "SINGLE-PIECE", 0, "AJ", "label text of this house"
)


def loose_trays(
    cells: Cells, groups: Groups, family: TrayFamily, rules: RuleBook, *, mailpiece: Mailpiece
) -> Trays:
    """Tray every destination whole: overflow trays keep its level (DMM 203.5)."""
    per_group = np.bincount(cells.group, weights=cells.pieces, minlength=len(groups.level)).astype(np.int64)
    rows = np.flatnonzero(per_group > 0)
    each = rules.trays.stack_inches(mailpiece.thickness_in)
    most = rules.trays.most_pieces(mailpiece.weight_oz)
    filling = fill(per_group[rows], family, stack_inches=each, most_pieces=most)
    group = rows[filling.destination].astype(np.int32)
    return _trays(
        level=groups.level[group],
        group=group,
        label_zip=groups.label_zip[group],
        tray_type=filling.tray_type,
        pieces=filling.pieces,
        line_1=tuple(groups.label[row] for row in group.tolist()),
        family=family,
        each=each,
        full_share=float(rules.trays.full_share),
        most=rules.trays.most_pieces(mailpiece.weight_oz),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """For each group of bundles: index of its container rule and number of its container destination, in the
    order containers stand; names and label ZIPs by that number.
    """

    rules: tuple[ContainerRule, ...]
    rule: Int64s
    destination: Int64s
    line_1: Mapping[int, str]
    label_zip: Mapping[int, int]


def assign_containers(
    cells: Cells, mail: Mail, groups: Groups, rules: RuleBook, *, mailpiece: Mailpiece
) -> Assigned:
    """Which kind of container and which destination every group goes to: kind by kind, each takes what it
    admits and is still free where that makes its minimum. Single pieces stand apart, last.
    """
    plan = rules.plan
    kinds = (*plan.containers, _SINGLE)
    codes = [level.code for level in plan.all_levels]
    count = len(groups.level)
    pieces = np.bincount(cells.group, weights=cells.pieces, minlength=count).astype(np.int64)
    zips, routes = np.zeros(count, np.int32), np.zeros(count, np.int32)
    zips[cells.group] = mail.zip5[cells.unit]  # any ZIP of the group: the container's key is coarser
    if mail.route is not None:
        routes[cells.group] = mail.route[cells.unit]
    rule, destination = np.full(count, len(kinds) - 1), np.full(count, -1)
    is_free = (pieces > 0) & (groups.level < len(codes) - 1)
    residual = (pieces > 0) & ~is_free
    line_1: dict[int, str] = {}
    label_zip: dict[int, int] = {}
    base = 0
    for index, kind in enumerate(plan.containers):
        takes = is_free & np.isin(groups.level, [codes.index(code) for code in kind.takes if code in codes])
        keys = np.where(takes, group_keys(kind, zips, routes, rules.lists), -1)
        unique, row = np.unique(keys, return_inverse=True)
        there = np.bincount(row, weights=np.where(takes, pieces, 0), minlength=len(unique))
        formed = (
            (unique >= 0)
            & (there >= at_least(kind.minimum, kind.minimum_lb, mailpiece.weight_oz))
            & (there > 0)
        )
        mine = takes & formed[row]
        rule[mine], destination[mine] = index, base + row[mine]
        listed = np.maximum(unique, 0)
        names, labels = name_groups(kind, listed, formed, rules.lists)
        line_1.update({base + number: text for number, text in names.items()})
        label_zip.update({base + number: int(zip5) for number, zip5 in enumerate(labels.tolist())})
        base += len(unique)
        is_free &= ~mine
    destination[residual] = base
    line_1[base], label_zip[base] = groups.label[count - 1], int(groups.label_zip[count - 1])
    return Assigned(kinds, rule, destination, line_1, label_zip)


def bundle_trays(
    cells: Cells,
    assigned: Assigned,
    groups: Groups,
    family: TrayFamily,
    rules: RuleBook,
    *,
    mailpiece: Mailpiece,
) -> tuple[Trays, Bundles, tuple[ContainerLevel, ...]]:
    """Bundles of the cells in their order, none over the bundle's height, and trays of whole bundles."""
    each = rules.trays.stack_inches(mailpiece.thickness_in)
    in_tray = min(capacity(family.whole, each), rules.trays.most_pieces(mailpiece.weight_oz))
    in_bundle = min(in_tray, int(Fraction(rules.plan.bundle_in) // each))
    if in_bundle < 1:
        raise InvalidInput("One piece is thicker than a bundle or a tray.", code="TRAY_SIZE")
    first = np.flatnonzero(np.append(True, np.diff(cells.group) != 0))
    group = cells.group[first]
    pieces = np.add.reduceat(cells.pieces, first)
    bundles = -(-pieces // in_bundle)
    held, extra = pieces // bundles, pieces % bundles
    of_group = np.repeat(np.arange(len(group)), bundles)
    number = np.arange(len(of_group)) - np.repeat(np.cumsum(bundles) - bundles, bundles)
    size = held[of_group] + (number < extra[of_group])  # as even as can be, so that minimums hold
    bundle_group = group[of_group]
    tray = fill_with_bundles(assigned.destination[bundle_group], size, capacity_pieces=in_tray)
    lead = np.flatnonzero(np.append(True, np.diff(tray) != 0))
    where = assigned.destination[bundle_group[lead]]
    rule = assigned.rule[bundle_group[lead]]
    trays = _trays(
        level=rule.astype(np.uint8),
        group=where.astype(np.int32),
        label_zip=np.array([assigned.label_zip[row] for row in where.tolist()], np.int32),
        tray_type=np.zeros(len(lead), np.uint8),
        pieces=np.add.reduceat(size, lead),
        line_1=tuple(assigned.line_1[row] for row in where.tolist()),
        family=family,
        each=each,
        full_share=float(rules.trays.full_share),
        most=rules.trays.most_pieces(mailpiece.weight_oz),
    )
    made = Bundles(
        level=groups.level[bundle_group],
        group=bundle_group.astype(np.int32),
        tray=(tray + 1).astype(np.int32),
        pieces=size,
        first_piece=np.cumsum(size) - size + 1,
    )
    return trays, made, _container_levels(assigned, trays, mailpiece)


def _container_levels(assigned: Assigned, trays: Trays, mailpiece: Mailpiece) -> tuple[ContainerLevel, ...]:
    pieces = np.bincount(trays.level, weights=trays.pieces, minlength=len(assigned.rules)).astype(np.int64)
    count = np.bincount(trays.level, minlength=len(assigned.rules))
    return tuple(
        ContainerLevel(
            code=rule.code,
            name=rule.name,
            key=rule.key,
            minimum=at_least(rule.minimum, rule.minimum_lb, mailpiece.weight_oz),
            pieces=int(pieces[index]),
            trays=int(count[index]),
            line_2=rule.line_2,
            cin=rule.cin,
            mail_dat_container=rule.mail_dat_container,
        )
        for index, rule in enumerate(assigned.rules)
    )


def _trays(
    *,
    level: np.ndarray[tuple[int], np.dtype[np.uint8]],
    group: np.ndarray[tuple[int], np.dtype[np.int32]],
    label_zip: np.ndarray[tuple[int], np.dtype[np.int32]],
    tray_type: np.ndarray[tuple[int], np.dtype[np.uint8]],
    pieces: Int64s,
    line_1: tuple[str, ...],
    family: TrayFamily,
    each: Fraction,
    full_share: float,
    most: int,
) -> Trays:
    lengths = np.array([float(tray.length_in) for tray in family.types])
    stack = np.asarray(pieces * float(each), dtype=np.float64)
    return Trays(
        level=level,
        group=group,
        label_zip=label_zip,
        tray_type=tray_type,
        pieces=pieces,
        first_piece=np.cumsum(pieces) - pieces + 1,
        stack_inches=stack,
        is_full=(stack >= lengths[tray_type] * full_share) | (pieces == most),
        line_1=line_1,
    )
