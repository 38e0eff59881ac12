"""The part of compiling that parses the template; called only inside the sandbox (see merge.compile_template)."""

from __future__ import annotations

from pathlib import Path

from production.prepress.templates.answers import CompiledPages
from production.prepress.templates.as_printed import as_printed
from production.prepress.templates.printing_condition import copy_intents
from production.prepress.templates.template import Copier, read_pages


def compile_pages(path: str, first: int, out: str) -> CompiledPages:
    """Writes the objects, numbered from ``first``, one behind the other to ``out`` and answers how long each is and
    what they are."""
    copier = Copier(first)
    with as_printed(Path(path)) as pdf:
        pages = read_pages(pdf, copier)
        intents, intents_sha256 = copy_intents(pdf, copier)
    with Path(out).open("wb") as file:
        file.writelines(copier.objects)
    return CompiledPages(
        lengths=tuple(len(content) for content in copier.objects),
        forms=tuple(page.form for page in pages),
        sizes=tuple(page.size for page in pages),
        groups=tuple(page.group.decode("ascii") for page in pages),
        intents=intents.decode("ascii"),
        intents_sha256=intents_sha256,
    )
