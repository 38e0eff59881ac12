"""Which edition of a postal fact is in force on a day: prices, lists, sort plans, trays, forms.

The editions shipped are listed in data/editions.toml with source, dates, status and caution; a shop's own lie in
its folder (postal/data/edition_folder.py). A day without an edition is a stop by name (EDITION_MISSING); a draft is
never used, an edition marked test-only only where the shop allows it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from postal.data.shaped import values_of

DATA = Path(__file__).parent

Load = TypeVar("Load", bound=Callable[..., Any])


class Status(StrEnum):
    """Whether an edition may stand behind live mail."""

    DRAFT = "draft"
    ACTIVE = "active"
    TEST_ONLY = "test-only"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to an edition of the shop, and when: loaded, activated, withdrawn."""

    act: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Edition:
    """One dated set of facts. ``grace_until``: labels of the edition before were accepted until then."""

    kind: str
    id: str
    path: Path
    effective_from: date
    effective_to: date | None
    grace_until: date | None
    status: Status
    complete: bool
    source: str
    caution: str
    deeds: tuple[Deed, ...] = ()

    def is_in_force(self, on: date) -> bool:
        """Both ends included; no end means until a successor is loaded."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    @property
    def name(self) -> str:
        """'prices 2025-07-13'."""
        return f"{self.kind} {self.id}"

    @property
    def sha256(self) -> str:
        """Of the file's content: two editions of one name with other content are told apart."""
        return hash_of(self.path)

    @property
    def loaded_by(self) -> str:
        """Who brought it in; empty for those shipped."""
        return next((deed.by for deed in self.deeds if deed.act == "loaded"), "")

    @property
    def assumption(self) -> str:
        """The sentence a stream that used this edition must show; empty when there is nothing to say."""
        if self.status is Status.TEST_ONLY:
            return f"{self.name}: test-only, not for live mail. {self.caution}".rstrip()
        return self.caution


@cache
def editions() -> tuple[Edition, ...]:
    """Every edition shipped, in the order of data/editions.toml."""
    rows = tomllib.loads((DATA / "editions.toml").read_text(encoding="utf-8"))["edition"]
    return tuple(_edition(row) for row in rows)


def edition_for(kind: str, on: date, *, among: Sequence[Edition], allow_test_only: bool = False) -> Edition:
    """The edition of ``kind`` in force on a day. A test-only edition is chosen only when allowed, and then
    gives way to an active one that is complete. InvalidInput EDITION_MISSING names kind and day.
    """
    candidates = [e for e in among if e.kind == kind and e.is_in_force(on)]
    allowed = {Status.ACTIVE, Status.TEST_ONLY} if allow_test_only else {Status.ACTIVE}
    usable = [e for e in candidates if e.status in allowed]
    if not usable:
        held_back = f" ({candidates[0].id} is {candidates[0].status})" if candidates else ""
        raise InvalidInput(
            f"No edition of {kind} for live mail is loaded for {on.isoformat()}{held_back}.",
            code="EDITION_MISSING",
            remedy=f'Load the edition of {kind} in force on {on.isoformat()} under "Postal data".',
            kind=kind,
            on=on.isoformat(),
        )
    return max(reversed(usable), key=_preference)  # of two alike, the one loaded later


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force on a day ``among`` some editions: each kind is looked up once, and whoever works on one mailing
    asks the same value. ``allow_test_only`` as in ``edition_for``. There is no usual choice of editions: what is
    shipped is not all that a shop has.
    """

    on: date
    among: tuple[Edition, ...]
    allow_test_only: bool = False
    _found: dict[str, Edition | InvalidInput] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def edition(self, kind: str) -> Edition:
        """The edition of a kind. InvalidInput EDITION_MISSING names kind and day."""
        found = self._look_up(kind)
        if isinstance(found, InvalidInput):
            raise found.with_traceback(None)
        return found

    def find(self, kind: str) -> Edition | None:
        """The same, None where there is none."""
        found = self._look_up(kind)
        return None if isinstance(found, InvalidInput) else found

    def missing(self, *kinds: str) -> list[Finding]:
        """A stop for each kind without an edition."""
        found = [self._look_up(kind) for kind in kinds]
        return [
            Finding(one.instance_code, Severity.STOP, one.sentence, remedy=one.remedy)
            for one in found
            if isinstance(one, InvalidInput)
        ]

    def _look_up(self, kind: str) -> Edition | InvalidInput:
        if kind not in self._found:
            try:
                self._found[kind] = edition_for(
                    kind, self.on, allow_test_only=self.allow_test_only, among=self.among
                )
            except InvalidInput as missing:
                self._found[kind] = missing
        return self._found[kind]


def kept_by_content(load: Load) -> Load:
    """What was read from an edition is kept in the process, and read again when its file has another content."""

    @lru_cache(maxsize=128)
    def kept(edition: Edition, _sha256: str, *more: Any) -> Any:
        return load(edition, *more)

    @wraps(load)
    def loaded(edition: Edition, *more: Any) -> Any:
        return kept(edition, edition.sha256, *more)

    return cast("Load", loaded)


def assumptions(used: Iterable[Edition], *sentences: str) -> tuple[str, ...]:
    """What a stream must show: cautions of the editions used and further sentences, each once, in order."""
    said = [edition.assumption for edition in used] + list(sentences)
    return tuple(dict.fromkeys(sentence for sentence in said if sentence))


IN_FORCE = "in force"


def standing(edition: Edition, on: date, chosen: Edition | None) -> str:
    """How an edition stands for live mail of a day, in words; ``chosen``: the one ``edition_for`` gives."""
    if chosen is not None and edition.name == chosen.name:
        return IN_FORCE
    if edition.status is not Status.ACTIVE:
        return str(edition.status)
    if on < edition.effective_from:
        return "comes into force"
    if edition.effective_to is not None and edition.effective_to < on:
        return "ended"
    return "superseded"


def hash_of(path: Path) -> str:
    """SHA-256 of a file, read again only when its size or time changed: a page may ask for hundreds."""
    about = path.stat()
    return _hash_of(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4096)
def _hash_of(path: Path, _changed_ns: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _preference(edition: Edition) -> tuple[int, date]:
    rank = (
        2 if edition.status is Status.ACTIVE and edition.complete else int(edition.status is Status.TEST_ONLY)
    )
    return rank, edition.effective_from


def _edition(row: Mapping[str, object]) -> Edition:
    rest = {"caution": "", "effective_to": None, "grace_until": None, **row}
    return Edition(path=DATA / str(rest.pop("file")), **values_of(Edition, rest, beside=("path",)))
