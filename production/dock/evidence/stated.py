"""What an evidence packet states, as ``manifest.json`` holds it; times, weights and postage are texts."""

from __future__ import annotations

from dataclasses import dataclass

from production.mailings.stream_summary import Inputs

FORMAT = "indicia-evidence-2"


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the packet. ``kind``: what it is for people."""

    path: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class NoInputs:
    """A plan that does not say what it was made by."""


@dataclass(frozen=True, slots=True)
class Mailed:
    """What was mailed, and what it was sorted by."""

    number: str
    mail_date: str
    title: str
    sort_plan: str
    policy: str
    mail_class: str
    shape: str
    form: str
    trays: int
    inputs: Inputs | NoInputs


@dataclass(frozen=True, slots=True)
class Stream:
    """The pieces of one envelope."""

    name: str
    number: str
    pieces: int | None
    envelope: str
    weight_oz: str
    thickness_in: str
    plan_sha256: str | None
    mailer_id: str | None
    service_type_id: str | None
    first_serial: int | None


@dataclass(frozen=True, slots=True)
class PostageLine:
    """Pieces of one level; ``rate`` in words, ``postage`` before the cent."""

    level: str
    pieces: int
    rate: str
    postage: str


@dataclass(frozen=True, slots=True)
class Postage:
    """What the mailing cost."""

    cents: int
    lines: tuple[PostageLine, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the pieces; runs of them in words."""

    planned: int
    mailed: int
    spoiled: int
    withdrawn: int
    withdrawn_pieces: str
    unexplained: str


@dataclass(frozen=True, slots=True)
class MailedJob:
    """A job with its pieces, and what became of the rows of its list; mail brought in has none."""

    number: str
    title: str
    agency: str
    agency_name: str
    stream: str
    pieces: int
    levels: dict[str, int]
    rows_in: int | None
    rows_to_fix: int | None
    repeats_joined: int | None
    households_joined: int | None


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the mailing was made of, named and not included."""

    job: str
    role: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ListFinding:
    """What was found in a job's files, and how often."""

    job: str
    code: str
    severity: str
    count: int


@dataclass(frozen=True, slots=True)
class Consent:
    """An approval: of files by hash, and of money."""

    job: str
    by: str
    at: str
    total_cents: int
    hashes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Printed:
    """A print file with the pieces it holds."""

    ticket: str
    segment: int | None
    first: int | None
    last: int | None
    pages: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Custody:
    """Who took the mail, and who has it now."""

    way: str
    place: str
    taken_by: str
    left_at: str
    received_by: str | None
    receipt: str | None
    received_at: str | None
    exception: str | None


@dataclass(frozen=True, slots=True)
class LostEdition:
    """An edition that is not loaded any more."""

    name: str
    sha256: str
    path: None = None


@dataclass(frozen=True, slots=True)
class UsedEdition:
    """An edition behind plan and papers."""

    name: str
    sha256: str
    path: str
    source: str
    effective_from: str
    status: str
    complete: bool
    caution: str


@dataclass(frozen=True, slots=True)
class AuditMark:
    """The last entry of the audit chain about the mailing."""

    number: int
    at: str
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything the packet states; nothing in it depends on when it is made. ``digest``: of its files."""

    software: str
    mailing: Mailed
    streams: tuple[Stream, ...]
    postage: Postage
    pieces: Account
    jobs: tuple[MailedJob, ...]
    lists: tuple[NamedFile, ...]
    list_findings: tuple[ListFinding, ...]
    approvals: tuple[Consent, ...]
    print_files: tuple[Printed, ...]
    custody: tuple[Custody, ...]
    charges_cents: int
    editions: tuple[UsedEdition | LostEdition, ...]
    assumptions: tuple[str, ...]
    audit: AuditMark
    with_recipients: bool
    digest: str = ""
    files: tuple[Listed, ...] = ()
    format: str = FORMAT
