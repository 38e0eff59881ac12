"""From a refused request to the form again: messages by field, in the order of the form."""

from __future__ import annotations

from kernel.errors import InvalidInput


def errors_of(error: InvalidInput) -> dict[str, str]:
    """Field name -> sentence (with its remedy); several for one field are joined; "" collects the others."""
    found: dict[str, str] = {}
    for finding in error.findings:
        sentence = " ".join(part for part in (finding.message, finding.remedy) if part)
        earlier = found.get(finding.place.column, "")
        if sentence not in earlier:
            found[finding.place.column] = f"{earlier} {sentence}".strip()
    return found or {"": error.sentence}
