"""The shop as the Postal Service knows it, as a row of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from sqlalchemy import SelectBase, String, literal, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from postal.address.evidence import EvidencePolicy
from production.asked import Count, Line, Needed
from production.mailings.shop import ShopProfile, shop_profile
from production.people.second_person import consequence
from production.people.setup import ONE, Change, Kind, put, wrong
from production.people.setup_fields import Name, Row, looks_like
from store.db import UnitOfWork

_ZIP = looks_like(r"[0-9]{5}", "A ZIP Code has five digits.")
_CRID = looks_like(r"[0-9A-Za-z]{1,15}", "Write up to 15 digits.")


class ShopValue(Row):
    """The shop: its names, its permit, how it sorts and prints."""

    name: Name = Field(title="Name of the shop", description="As it stands on papers and labels.")
    origin_zip5: Annotated[Needed, _ZIP] = Field(
        title="ZIP Code of the shop", description="Where mail is entered."
    )
    post_office: Annotated[Needed, Field(max_length=120)] = Field(
        title="Post office of mailing", description="City, state and ZIP Code, such as BATON ROUGE LA 70821."
    )
    permit_number: Annotated[Needed, looks_like(r"[0-9A-Za-z]{1,20}", "Write letters and digits only.")] = (
        Field(title="Permit number", description="Of the permit imprint; from the post office of mailing.")
    )
    crid: Annotated[Needed, _CRID] = Field(
        title="CRID", description="The shop's customer registration id, from the Business Customer Gateway."
    )
    service_type_id: Annotated[Needed, looks_like(r"[0-9]{3}", "A service type has three digits.")] = Field(
        default="310",
        title="Service type",
        description="What barcodes ask for; other classes take what fits them.",
    )
    full_service: bool = Field(
        default=False,
        title="Full-Service",
        description="Mail is prepared and documented for the discount where it can be.",
    )
    seamless_crid: Annotated[Line, _CRID] = Field(
        default="", title="CRID in Seamless Acceptance", description="Only if the shop takes part."
    )
    payment_account: Annotated[Line, looks_like(r"[0-9]{1,20}", "Write digits only.")] = Field(
        default="", title="Enterprise payment account"
    )
    evidence_policy: EvidencePolicy = Field(
        default=EvidencePolicy.STOP, title="Lists without proof of address quality"
    )
    bars: Annotated[Needed, looks_like("glyphs|rectangles", "Choose one of the list.")] = Field(
        default="glyphs", title="Barcodes are painted as", description="As the presses like them."
    )
    pieces_per_segment: Annotated[Count, Field(ge=1, le=100_000)] = Field(
        default=20_000,
        title="Pieces of a print file",
        description="What a press repeats after a fault.",
    )
    allow_test_only: bool = Field(
        default=True,
        title="Practice",
        description="Postal data for tests may be used; papers say so.",
    )


class Shops(Kind[ShopValue]):
    """There is one."""

    code, name, names = "shop", "Shop", "Shop"
    lead = "Who mails: names, permit, numbers of the Postal Service, and whether this plant is for practice."
    value, is_one = ShopValue, True

    def rows(self, session: Session) -> list[ShopValue]:
        return [_shop(row) for row in session.scalars(select(ShopProfile))]

    def keys(self) -> SelectBase:
        return select(literal(ONE, String)).select_from(ShopProfile)

    def find(self, session: Session, key: str) -> ShopValue | None:
        return next(iter(self.rows(session)), None) if key else None

    def write(self, uow: UnitOfWork, value: ShopValue) -> None:
        uow.session.merge(ShopProfile(id=1, **dict(value)))

    def check(self, change: Change[ShopValue]) -> Iterator[Finding]:
        if not change.value.allow_test_only and "SAMPLE" in (change.value.permit_number, change.value.crid):
            yield wrong(
                "allow_test_only",
                "The permit and the CRID are those of the sample: real mail needs your own.",
            )

    def consequences(self, change: Change[ShopValue]) -> Iterator[Finding]:
        if change.of("allow_test_only") and not change.value.allow_test_only:
            yield consequence(
                "GOING_LIVE",
                "Mail is real from now on: what rests on postal data for tests, or on lists without proof of address "
                "quality, stops instead of saying that it is not for live mail.",
            )
        if change.of("permit_number", "crid", "post_office", "origin_zip5"):
            yield consequence(
                "PERMIT_CHANGE",
                "Mailings planned from now on carry the new numbers; those that are planned keep theirs.",
            )

    def needs_second(self, change: Change[ShopValue]) -> bool:
        """Who pays for the mail, and whether it is real."""
        return change.of("permit_number", "crid", "payment_account", "seamless_crid", "allow_test_only")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        del session
        return {
            "evidence_policy": [
                ("stop", "Stop the mailing"),
                ("rerate", "Mail at the prices it still earns"),
            ],
            "bars": [("glyphs", "Glyphs of a font"), ("rectangles", "Rectangles")],
        }


def _shop(row: ShopProfile) -> ShopValue:
    return ShopValue.model_construct(**{name: getattr(row, name) for name in ShopValue.model_fields})


def set_evidence_policy(uow: UnitOfWork, policy: EvidencePolicy) -> None:
    """What the shop does from now on with mail whose evidence is missing or too old."""
    value = _shop(shop_profile(uow.session)).model_copy(update={"evidence_policy": policy})
    put(uow, SHOPS, value, knowing=None)


SHOPS = Shops()
