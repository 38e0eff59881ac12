"""What a press trips over in pages that are printed as ordered. Pure: they were read and looked at before."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kernel.findings import Severity
from production.catalog.press_limits import OrderLimits, press_limits
from production.prepress.preflight.boxes import inches
from production.prepress.preflight.color import ALL, PROCESS
from production.prepress.preflight.content import Uses
from production.prepress.preflight.finish import Finish
from production.prepress.preflight.geometry import is_same, size_of
from production.prepress.preflight.look import PageLook
from production.prepress.preflight.marks import INK, LINE, TEXT, WHITE, Mark
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.press_report import PressFinding, Size, judged
from production.prepress.templates.page_boxes import Box

PAGES_NAMED = 20  # of one code; the last of them says how many more there are
_FOUR = len(PROCESS)
_NEAR_NOTHING = 0.005  # of a share or a point: numbers in files are rounded

_FEW_INKS = "Draw it in the inks that are ordered, or order more inks."


@dataclass(frozen=True, slots=True)
class Read:
    """What was ordered, the limits that hold for it, and pages as they were read: ``finishes``, ``uses`` and
    ``looks`` page by page, the looks as far as there was time."""

    order: PrintOrder
    limits: OrderLimits
    finishes: Sequence[Finish]
    uses: Sequence[Uses]
    looks: Sequence[PageLook]


def against_order(read: Read, most: int = PAGES_NAMED) -> list[PressFinding]:
    """Everything that is wrong with pages, of each code the first ``most``."""
    found = [one for check in _CHECKS for one in check(read)]
    by_code: dict[str, list[PressFinding]] = defaultdict(list)
    for one in found:
        by_code[one.code].append(judged(one, ordered=read.order.is_ordered))
    return [one for listed in by_code.values() for one in _shortened(listed, most)]


def _shortened(findings: list[PressFinding], most: int) -> list[PressFinding]:
    kept, more = findings[:most], len(findings) - most
    if more > 0:
        kept[-1] = replace(kept[-1], message=f"{kept[-1].message} So it is {more:,} times more.")
    return kept


def _found(
    code: str,
    page: int | None,
    message: str,
    *,
    value: float | str | None = None,
    limit: float | str | None = None,
    box: Box | None = None,
    severity: Severity = Severity.WARN,
    remedy: str = "",
) -> PressFinding:
    box = box and (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))
    value = round(value, 3) if isinstance(value, float) else value
    return PressFinding(code, severity, page, box, value, limit, message, remedy)


def _box(mark: Mark | None) -> Box | None:
    return mark.box if mark else None


_Check = Callable[[Read], Iterable[PressFinding]]


# --- boxes


def _sizes(read: Read) -> Iterator[PressFinding]:
    """Pages of another size than ordered, or turned."""
    if not read.order.trims:
        return
    near, wanted = read.limits.tolerance_in * 72, " or ".join(inches(size) for size in read.order.trims)
    for finish in read.finishes:
        size = size_of(finish.trim)
        if any(is_same(size, trim, near) for trim in read.order.trims):
            continue
        if any(is_same(size[::-1], trim, near) for trim in read.order.trims):
            message = f"The page is {inches(size)}: it lies on its side; the order is for {wanted}."
            yield _found("PREFLIGHT_ROTATION", finish.page, message, value=90, limit=0, box=finish.trim)
        else:
            message = f"The finished page is {inches(size)}; the order is for {wanted}."
            yield _found(
                "PREFLIGHT_SIZE", finish.page, message, value=inches(size), limit=wanted, box=finish.trim
            )


def _sizes_of_none(read: Read) -> Iterator[PressFinding]:
    """While nobody ordered: pages that are no sheet of the shop, and pages of several sizes."""
    if read.order.trims:
        return
    near, sheets = read.limits.tolerance_in * 72, press_limits("print").sheets
    first: dict[Size, int] = {}
    many: Counter[Size] = Counter()
    for finish in read.finishes:
        size = size_of(finish.trim)
        known = next((one for one in first if is_same(one, size, near)), size)
        first.setdefault(known, finish.page)
        many[known] += 1
        if finish.is_named or any(is_same(_upright(size), sheet, near) for sheet in sheets):
            continue
        if first[known] == finish.page:
            yield _off_stock(finish, sheets, near)
    if len({_upright(size) for size in many}) > 1:
        listed = ", ".join(f"{inches(size)} ({pages:,})" for size, pages in many.most_common(5))
        yield _found(
            "PREFLIGHT_SIZE", None, f"The pages have {len(many)} sizes: {listed}.", value=len(many), limit=1
        )
    for size, page in first.items():
        if page > 1 and any(is_same(size[::-1], other, near) for other in first if other != size):
            message = f"The page is {inches(size)}, others lie the other way."
            yield _found("PREFLIGHT_ROTATION", page, message, value=90, limit=0)


def _off_stock(finish: Finish, sheets: Sequence[Size], near: float) -> PressFinding:
    """A page that can be cut out of a sheet of the shop is only told."""
    size = size_of(finish.trim)
    fits = any(all(a <= b + near for a, b in zip(_upright(size), sheet, strict=True)) for sheet in sheets)
    said = "is cut from a larger sheet" if fits else "fits no sheet of the shop"
    return _found(
        "PREFLIGHT_SIZE", finish.page, f"{inches(size)} is no stock size: it {said}.", value=inches(size),
        limit="stock sizes", box=finish.trim, severity=Severity.NOTE if fits else Severity.WARN,
        remedy="Order it as a product of its own size.",
    )  # fmt: skip


def _upright(size: Size) -> Size:
    return min(size), max(size)


def _trims(read: Read) -> Iterator[PressFinding]:
    for finish in read.finishes:
        if finish.is_assumed:
            message = (
                "The page has no trim box and is larger than ordered; it is thought to be cut in the middle."
            )
            yield _found("PREFLIGHT_TRIM_MISSING", finish.page, message, box=finish.trim)
        if finish.offset > read.limits.tolerance_in * 72:
            off = finish.offset / 72
            message = f"The trim lies {off:.3f} in off the middle of the page."
            yield _found(
                "PREFLIGHT_TRIM_OFFSET",
                finish.page,
                message,
                value=off,
                limit=read.limits.tolerance_in,
                box=finish.trim,
            )


def _bleeds(read: Read) -> Iterator[PressFinding]:
    """Bleed that was ordered and is not there, and bleed that a box promises and paint does not fill."""
    wanted = read.order.bleed / 72
    looks = {one.page: one for one in read.looks}
    for finish in read.finishes:
        has = finish.bleed / 72
        if wanted and has <= read.limits.tolerance_in:
            message = f"The page ends at its trim; {wanted:.3g} in of bleed are ordered."
            yield _found(
                "PREFLIGHT_BLEED",
                finish.page,
                message,
                value=has,
                limit=wanted,
                box=finish.trim,
                severity=Severity.STOP,
            )
            continue
        if wanted and has < wanted - read.limits.tolerance_in:
            message = f"The page has {has:.3g} in of bleed; {wanted:.3g} in are ordered."
            yield _found("PREFLIGHT_BLEED", finish.page, message, value=has, limit=wanted, box=finish.trim)
        look = looks.get(finish.page)
        if look and look.unbled:
            message = "The page has room for bleed, but the artwork stops at the trim."
            yield _found(
                "PREFLIGHT_BLEED", finish.page, message, value=0.0, limit=wanted or has, box=look.unbled
            )


def _safe_zones(read: Read) -> Iterator[PressFinding]:
    for look in read.looks:
        if look.near:
            away = look.distance / 72
            message = f"Artwork stands {away:.3f} in from the trim; under {read.limits.safe_zone_in} in it may be cut."
            yield _found(
                "PREFLIGHT_SAFE_ZONE",
                look.page,
                message,
                value=away,
                limit=read.limits.safe_zone_in,
                box=look.near,
            )


def _counts(read: Read) -> Iterator[PressFinding]:
    """Pages of a bound product, and pages that were ordered."""
    pages, multiple = len(read.finishes), read.order.multiple
    made = -(-pages // multiple) * multiple
    if made != pages:
        message = (
            f"The file has {pages:,} pages; it takes {made - pages} more to bind a multiple of {multiple}."
        )
        yield _found("PAGE_MULTIPLE", None, message, value=pages, limit=multiple)
    if read.order.pages and made not in read.order.pages:
        wanted = " or ".join(f"{count:,}" for count in read.order.pages)
        message = f"The file has {pages:,} pages; {wanted} are ordered."
        yield _found("COMPONENT_PAGES", None, message, value=pages, limit=wanted)


# --- ink


def _colors(read: Read) -> Iterator[PressFinding]:
    """Color that the ordered inks do not print as it is. Where a page was looked at, only color that is seen."""
    seen = {one.page: one.is_colored for one in read.looks}
    for page, uses in enumerate(read.uses, start=1):
        if not uses.colors or not seen.get(page, True):
            continue
        inks = read.order.inks_of(page)
        used = sorted(uses.colors - ({"spot"} if inks == 1 else set()))
        mark = next((uses.marks[color] for color in used if color in uses.marks), None)
        told, box = ", ".join(used), _box(mark)
        if inks is not None and inks < _FOUR and set(used) & {"RGB", "CMYK"}:
            message = (
                f"The page uses {told} color; {'one ink is' if inks == 1 else f'{inks} inks are'} ordered."
            )
            yield _found("PREFLIGHT_COLOUR", page, message, value=told, limit=inks, box=box, remedy=_FEW_INKS)
        elif "RGB" in used:
            message = (
                f"The page uses {told} color; a press that mixes colors from four inks prints RGB otherwise."
            )
            yield _found("PREFLIGHT_COLOUR", page, message, value=told, limit="CMYK", box=box)


def _spots(read: Read) -> Iterator[PressFinding]:
    """Inks beside the process inks: more than are ordered, and one under two names."""
    names: set[str] = set()
    for page, uses in enumerate(read.uses, start=1):
        spots = sorted(uses.inks - {*PROCESS, ALL, "None"})
        names |= set(spots)
        room = _room(read.order.inks_of(page), uses.inks)
        if room is not None and len(spots) > room:
            message = f"The page asks for {', '.join(spots)}, an ink beside those that are ordered."
            mark = uses.marks.get("spot")
            yield _found("PREFLIGHT_SPOT", page, message, value=", ".join(spots), limit=room, box=_box(mark))
    for alike in _by_ink(names).values():
        if len(alike) > 1:
            message = f"One ink has {len(alike)} names: {', '.join(sorted(alike))}; each would be a plate of its own."
            yield _found("PREFLIGHT_SPOT", None, message, value=", ".join(sorted(alike)), limit=1)


def _room(inks: int | None, used: set[str]) -> int | None:
    """How many spot inks a page may have. A press of four inks has the process inks in it; one ink is black."""
    if inks is None:
        return 0
    process = _FOUR if inks >= _FOUR else max(1 if inks == 1 else 0, len(used & set(PROCESS)))
    return max(0, inks - process)


_SUFFIX = re.compile(r"[\s-]+(c|u|m|cv|cvc|cvu|ec|pc|uc|up|cp|coated|uncoated|matte)$")


def _by_ink(names: set[str]) -> dict[str, set[str]]:
    """Names by the ink they mean: case, blanks and the paper's suffix aside."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        plain = _SUFFIX.sub("", name.strip().casefold()).replace("pms", "pantone")
        found[re.sub(r"[\s_-]+", "", plain)].add(name)
    return found


