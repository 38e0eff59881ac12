"""JSON from outside as typed values; what is wrong is told by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity


class Given(BaseModel):
    """A value from outside; unknown keys are refused, and numbers are kept exactly as they are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Shape = TypeVar("Shape", bound=Given)

# Inches. Below a tenth of a thousandth no sheet is made, and no machine of the shop takes a hundred feet.
Inches = Annotated[Decimal, Field(ge=Decimal("0.0001"), le=1200)]
Size = tuple[Inches, Inches]  # width, height
Code = Annotated[str, Field(min_length=1, max_length=60)]
Line = Annotated[str, Field(max_length=400)]


def read_json(text: bytes | str, *, refused: str) -> Any:
    """The document, numbers as Decimal. InvalidInput SPEC_FIELD where it is no JSON."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{refused} It is not JSON: {error}", code="SPEC_FIELD", field="") from error


def shaped(
    shape: type[Shape], given: object, *, refused: str, code_of: Callable[[Mapping[str, Any]], str]
) -> Shape:
    """``given`` as a value of ``shape``. InvalidInput with a finding for each field that is wrong; its code and
    ``field`` (a path as in ``components.0.stock``) are those of the first.
    """
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        errors: list[Any] = error.errors(include_url=False, include_input=False)
    found = [_finding(one, code_of(one)) for one in errors]
    first = found[0]
    raise InvalidInput(
        f"{refused} {first.place.column or 'The whole'}: {first.message}",
        code=first.code, findings=found, field=first.place.column,
    )  # fmt: skip


_A_NUMBER = "a number is expected."
# By pydantic's type of error; others keep its words.
_WORDS = {
    "missing": "this is missing.",
    "extra_forbidden": "nothing of this name is known here.",
    "greater_than": "more than {gt:,} is expected.",
    "greater_than_equal": "{ge:,} or more is expected.",
    "less_than": "less than {lt:,} is expected.",
    "less_than_equal": "{le:,} or less is expected.",
    "int_type": "a whole number is expected.",
    "finite_number": _A_NUMBER,
    "decimal_type": _A_NUMBER,
    "decimal_parsing": _A_NUMBER,
    "string_type": "a text is expected.",
    "string_unicode": "a text is expected.",
    "literal_error": "one of {expected} is expected.",
    "tuple_type": "a list is expected.",
    "too_short": "at least {min_length} is expected.",
    "too_long": "at most {max_length:,} are expected.",
    "model_type": "an object with names is expected.",
}


def _finding(error: Mapping[str, Any], code: str) -> Finding:
    path = ".".join(str(part) for part in error["loc"])
    words = _WORDS.get(error["type"], f"{error['msg']}.").format(**error.get("ctx", {}))
    return Finding(code, Severity.STOP, words, "Correct this field.", Place(column=path))
