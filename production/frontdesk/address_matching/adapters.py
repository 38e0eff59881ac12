"""The adapters this shop has, by its settings; the in-file one needs none and is always there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kernel import clock
from kernel.errors import AttentionNeeded, InvalidInput
from production.frontdesk.address_matching.base import AdapterName
from production.frontdesk.address_matching.file_exchange import FileExchange
from production.frontdesk.address_matching.layouts import layout
from production.frontdesk.address_matching.models import AddressMatch
from production.frontdesk.address_matching.usps_addresses import UspsAddresses
from production.frontdesk.address_matching.usps_api import Access, UspsApi
from store.settings import Settings

WORDS = {
    AdapterName.USPS: "Look each address up at the Postal Service (not certified)",
    AdapterName.EXCHANGE: "The shop's address engine (certified)",
}


def outside_adapters(settings: Settings) -> tuple[AdapterName, ...]:
    """Whom this shop can ask."""
    has = {
        AdapterName.USPS: bool(settings.usps_addresses_url),
        AdapterName.EXCHANGE: bool(settings.match_exchange_dir),
    }
    return tuple(name for name, is_set in has.items() if is_set)


def require_adapter(settings: Settings, name: str) -> None:
    """InvalidInput MATCH_ADAPTER unless the shop can ask it, or nobody is asked."""
    if name and name not in outside_adapters(settings):
        raise InvalidInput(f"This shop cannot have addresses matched by {name[:20]!r}.", code="MATCH_ADAPTER")


def usps_addresses(settings: Settings) -> UspsAddresses:
    """The look-up. AttentionNeeded USPS_ACCESS while id or secret is missing."""
    client_id, client_secret = (
        _secret(settings.usps_client_id_file),
        _secret(settings.usps_client_secret_file),
    )
    if not (settings.usps_addresses_url and client_id and client_secret):
        raise AttentionNeeded(
            "The access to the Postal Service's address look-up is not set up.", code="USPS_ACCESS",
            remedy="Set INDICIA_USPS_ADDRESSES_URL and the files of client id and secret.",
        )  # fmt: skip
    api = UspsApi(Access(settings.usps_addresses_url, client_id, client_secret))
    return UspsAddresses(api, per_hour=settings.usps_addresses_per_hour, today=clock.today)


def file_exchange(settings: Settings, run: AddressMatch | None = None) -> FileExchange:
    """The exchange; with a run its time is counted from its request. AttentionNeeded MATCH_FOLDER when not set up."""
    if not settings.match_exchange_dir:
        raise AttentionNeeded(
            "The folder of the address engine is not set up.", code="MATCH_FOLDER",
            remedy="Set INDICIA_MATCH_EXCHANGE_DIR.",
        )  # fmt: skip
    return FileExchange(
        Path(settings.match_exchange_dir),
        layout(settings.match_exchange_layout),
        today=clock.today,
        is_late=lambda: run is not None and is_late(settings, run),
    )


def is_late(settings: Settings, run: AddressMatch) -> bool:
    """Has the engine had its time?"""
    return clock.now() - run.requested_at > timedelta(hours=settings.match_exchange_hours)


def adapter_of(settings: Settings, run: AddressMatch) -> UspsAddresses | FileExchange:
    """Whom a run is with."""
    return usps_addresses(settings) if run.adapter is AdapterName.USPS else file_exchange(settings, run)


def _secret(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except OSError:
        return ""
