"""The part of compiling that parses the template; called only inside the sandbox (see merge.compile_template)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from production.prepress.templates.as_printed import as_printed
from production.prepress.templates.printing_condition import copy_intents
from production.prepress.templates.template import Copier, read_pages


def compile_pages(path: str, first: int, out: str) -> dict[str, Any]:
    """Writes the objects, numbered from ``first``, one behind the other to ``out`` and answers how long each is and
    what they are."""
    copier = Copier(first)
    with as_printed(Path(path)) as pdf:
        pages = read_pages(pdf, copier)
        intents, intents_sha256 = copy_intents(pdf, copier)
    with Path(out).open("wb") as file:
        file.writelines(copier.objects)
    return {
        "lengths": [len(content) for content in copier.objects],
        "forms": [page.form for page in pages],
        "sizes": [page.size for page in pages],
        "groups": [page.group.decode("ascii") for page in pages],
        "intents": intents.decode("ascii"),
        "intents_sha256": intents_sha256,
    }
