"""The tree of everything that can go wrong, drawn once.

ShopError
├── UserError            the caller can fix it
│   ├── InvalidInput     carries every finding, not only the first
│   ├── NotFound         also used for "not yours"
│   ├── Gone             was here; removed by a retention rule
│   ├── Forbidden
│   ├── TooLarge
│   └── Conflict
│       ├── StaleVersion         someone else changed it
│       ├── IllegalTransition    not possible in the present state
│       ├── OnHold               a hold row blocks it
│       ├── Unconfirmed          a person must read the consequences first
│       └── IdempotencyMismatch  the same key with another body
├── AttentionNeeded      nobody's error; a person must decide
└── Fault                ours
    ├── Unavailable      database, queue, storage, device: a retry is sensible
    └── Corrupt          a hash, a sum or a vector is wrong: never retry

Bad data is not an exception: checks return ``list[Finding]`` (kernel.findings).
Every class has a stable ``code`` listed in docs/reference/errors.md, a sentence for people,
and ``details`` without personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kernel.findings import Finding, of_field

if TYPE_CHECKING:
    from collections.abc import Sequence


class ShopError(Exception):
    """Root of every error this product raises on purpose."""

    code: ClassVar[str] = "SHOP_ERROR"

    def __init__(self, sentence: str, *, code: str | None = None, remedy: str = "", **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.instance_code = code or type(self).code
        self.details = details


class UserError(ShopError):
    """The caller can fix it."""

    code = "USER_ERROR"


class InvalidInput(UserError):
    """Input refused; ``findings`` lists everything wrong with it."""

    code = "INVALID_INPUT"

    def __init__(
        self, sentence: str, *, code: str | None = None, findings: list[Finding] | None = None, **details: Any
    ) -> None:
        super().__init__(sentence, code=code, **details)
        self.findings = findings or []


def refused_field(
    code: str, field: str, message: str, remedy: str = "", *, outcome: str = ""
) -> InvalidInput:
    """A form that is refused for one field. ``outcome``: the sentence above it, where the message alone is not."""
    return InvalidInput(outcome or message, code=code, findings=[of_field(code, field, message, remedy)])


class NotFound(UserError):
    """Missing, or another agency's: the two are told apart to nobody."""

    code = "NOT_FOUND"


class Gone(UserError):
    """Was here and has been removed by a retention rule."""

    code = "GONE"


class Forbidden(UserError):
    """The person's role does not allow it."""

    code = "FORBIDDEN"


class TooLarge(UserError):
    """Over a stated limit."""

    code = "TOO_LARGE"


class Conflict(UserError):
    """The thing is not in a state that allows this."""

    code = "CONFLICT"


class StaleVersion(Conflict):
    """Someone else changed it in the meantime."""

    code = "STALE_VERSION"


class IllegalTransition(Conflict):
    """The verb is not possible in the present state."""

    code = "STATE"


class OnHold(Conflict):
    """A hold blocks the verb until it is lifted."""

    code = "ON_HOLD"


class Unconfirmed(Conflict):
    """A person must read what follows first; ``findings`` are all the consequences."""

    code = "CONFIRM"

    def __init__(self, sentence: str, *, findings: Sequence[Finding]) -> None:
        super().__init__(sentence)
        self.findings = list(findings)


class IdempotencyMismatch(Conflict):
    """The same key was used before with another body."""

    code = "IDEMPOTENCY_CONFLICT"


class AttentionNeeded(ShopError):
    """A person must decide: the system will not repeat or guess."""

    code = "ATTENTION"


class Fault(ShopError):
    """Ours."""

    code = "FAULT"


class Unavailable(Fault):
    """A part is away; trying again is sensible."""

    code = "UNAVAILABLE"


class Corrupt(Fault):
    """A hash, a sum or a vector is wrong; never retried."""

    code = "CORRUPT"
