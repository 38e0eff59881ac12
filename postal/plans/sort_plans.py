"""Sort plans: the levels of one class and shape as data (key, minimum, list, CIN, price level), in order.

postal/data/sort_plans holds the plans; DMM sections and unconfirmed rows are marked there. Where pieces are
bundled, levels are those of the bundles, and ``containers`` say which tray, tub or sack a bundle goes to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from kernel.errors import Corrupt, InvalidInput
from kernel.money import Rate
from postal.data.editions import Edition, InForce, kept_by_content
from postal.data.shaped import values_of
from postal.piece.mailpiece import pounds
from postal.prices.piece_price import ByPound
from postal.prices.prices import PostageRate, PriceKey, PriceSet

KEYS = ("route", "zip5", "zip3", "list", "all")
NEEDS = ("delivery-point", "route")
BARCODED, OTHER = "barcoded", "other"
PER_PIECE, PER_POUND = "per piece", "per pound"  # components of a price by weight
KINDS = (BARCODED, OTHER)  # pieces with and without a delivery point, where one plan takes both
OVERFLOW = ("allowed",)
ORIGIN = "origin"
ENTRIES = (ORIGIN, "DSCF", "DDU")


@dataclass(frozen=True, slots=True)
class SortLevel:
    """One level: how pieces are grouped, how many a group needs, what the tray label and the price say.
    ``entries``: columns of entry its prices have; ``entry``: the one meant. ``optional``: left out where its list
    is not loaded. ``stop_shares``: least share of a route's residential or of all its stops, instead of a count.
    ``list_at_ndc``: the list instead, for mail entered at a network distribution center or auxiliary service facility.
    ``kind``: the pieces it takes where the plan takes both kinds, each a mailing of its own in shared tubs.
    ``mail_class``, ``form``: of a residual that goes on in another class; else the plan's. ``marking``: of pieces that
    go singly.
    """

    code: str
    name: str
    key: str
    list: str
    minimum: int
    overflow: str
    price_level: str
    line_2: str
    cin: int
    mail_dat_container: str
    mail_dat_price: str
    source: str
    unconfirmed: str = ""
    within: str = ""
    optional: bool = False
    entries: tuple[str, ...] = ()
    entry: str = ""
    stop_shares: tuple[str, ...] = ()
    kind: str = ""
    list_at_ndc: str = ""
    mail_class: str = ""
    form: str = ""
    marking: str = ""

    @property
    def lists(self) -> tuple[str, ...]:
        """The labeling lists it needs."""
        return tuple(name for name in (self.list, self.within) if name)


@dataclass(frozen=True, slots=True)
class ContainerRule:
    """A tray, tub or sack for bundles of the levels ``takes``; enough is ``minimum`` pieces or ``minimum_lb``."""

    code: str
    name: str
    key: str
    list: str
    minimum: int
    takes: tuple[str, ...]
    line_2: str
    cin: int
    mail_dat_container: str
    source: str
    minimum_lb: str = ""
    unconfirmed: str = ""


@dataclass(frozen=True, slots=True)
class PoundPrices:
    """Prices of the heavier pieces of a plan: over ``over_oz`` ounces a piece pays its level's cell of ``table`` and,
    for each pound, the cell ``level`` of its entry and ``group``. ``other_table``: for pieces of the other kind.
    """

    over_oz: Decimal
    table: str
    level: str
    group: str = ""
    other_table: str = ""


@dataclass(frozen=True, slots=True)
class LevelPrice:
    """The price cells of one level: of a piece, and of a pound where weight is paid besides."""

    piece: PriceKey
    pound: PriceKey | None = None

    @property
    def keys(self) -> tuple[PriceKey, ...]:
        """Both, or the one."""
        return (self.piece,) if self.pound is None else (self.piece, self.pound)

    def rate(self, prices: PriceSet, weight_oz: Decimal) -> PostageRate | None:
        """What a piece of this weight pays by these cells; None where one of them has no price in force."""
        if prices.missing(self.keys, weight_oz=weight_oz):
            return None
        found, pound = prices.rate(**self.piece._asdict(), weight_oz=weight_oz), self.pound
        if pound is None:
            return found
        rate = prices.rate(**pound._asdict(), weight_oz=weight_oz).rate
        by_pound = ByPound(rate, pounds(weight_oz), pound.level, pound.entry, pound.group)
        return replace(found, by_pound=by_pound)


@dataclass(frozen=True, slots=True)
class SortPlan:
    """Levels in the order they are formed, and what is left over (``residual``) at single-piece prices.
    ``needs``: what a piece must have to be sorted at all; ``machinable``: 'yes', 'no' or 'any';
    ``single_piece_surcharge``: table of what a piece left over pays on top of the single-piece price.
    """

    id: str
    title: str
    edition: Edition
    mail_class: str
    shapes: tuple[str, ...]
    category: str
    processing_category: str
    marking: str
    minimum_pieces: int
    minimum_lb: str
    move_update_days: int
    address_matching_days: int
    dmm: str
    needs: tuple[str, ...]
    machinable: str
    price_tables: Mapping[str, str]
    single_piece_tables: Mapping[str, Mapping[str, str]]
    levels: tuple[SortLevel, ...]
    residual: SortLevel
    unconfirmed: tuple[str, ...]
    form: str = "3600-FCM"
    containers: tuple[ContainerRule, ...] = ()
    bundle_in: str = ""
    scf_list: str = ""
    entry: str = ""
    single_piece_surcharge: str = ""
    other_price_tables: Mapping[str, str] = field(default_factory=dict)
    carrier_route_days: int = 0
    pound_prices: PoundPrices | None = None

    @property
    def all_levels(self) -> tuple[SortLevel, ...]:
        """The levels and, last, the residual: a piece's level code is an index into this."""
        return (*self.levels, self.residual)

    @property
    def list_names(self) -> tuple[str, ...]:
        """Every labeling list the plan needs."""
        names = [name for level in self.all_levels for name in level.lists]
        names += [rule.list for rule in self.containers if rule.list]
        names += [self.scf_list] if self.entry == "DSCF" else []
        return tuple(dict.fromkeys(names))

    @property
    def has_routes(self) -> bool:
        """Pieces are told apart by carrier route, not by ZIP alone."""
        return any(level.key == "route" for level in self.levels)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of pieces that make mailings of their own; one without a name in most plans."""
        return tuple(dict.fromkeys(level.kind for level in self.levels))

    def price_cells(
        self, shape: str, single_piece_shape: str, *, payment: str, weight_oz: Decimal
    ) -> tuple[LevelPrice, ...]:
        """The price cells of every level and of the residual, for a piece of this weight. InvalidInput PAYMENT_UNKNOWN
        or PIECE_NOT_ADMITTED.
        """
        if shape not in self.price_tables:
            raise InvalidInput(f"The piece may not travel as {self.title}.", code="PIECE_NOT_ADMITTED")
        single = self.single_piece_tables[single_piece_shape].get(payment)
        if single is None:
            raise InvalidInput(f"Postage cannot be paid by {payment!r}.", code="PAYMENT_UNKNOWN")
        return (
            *(self.level_price(level, shape, weight_oz) for level in self.levels),
            LevelPrice(PriceKey(single, self.residual.price_level)),
        )

    def level_price(self, level: SortLevel, shape: str, weight_oz: Decimal) -> LevelPrice:
        """The price cells of one of its levels for a piece of this weight."""
        tables, heavy = (
            self.other_price_tables if level.kind == OTHER else self.price_tables,
            self.pound_prices,
        )
        if heavy is None or weight_oz <= heavy.over_oz:
            return LevelPrice(PriceKey(tables[shape], level.price_level, level.entry))
        table, group = (heavy.other_table, "") if level.kind == OTHER else (heavy.table, heavy.group)
        return LevelPrice(
            PriceKey(table, level.price_level, component=PER_PIECE),
            PriceKey(table, heavy.level, level.entry or ORIGIN, PER_POUND, group),
        )

    @property
    def surcharge_cells(self) -> tuple[PriceKey, ...]:
        """The price cell of the surcharge on pieces left over; none in most plans."""
        return (PriceKey(self.single_piece_surcharge, "single-piece"),) if self.single_piece_surcharge else ()

    def surcharged(
        self, single: PostageRate | None, prices: PriceSet, weight_oz: Decimal
    ) -> PostageRate | None:
        """A single-piece rate with the surcharge of the plan; None where either is not known."""
        for key in self.surcharge_cells:
            if single is None or prices.missing([key], weight_oz=weight_oz):
                return None
            more = prices.rate(**key._asdict(), weight_oz=weight_oz).rate
            note = f"{single.note or single.mark.replace('_', ' ') + ' price'}, with the surcharge of {more}"
            single = replace(single, rate=Rate(single.rate.value + more.value), note=note)
        return single

    def entered(self, entry: str) -> SortPlan:
        """The plan with the price columns of one entry: first the levels that earn it, for pieces the facility
        serves, then every level at origin prices. InvalidInput ENTRY_UNKNOWN.
        """
        earning = [level for level in self.levels if entry in level.entries]
        if entry not in ENTRIES or (entry != ORIGIN and not earning):
            raise InvalidInput(f"{self.title} have no prices for entry {entry!r}.", code="ENTRY_UNKNOWN")
        own = [] if entry == ORIGIN else earning
        return replace(
            self,
            entry=entry,
            levels=(
                *(
                    replace(lv, code=f"{lv.code}-{entry}", name=f"{lv.name}, {entry}", entry=entry)
                    for lv in own
                ),
                *(replace(lv, entry=ORIGIN if lv.entries else "") for lv in self.levels),
            ),
            containers=tuple(
                replace(rule, takes=(*rule.takes, *(f"{code}-{entry}" for code in rule.takes)))
                for rule in self.containers
            ),
        )

    @property
    def asks_for_place(self) -> bool:
        """The list of a level depends on the kind of place the mail is entered at."""
        return any(level.list_at_ndc for level in self.all_levels)

    def at_ndc(self) -> SortPlan:
        """The plan for mail entered at a network distribution center or an auxiliary service facility."""

        def there(level: SortLevel) -> SortLevel:
            return replace(level, list=level.list_at_ndc or level.list)

        return replace(self, levels=tuple(map(there, self.levels)), residual=there(self.residual))

    def without(self, codes: Sequence[str], sentence: str) -> SortPlan:
        """The plan less some optional levels, which it then says."""
        levels = tuple(level for level in self.levels if level.code not in codes)
        return replace(self, levels=levels, unconfirmed=(*self.unconfirmed, sentence))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the plan takes for granted without confirmation."""
        said = [level.unconfirmed for level in self.all_levels]
        said += [rule.unconfirmed for rule in self.containers]
        return (*self.unconfirmed, *dict.fromkeys(sentence for sentence in said if sentence))


