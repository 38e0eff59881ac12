"""Documents that a command is given as files."""

from __future__ import annotations

from pathlib import Path

from kernel.errors import InvalidInput


def read_given(path: Path, most_bytes: int, *, larger: str, code: str = "SPEC_FIELD") -> bytes:
    """The whole file. InvalidInput SPEC_FIELD where it cannot be read, ``code`` where it is ``larger``, in words."""
    try:
        with path.open("rb") as file:
            text = file.read(most_bytes + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}.", code="SPEC_FIELD", field=str(path)) from error
    if len(text) > most_bytes:
        raise InvalidInput(larger, code=code, field=str(path))
    return text