def _marked(
    kind: str, code: str, say: Callable[[Mark, OrderLimits], tuple[str, float | str, float] | None]
) -> _Check:
    """A check of the worst mark of a kind on each page. ``say``: message, value and limit, nothing where it is
    fine."""

    def check(read: Read) -> Iterator[PressFinding]:
        for page, uses in enumerate(read.uses, start=1):
            mark = uses.marks.get(kind)
            told = say(mark, read.limits) if mark else None
            if mark and told:
                yield _found(code, page, told[0], value=told[1], limit=told[2], box=mark.box)

    return check


def _thin(mark: Mark, limits: OrderLimits) -> tuple[str, float, float] | None:
    least = limits.least_line_pt
    if mark.value >= least - _NEAR_NOTHING:
        return None
    return f"A line is {mark.value:.3g} pt wide; under {least} pt it may not print.", mark.value, least


def _blurred(mark: Mark, limits: OrderLimits) -> tuple[str, float, float] | None:
    if mark.value >= limits.small_text_pt - _NEAR_NOTHING or mark.inks <= limits.text_inks:
        return None
    message = f"Text of {mark.value:.3g} pt is made of {mark.inks} inks; more than {limits.text_inks} blur."
    return message, mark.inks, limits.text_inks


def _heavy(mark: Mark, limits: OrderLimits) -> tuple[str, float, float] | None:
    if mark.value <= limits.most_ink + _NEAR_NOTHING:
        return None
    percent, most = round(mark.value * 100), round(limits.most_ink * 100)
    return f"{percent} % of ink lie on one place; at most {most} % dry.", percent, most


