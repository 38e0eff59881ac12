"""Layers of a template (optional content, ISO 32000-1, 8.11), decided once, for print: what does not print is taken
out of the drawings, and what is left carries no layer at all, so that no reader and no press can decide otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pikepdf

from kernel.findings import Finding, Severity
from production.prepress.templates.drawings import array, dictionary, drawings, is_dictionary
from production.prepress.templates.names import key_of, name_of

_MAX_DEPTH = 50
_PAINTS = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"})
_DRAWS = frozenset({"Do", "sh", "INLINE IMAGE"})
_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_PLACES = frozenset({"BT", "ET", "Td", "TD", "Tm", "T*", "'", '"'})  # text goes on from here, wherever it was
_STATED = frozenset({"/Print", "/View", "/Export"})  # categories of usage that have a state (table 102)
_INVISIBLE, _CLIPS_ONLY = 3, 7  # text rendering modes (9.3.6); those from 4 on add to the clip

Instruction: TypeAlias = tuple[Any, pikepdf.Operator]


class Layers:
    """Which optional content a document shows at an event: "Print" or "View" (8.11.4.3 and 8.11.4.4)."""

    def __init__(self, pdf: pikepdf.Pdf, event: str = "Print") -> None:
        properties = dictionary(pdf.Root.get("/OCProperties"))
        self._config = dictionary(properties.get("/D"))
        self.groups = [group for group in array(properties.get("/OCGs")) if is_dictionary(group)]
        self._base = self._config.get("/BaseState") != "/OFF"
        self._states = {group.objgen: True for group in array(self._config.get("/ON"))}
        self._states |= {group.objgen: False for group in array(self._config.get("/OFF"))}
        for usage in array(self._config.get("/AS")):
            if is_dictionary(usage) and usage.get("/Event") == "/" + event:
                self._apply(usage)

    def _apply(self, usage: Any) -> None:
        """States that groups recommend for themselves at this event; one OFF is enough."""
        categories = _STATED & {key_of(category) for category in array(usage.get("/Category"))}
        for group in array(usage.get("/OCGs")):
            own = dictionary(dictionary(group).get("/Usage"))
            said = [dictionary(own.get(key)).get(f"{key}State") for key in categories]
            if any(state is not None for state in said):
                self._states[group.objgen] = all(state != "/OFF" for state in said)

    def shows(self, membership: Any) -> bool:
        """Whether content of this group or membership dictionary is drawn."""
        return self._shows(membership, 0)

    def _shows(self, membership: Any, depth: int) -> bool:
        if not is_dictionary(membership):
            return True
        if membership.get("/Type") != "/OCMD":
            return self._shows_group(membership)
        expression = membership.get("/VE")
        if array(expression):
            return self._holds(expression, depth + 1)
        groups = membership.get("/OCGs")
        named = [groups] if is_dictionary(groups) else [g for g in array(groups) if is_dictionary(g)]
        policy = key_of(membership.get("/P"))  # /AnyOn where it says nothing
        agree = all if policy in {"/AllOn", "/AllOff"} else any
        wanted = policy not in {"/AllOff", "/AnyOff"}
        return not named or agree(self._shows_group(group) is wanted for group in named)

    def _holds(self, expression: Any, depth: int) -> bool:
        """A visibility expression: [/And ...], [/Or ...] or [/Not x] of groups and expressions."""
        operator, *parts = array(expression) or [None]
        if depth > _MAX_DEPTH:
            raise RecursionError
        if operator is None:
            return self._shows(expression, depth)
        values = [self._holds(part, depth + 1) for part in parts]
        if operator == "/Not":
            return not all(values)
        return all(values) if operator == "/And" else any(values)

    def _shows_group(self, group: Any) -> bool:
        """A group of another intent than the configuration's hides nothing."""
        ours, its = _intents(self._config), _intents(group)
        if "/All" not in ours and not ours & its:
            return True
        state: bool = self._states.get(group.objgen, self._base)
        return state


def _intents(thing: Any) -> set[str]:
    said = thing.get("/Intent", pikepdf.Name.View)
    return {key_of(name) for name in (array(said) or [said])}


def _is_optional(thing: Any) -> bool:
    return is_dictionary(thing) and thing.get("/Type") in ("/OCG", "/OCMD")


def settle(pdf: pikepdf.Pdf) -> None:
    """Takes out of all drawings of an open document what does not print, and every layer with it."""
    layers, properties = Layers(pdf), []
    for drawing in drawings(pdf):
        named = dictionary(dictionary(drawing.resources).get("/Properties"))
        shown = {key: layers.shows(value) for key, value in named.items() if _is_optional(value)}
        if shown and not drawing.is_picture:
            parsed = pikepdf.parse_content_stream(drawing.thing)
            kept = _without_hidden([(part.operands, part.operator) for part in parsed], shown.get)
            drawing.rewrite(pikepdf.unparse_content_stream(kept))
            properties.append((named, list(shown)))
        if isinstance(drawing.thing, pikepdf.Stream) and "/OC" in drawing.thing:
            is_shown = layers.shows(drawing.thing["/OC"])
            del drawing.thing["/OC"]
            if not is_shown:
                drawing.empty()
    for named, keys in properties:
        for key in keys:
            if key in named:
                del named[key]
    if "/OCProperties" in pdf.Root:
        del pdf.Root["/OCProperties"]