def sort_plan(plan_id: str, in_force: InForce) -> SortPlan:
    """The plan in force on a mailing date. InvalidInput EDITION_MISSING names it when there is none."""
    return load_plan(in_force.edition(f"sort-plan/{plan_id}"))


@kept_by_content
def load_plan(edition: Edition) -> SortPlan:
    """Read one plan; a file may hold several products of one preparation. Corrupt when a level asks for
    something the engine does not do.
    """
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    plan_id = edition.kind.partition("/")[2]
    products = data.pop("product", {})
    row = {
        "id": plan_id, "minimum_lb": "", "needs": ["delivery-point"], "machinable": "yes",
        "processing_category": "Letters", **data, **products.get(plan_id, {}),
    }  # fmt: skip
    row |= {"levels": row.pop("level"), "containers": row.pop("container", [])}
    plan = SortPlan(edition=edition, **values_of(SortPlan, row, beside=("edition",)))
    _check(plan)
    return plan


def at_least(minimum: int, minimum_lb: str, weight_oz: Decimal) -> int:
    """Pieces that make the minimum where a weight will do as well ('200 pieces or 50 lb')."""
    if not minimum_lb:
        return minimum
    by_weight = -(-Decimal(minimum_lb) * 16 // weight_oz)
    return min(minimum, int(by_weight))


def _check(plan: SortPlan) -> None:
    for level in plan.all_levels:
        if level.key not in KEYS or level.overflow not in OVERFLOW or level.minimum < 1:
            raise Corrupt(
                f"Sort plan {plan.id}: level {level.code} asks for an unknown key or overflow rule."
            )
    takes_rest = not plan.has_routes
    lasts = [[level for level in plan.levels if level.kind == kind][-1] for kind in plan.kinds]
    if takes_rest and any(last.key != "all" or last.minimum != 1 for last in lasts):
        raise Corrupt(f"Sort plan {plan.id}: the last level must take every piece that is left.")
    can_tell = set(plan.needs) <= set(NEEDS) and plan.machinable in {"yes", "no", "any"}
    if not can_tell or plan.kinds not in {("",), KINDS}:
        raise Corrupt(f"Sort plan {plan.id} asks for pieces the engine cannot tell.")
    if plan.containers:
        last = plan.containers[-1]
        codes = {level.code for level in plan.levels}
        if last.minimum != 1 or last.key not in {"all", "zip3"} or not codes <= set(last.takes):
            raise Corrupt(f"Sort plan {plan.id}: the last container must take every bundle that is left.")
