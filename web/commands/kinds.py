"""Options that name a kind of mail: class, shape, preparation, policy, as people spell them."""

from __future__ import annotations

from typing import Any

import click

from postal.piece.kinds import spelled


class Kind(click.Choice[str]):
    """A choice that also takes other spellings (postal.piece.kinds): ``First-Class Mail``, ``fcm``, ``letters``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        meant = spelled(value, tuple(self.choices)) if isinstance(value, str) else value
        return super().convert(meant, param, ctx)