def state_plainly(pdf: pikepdf.Pdf) -> bool:
    """Writes what prints into the document's configuration in its simplest form, which readers agree on; whether
    there are layers."""
    layers = Layers(pdf)
    if not layers.groups:
        return False
    hidden = [group for group in layers.groups if not layers.shows(group)]
    for group in layers.groups:
        for key in ("/Usage", "/Intent"):
            if key in group:
                del group[key]
    pdf.Root["/OCProperties"] = pikepdf.Dictionary(
        OCGs=pikepdf.Array(layers.groups),
        D=pikepdf.Dictionary(OFF=pikepdf.Array(hidden), Order=pikepdf.Array()),
    )
    return True


def layer_findings(pdf: pikepdf.Pdf) -> list[Finding]:
    """What does not print as the screen shows it, by the names of the layers."""
    on_paper, on_screen = Layers(pdf), Layers(pdf, "View")
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for group in on_paper.groups:
        kind = on_paper.shows(group), on_screen.shows(group)
        kinds.setdefault(kind, []).append((name_of(group.get("/Name")) or "without a name")[:80])
    said = {
        (False, False): (Severity.NOTE, "Hidden layers do not print", ""),
        (False, True): (Severity.WARN, "Layers that the screen shows do not print", "Look at the proof."),
        (True, False): (Severity.WARN, "Layers that the screen hides print", "Look at the proof."),
    }
    return [
        Finding("PDF_LAYERS", severity, f"{words}: {', '.join(kinds[kind][:5])}.", remedy)
        for kind, (severity, words, remedy) in said.items()
        if kind in kinds
    ]


# --- operators of one drawing ------------------------------------------------------------------------------


def _without_hidden(
    instructions: Sequence[Instruction], shows: Callable[[str], bool | None]
) -> list[Instruction]:
    """The instructions without marks of layers and without what paints between those of a hidden one. Everything
    else stays: it sets the graphics state of what follows. ``shows`` is None for what is no layer."""
    hidden = _hidden_places(instructions, shows)
    kept: list[Instruction] = []
    modes = [0]
    for place, (operands, operator) in enumerate(instructions):
        word = key_of(operator)
        if word == "q":
            modes.append(modes[-1])
        elif word == "Q" and len(modes) > 1:
            modes.pop()
        elif word == "Tr" and operands:
            modes[-1] = int(operands[0])
        if hidden[place] is False:
            kept.append((operands, operator))
        elif hidden[place]:
            is_needed = word in _SHOWS and _moves_shown_text(instructions, hidden, place)
            kept += _unseen(operands, operator, modes[-1], is_needed=is_needed)
    return kept


def _hidden_places(
    instructions: Sequence[Instruction], shows: Callable[[str], bool | None]
) -> list[bool | None]:
    """For each instruction whether it is hidden; None for the marks of layers themselves."""
    places: list[bool | None] = []
    marks: list[bool | None] = []  # of each open mark: a layer that shows, one that does not, no layer
    for operands, operator in instructions:
        word, is_mark = key_of(operator), False
        if word in {"BMC", "BDC"}:
            names = [key_of(name) if isinstance(name, pikepdf.Name) else "" for name in operands]
            marks.append(shows(names[1]) if len(names) == 2 and names[0] == "/OC" else None)
            is_mark = marks[-1] is not None
        elif word == "EMC" and marks:
            is_mark = marks.pop() is not None
        places.append(None if is_mark else False in marks)
    return places


def _moves_shown_text(instructions: Sequence[Instruction], hidden: Sequence[bool | None], place: int) -> bool:
    """Whether text that is shown begins where the text at this place ends."""
    for later in range(place + 1, len(instructions)):
        word = key_of(instructions[later][1])
        if word in _PLACES:
            return False
        if word in _SHOWS and hidden[later] is False:
            return True
    return False


def _unseen(
    operands: Sequence[Any], operator: pikepdf.Operator, mode: int, *, is_needed: bool
) -> list[Instruction]:
    """What an instruction does besides painting. Text that sets the clip, or that shown text goes on from, stays as
    text without ink."""
    word = key_of(operator)
    if word in _PAINTS:
        return [([], pikepdf.Operator("n"))]
    if word in _DRAWS:
        return []
    if word not in _SHOWS:
        return [(operands, operator)]
    if is_needed or mode > _INVISIBLE:
        without_ink = _CLIPS_ONLY if mode > _INVISIBLE else _INVISIBLE
        render = pikepdf.Operator("Tr")
        return [([without_ink], render), (operands, operator), ([mode], render)]
    moves: list[Instruction] = [([], pikepdf.Operator("T*"))] if word in _PLACES else []
    if word == '"' and len(operands) == 3:
        moves = [([operands[0]], pikepdf.Operator("Tw")), ([operands[1]], pikepdf.Operator("Tc")), *moves]
    return moves