def _lost(_: Mark, __: OrderLimits) -> tuple[str, str, float] | None:
    return "White is set to overprint: it does not cover what lies under it.", "overprint", 0


# --- what pages hold


def _fonts(read: Read) -> Iterator[PressFinding]:
    missing: dict[str, int] = {}
    for page, uses in enumerate(read.uses, start=1):
        for name, is_embedded in uses.fonts.items():
            if not is_embedded:
                missing.setdefault(name[:80], page)
    for name, page in missing.items():
        yield _found(
            "PREFLIGHT_FONT",
            page,
            f"The font {name} is not embedded; another would be put in its place.",
            value=name,
        )


def _pictures(read: Read) -> Iterator[PressFinding]:
    for page, uses in enumerate(read.uses, start=1):
        picture = uses.coarsest
        if picture is None or picture.dpi >= read.limits.note_below_dpi - _NEAR_NOTHING:
            continue
        is_coarse = picture.dpi < read.limits.warn_below_dpi - _NEAR_NOTHING
        limit = read.limits.warn_below_dpi if is_coarse else read.limits.note_below_dpi
        message = f"A picture prints at {picture.dpi:.3g} dots per inch; under {limit:g} it looks coarse."
        yield _found(
            "PREFLIGHT_RESOLUTION", page, message, value=picture.dpi, limit=limit, box=picture.box,
            severity=Severity.WARN if is_coarse else Severity.NOTE,
        )  # fmt: skip


def _transparency(read: Read) -> Iterator[PressFinding]:
    for page, uses in enumerate(read.uses, start=1):
        if uses.is_transparent:
            yield _found("PREFLIGHT_TRANSPARENCY", page, "The page uses transparency or blends colors.")


_CHECKS: tuple[_Check, ...] = (
    _sizes, _sizes_of_none, _trims, _bleeds, _safe_zones, _counts, _colors, _spots,
    _marked(WHITE, "PREFLIGHT_WHITE_OVERPRINT", _lost), _marked(LINE, "PREFLIGHT_HAIRLINE", _thin),
    _marked(TEXT, "PREFLIGHT_RICH_BLACK", _blurred), _marked(INK, "PREFLIGHT_INK", _heavy),
    _fonts, _pictures, _transparency,
)  # fmt: skip
