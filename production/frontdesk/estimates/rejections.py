"""Why a machine or a layout was not chosen: code, limit and value, never only a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Told = Decimal | int | str | tuple[Decimal, ...] | tuple[tuple[Decimal, ...], ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A machine, or a layout of it, that the order goes beyond: ``value`` against ``limit``."""

    machine: str
    code: str
    reason: str
    limit: Told
    value: Told

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine, "code": self.code, "reason": self.reason,
            "limit": plain(self.limit), "value": plain(self.value),
        }  # fmt: skip


def plain(value: Any) -> Any:
    """Figures as JSON has them: whole numbers whole, others as numbers with a point."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case tuple() | list():
            return [plain(one) for one in value]
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
    return value
