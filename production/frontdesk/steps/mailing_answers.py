"""What the steps of a mailing ask, step by step, and the order that the answers make."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from kernel.findings import Finding, Place, Severity
from postal.piece.kinds import CLASS_NAMES, CONTENTS
from production.asked import Day, File, Line, OneOf
from production.catalog.piece_weight import DEFAULT_ENVELOPE, envelopes, to_choose
from production.frontdesk.lists.mapping import mapping_findings
from production.frontdesk.lists.shapes import RULES
from production.frontdesk.orders.intake import DEFAULT_CLASS, MailingRequest
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.order_fields import Splits, Title
from production.frontdesk.steps.base import Answers, KeptFile, Page, put, said
from production.mailings.list_order import AddressMapping, ListOrder

ORDER, FILES, COLUMNS, LETTER = "order", "files", "columns", "letter"


class OrderAnswers(Answers):
    """What is to be mailed, when and how; the API takes the same. ``splits``: bill code to weight."""

    title: Title
    mail_date: Day = Field(title="Mailing date", description="The day the letters go to the post office.")
    mail_class: Annotated[Line, OneOf(CLASS_NAMES, checked=False)] = Field(
        DEFAULT_CLASS,
        title="Class of mail",
        description="First-Class for anything personal or confidential: bills, notices, answers. Marketing Mail costs "
        "less and is slower; it is for the same message to 200 people or more.",
    )
    content: Annotated[Line, OneOf({"": "Choose", **CONTENTS}, checked=False)] = Field(
        "",
        title="What do the letters hold?",
        description="Bills, statements of account and personal matter must go as First-Class Mail. Needed for "
        "Marketing Mail.",
    )
    envelope: Annotated[Line, OneOf(to_choose(), checked=False)] = Field(
        DEFAULT_ENVELOPE, title="Envelope or card"
    )
    duplex: bool = Field(
        default=True, title="Printed on", description="Both sides of the sheet, or one side only."
    )
    splits: Splits

    def request(self, **more: Any) -> MailingRequest:
        """As an order; ``more``: its files and options."""
        return MailingRequest(
            title=self.title,
            mail_date=self.mail_date,
            splits=self.splits,
            envelope=self.envelope,
            mail_class=self.mail_class,
            content=self.content,
            is_duplex=self.duplex,
            **more,
        )


class FilesForm(Answers):
    """The files of a mailing as they are sent; the API takes the same but the certificate."""

    template: File | None = Field(None, title="The letter (PDF)")
    list: File | None = Field(None, title="The list of addresses (CSV or XLSX)")
    fields: File | None = Field(None, title="Fields file (JSON)")
    certificate: File | None = Field(None, title="Certificate (PS Form 3553 as PDF)")


class FilesAnswers(Answers):
    """Files by role (template, list, certificate), what the letter looks like, and the columns and rows of the list;
    None where nobody counted them. ``face_of``: the printed piece (its hash) whose address side stands for the letter.
    """

    files: dict[str, KeptFile] = Field(default_factory=dict)
    pages: tuple[Page, ...] = ()
    columns: tuple[str, ...] = ()
    rows: int | None = None
    face_of: str = ""


class ColumnsAnswers(Answers, ListOrder):
    """What is asked for the list; ``mapping`` None while the columns are not confirmed."""


class LetterAnswers(Answers):
    """Where texts stand on the letter: the fields file."""

    fields: KeptFile


def files_of(draft: OrderDraft) -> FilesAnswers:
    """The files that are here."""
    return said(draft, FILES, FilesAnswers) or FilesAnswers()


def is_addressed(draft: OrderDraft) -> bool:
    """Is the printed piece mailed itself, without letter and envelope?"""
    order = said(draft, ORDER, OrderAnswers)
    asked = envelopes().get(order.envelope) if order else None
    return asked is not None and asked.is_piece


def columns_of(draft: OrderDraft) -> ColumnsAnswers:
    """How the list is read; as usual before somebody said."""
    return said(draft, COLUMNS, ColumnsAnswers) or ColumnsAnswers()


def boxes_of(draft: OrderDraft) -> KeptFile | None:
    """The fields file, if there is one."""
    kept = said(draft, LETTER, LetterAnswers)
    return kept.fields if kept else None


def mapping_problems(mapping: AddressMapping, columns: tuple[str, ...]) -> list[Finding]:
    """What a person must still say about the columns."""
    return [
        Finding(found.code, Severity.STOP, found.sentence, RULES[found.code].remedy, Place(column="part"))
        for found in mapping_findings(mapping, list(columns))
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
    return order.request(files={role: file.given for role, file in kept.items()}, options=columns_of(draft))


def repair_zip(draft: OrderDraft) -> None:
    """One more way to read the list, beside those that stand: ZIP Codes get their lost zeros back."""
    kept = columns_of(draft)
    put(draft, COLUMNS, kept.model_copy(update={"list": {**kept.list, "repair_zip": True}}))
