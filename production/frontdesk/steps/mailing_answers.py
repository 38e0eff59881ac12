"""What the steps of a mailing ask, step by step, and the order that the answers make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from kernel import clock
from kernel.findings import Finding, Place, Severity
from production.catalog.piece_weight import DEFAULT_ENVELOPE
from production.frontdesk.lists.mapping import mapping_findings
from production.frontdesk.lists.shapes import RULES
from production.frontdesk.orders.intake import DEFAULT_CLASS, MailingRequest
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps import shares
from production.frontdesk.steps.base import Answers, KeptFile, Page, put, said

ORDER, FILES, COLUMNS, LETTER = "order", "files", "columns", "letter"


class OrderAnswers(Answers):
    """What is to be mailed, when and how; the API takes the same. ``splits``: bill code to weight."""

    title: str = Field(max_length=200)
    mail_date: date
    splits: dict[str, Annotated[int, Field(le=999_999)]] = Field(max_length=200)
    mail_class: str = DEFAULT_CLASS
    content: str = ""
    envelope: str = DEFAULT_ENVELOPE
    duplex: bool = True

    @property
    def form(self) -> dict[str, str]:
        """As a form types it."""
        return {
            "title": self.title,
            "mail_date": self.mail_date.isoformat(),
            "mail_class": self.mail_class,
            "content": self.content,
            "envelope": self.envelope,
            "sides": "duplex" if self.duplex else "simplex",
            **shares.form(self.splits),
        }

    def request(self, **more: Any) -> MailingRequest:
        """As an order; ``more``: its files and options."""
        return MailingRequest(
            title=self.title.strip(),
            mail_date=self.mail_date,
            splits=self.splits,
            envelope=self.envelope,
            mail_class=self.mail_class,
            content=self.content,
            is_duplex=self.duplex,
            **more,
        )


class FilesAnswers(Answers):
    """Files by role (template, list, certificate), what the letter looks like, and the columns of the list."""

    files: dict[str, KeptFile] = Field(default_factory=dict)
    pages: tuple[Page, ...] = ()
    columns: tuple[str, ...] = ()


class ColumnsAnswers(Answers):
    """How the list is read (``lists.OPTIONS``), which column is which part of the address once that is confirmed,
    whether letters are confidential, and who is to match the addresses.
    """

    list: dict[str, Any] = Field(default_factory=dict)
    mapping: dict[str, Any] | None = None
    confidential: bool = True
    matching: str = ""


class LetterAnswers(Answers):
    """Where texts stand on the letter: the fields file."""

    fields: KeptFile


def files_of(draft: OrderDraft) -> FilesAnswers:
    """The files that are here."""
    return said(draft, FILES, FilesAnswers) or FilesAnswers()


def columns_of(draft: OrderDraft) -> ColumnsAnswers:
    """How the list is read; as usual before somebody said."""
    return said(draft, COLUMNS, ColumnsAnswers) or ColumnsAnswers()


def boxes_of(draft: OrderDraft) -> KeptFile | None:
    """The fields file, if there is one."""
    kept = said(draft, LETTER, LetterAnswers)
    return kept.fields if kept else None


def mapping_problems(mapping: Mapping[str, Any], columns: tuple[str, ...]) -> list[Finding]:
    """What a person must still say about the columns."""
    return [
        Finding(found.code, Severity.STOP, found.sentence, RULES[found.code].remedy, Place(column="mapping"))
        for found in mapping_findings(dict(mapping), list(columns))
    ]


def is_mapped(draft: OrderDraft) -> bool:
    """Has the person confirmed the columns of the present list?"""
    mapping = columns_of(draft).mapping
    return bool(mapping) and not mapping_problems(mapping or {}, files_of(draft).columns)


def request_of(draft: OrderDraft) -> MailingRequest:
    """The mailing that a draft stands for."""
    order = said(draft, ORDER, OrderAnswers)
    assert order is not None  # a draft begins with it  # noqa: S101
    boxes = boxes_of(draft)
    kept = {**files_of(draft).files, **({"fields": boxes} if boxes else {})}
    return order.request(
        files={role: file.given for role, file in kept.items()}, options=columns_of(draft).model_dump()
    )


def repair_zip(draft: OrderDraft) -> None:
    """One more way to read the list, beside those that stand: ZIP Codes get their lost zeros back."""
    kept = columns_of(draft)
    put(draft, COLUMNS, kept.model_copy(update={"list": {**kept.list, "repair_zip": True}}))


def today_unless(text: str) -> tuple[date, bool]:
    """The day that was typed, and whether it is one; today if not."""
    try:
        return date.fromisoformat(text), True
    except ValueError:
        return clock.today(), False
