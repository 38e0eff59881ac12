"""Colors of a space as inks of the press: RGB by its profile, an ink of its own by what the file says it looks
like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pikepdf

from production.prepress.fixes.functions import evaluate
from production.prepress.fixes.profile import Inks, color_inks
from production.prepress.preflight.color import Space, read_space
from production.prepress.templates.names import name_of

_LONGEST_CHAIN = 4  # a name for a name for a space


@dataclass(frozen=True)
class Converted:
    """A color space that is left for the inks of the press. ``array``: as the file writes it."""

    space: Space
    array: Any

    @cached_property
    def profile(self) -> bytes | None:
        """The profile of its RGB, where it has one."""
        is_named = isinstance(self.array, pikepdf.Array) and name_of(self.array[0]) == "ICCBased"
        return bytes(self.array[1].read_bytes()) if is_named else None

    def inks(self, values: Sequence[float]) -> Inks:
        """One color."""
        if self.space.model == "RGB":
            red, green, blue = values
            return color_inks(red, green, blue, self.profile)
        alternate = read_space(self.array[2], {})
        told = evaluate(self.array[3], values)
        return _process(alternate, told)


def _process(space: Space, values: Sequence[float]) -> Inks:
    """A color of a space that stands for an ink."""
    if space.model == "CMYK" and len(values) == 4:
        return values[0], values[1], values[2], values[3]
    if space.model == "RGB":
        return color_inks(values[0], values[1], values[2])
    if space.model == "gray":
        return 0.0, 0.0, 0.0, 1 - values[0]
    raise ValueError("what the ink looks like is told in a space that is not read")


Wanted = Callable[[Space], bool]


def is_rgb(space: Space) -> bool:
    """RGB, measured or not."""
    return space.model == "RGB"


def is_spot(space: Space) -> bool:
    """An ink beside those of the process."""
    return space.model == "spot"


def converted(thing: Any, spaces: Mapping[Any, Any], wanted: Wanted) -> Converted | None:
    """The space that an operator or a picture names, where it is one that is left."""
    thing = _told(thing, spaces)
    space = read_space(thing, spaces)
    return Converted(space, thing) if wanted(space) else None


def below(family: str, thing: Any, spaces: Mapping[Any, Any], wanted: Wanted) -> Converted | None:
    """The space under one of this family (Indexed, Pattern), where it is one that is left."""
    thing = _told(thing, spaces)
    is_over = isinstance(thing, pikepdf.Array) and len(thing) > 1 and name_of(thing[0]) == family
    return converted(thing[1], spaces, wanted) if is_over else None


def _told(thing: Any, spaces: Mapping[Any, Any]) -> Any:
    """A space by the name that resources have for it."""
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(thing, pikepdf.Name) or thing not in spaces:
            break
        thing = spaces[thing]
    return thing
