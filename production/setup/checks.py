"""What must hold of the set-up, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from production.people.setup import SetupVersion
from production.setup.kinds import KINDS
from store.keeping.verify import Check, Open, Survey


def rows_say_what_their_versions_say(survey: Survey) -> Iterator[Open]:
    """Every row of the set-up says what its newest version in force says: nothing was changed past the history."""
    in_force = select(SetupVersion).where(SetupVersion.in_force_at.is_not(None)).order_by(SetupVersion.number)
    versions = {(one.kind, one.key): one for one in survey.each(survey.session.scalars(in_force))}
    for kind in KINDS:
        rows = {kind.key(row): kind.documents.plain(row, kind.code) for row in kind.rows(survey.session)}
        for (code, key), version in versions.items():
            if code == kind.code and rows.get(key) != version.value:
                yield Open(f"{kind.name} {key} is not what version {version.number} says", (key,))


CHECKS: tuple[Check, ...] = (rows_say_what_their_versions_say,)
