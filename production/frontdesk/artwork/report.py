"""What preflight says of a file, as a person reads it: in three groups, a kind of finding once, each with its places on
the pages, what can be done, and who accepted it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernel.findings import Severity
from production.frontdesk.artwork import words
from production.frontdesk.artwork.words import FixWords
from production.frontdesk.preparation.accepted import Accepted, acceptance_of, can_accept
from production.prepress.fixes.names import FIXES
from production.prepress.preflight.press_report import OrderReport, PageBoxes, PressFinding
from production.prepress.templates.page_boxes import Box

_WHOLE = 100  # percent
_MOST = 0.6 * _WHOLE**2  # of a page


@dataclass(frozen=True, slots=True)
class Offer:
    """A fix by name, in words."""

    name: str
    words: FixWords


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a page, in percent of it as displayed: from the left, from the top, width, height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def is_whole(self) -> bool:
        """Whether it is about all of the page: then nothing on it is pointed at."""
        return self.width * self.height > _MOST


@dataclass(frozen=True, slots=True)
class Told:
    """A finding where it was found; ``spot``: None for a whole page, ``page``: None for the whole file."""

    page: int | None
    message: str
    spot: Spot | None


@dataclass(frozen=True, slots=True)
class Kind:
    """All findings of one code and severity; ``accepted``: who said to print it as it is."""

    code: str
    severity: Severity
    title: str
    remedy: str
    told: Sequence[Told]
    fixes: Sequence[Offer]
    can_accept: bool
    accepted: Accepted | None

    @property
    def key(self) -> str:
        """Its place on a page."""
        return f"{self.code}-{self.severity}".lower().replace("_", "-")

    @property
    def pages(self) -> list[int]:
        """The pages where it was found."""
        return sorted({one.page for one in self.told if one.page})

    @property
    def messages(self) -> list[str]:
        """What was said, each once."""
        return list(dict.fromkeys(one.message for one in self.told))


@dataclass(frozen=True, slots=True)
class Report:
    """``pages``: None when they could not be counted. ``must``: has to be fixed or accepted; ``look``: prints, and a
    person should look; ``info``: for information.
    """

    pages: int | None
    must: Sequence[Kind]
    look: Sequence[Kind]
    info: Sequence[Kind]

    @property
    def may_print(self) -> bool:
        """Nothing stops it, or everything that does was accepted."""
        return not self.must

    @property
    def kinds(self) -> list[Kind]:
        """All, the most serious first."""
        return [*self.must, *self.look, *self.info]

    def on_page(self, page: int) -> list[tuple[Kind, Told]]:
        """What is told of one page."""
        return [(kind, one) for kind in self.kinds for one in kind.told if one.page == page]

    def first_page(self) -> int:
        """The page to look at first."""
        return next((page for kind in self.kinds for page in kind.pages), 1)


def report(found: OrderReport, sha256: str, component: str, accepted: Sequence[Accepted]) -> Report:
    """``accepted``: all acceptances of the order."""
    by_kind: dict[tuple[Severity, str], list[PressFinding]] = {}
    for one in found.findings:
        by_kind.setdefault((one.severity, one.code), []).append(one)
    boxes = {one.page: one for one in found.boxes}
    groups: dict[Severity, list[Kind]] = {Severity.STOP: [], Severity.WARN: [], Severity.NOTE: []}
    for findings in by_kind.values():
        kind = _kind(findings, boxes, _accepted_by(findings, sha256, component, accepted))
        groups[kind.severity].append(kind)
    return Report(found.pages, groups[Severity.STOP], groups[Severity.WARN], groups[Severity.NOTE])


def _accepted_by(
    findings: Iterable[PressFinding], sha256: str, component: str, accepted: Sequence[Accepted]
) -> Accepted | None:
    """Only where all of them were; the last one who said so."""
    said = [acceptance_of(one, sha256, component, accepted) for one in findings]
    return said[-1] if all(said) else None


def _kind(findings: Sequence[PressFinding], boxes: dict[int, PageBoxes], accepted: Accepted | None) -> Kind:
    first = findings[0]
    return Kind(
        code=first.code,
        severity=Severity.WARN if accepted else first.severity,
        title=words.TITLES.get(first.code, first.message),
        remedy=first.remedy,
        told=[Told(one.page, one.message, _spot(one, boxes)) for one in findings],
        fixes=[] if first.fix is None or accepted else list(_offers(first)),
        can_accept=accepted is None and can_accept(first),
        accepted=accepted,
    )


def _offers(found: PressFinding) -> Iterator[Offer]:
    for name, codes in FIXES.items():
        if found.code in codes:
            yield Offer(name, words.FIXES[name])


def _spot(found: PressFinding, boxes: dict[int, PageBoxes]) -> Spot | None:
    """Within what is seen of the page."""
    shown = boxes.get(found.page or 0)
    return _share(found.box, shown.crop) if shown and found.box else None


def _share(box: Box, page: Box) -> Spot | None:
    left, low, right, high = page
    across, up = right - left, high - low
    x0, x1 = max(box[0], left), min(box[2], right)
    y0, y1 = max(box[1], low), min(box[3], high)
    if across <= 0 or up <= 0 or x1 <= x0 or y1 <= y0:
        return None
    return Spot(
        _percent(x0 - left, across), _percent(high - y1, up), _percent(x1 - x0, across), _percent(y1 - y0, up)
    )


def _percent(part: float, whole: float) -> float:
    return round(_WHOLE * part / whole, 2)
