"""The fields of an act as a page asks for them: label, hint, limits, what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import PureWindowsPath
from typing import Any

from flask import request
from pydantic import BaseModel

from kernel.errors import InvalidInput, ShopError, StaleVersion
from kernel.findings import Finding
from production.asked import Asked, Kind, OneOf, Sent, Upload, kind_of, parts_of

Pairs = Iterable[tuple[str, str]]


def sent() -> Sent:
    """The form of this request, each file under the last part of its name without control characters."""
    uploads = {name: [_upload(one) for one in files if one.filename] for name, files in request.files.lists()}
    return Sent(request.form.to_dict(flat=False), {name: files for name, files in uploads.items() if files})


def _upload(given: Any) -> Upload:
    name = PureWindowsPath(given.filename).name
    return Upload(
        given.stream, "".join(one for one in name if one.isprintable()).strip()[-200:] or given.name
    )


@dataclass(frozen=True)
class Refused:
    """A form that was sent in vain: what it asked, what was typed, and why not."""

    asked: type[Asked]
    sent: Sent
    error: ShopError
    path: str = field(default_factory=lambda: request.path)

    @property
    def sentence(self) -> str:
        """The error as one line, with what was found and its remedies."""
        words = " ".join(one.message for one in self.findings[:3] if one.message not in self.error.sentence)
        return " ".join(part for part in (sentence_of(self.error), words) if part)

    @property
    def findings(self) -> list[Finding]:
        """All that is wrong, of a file too."""
        return self.error.findings if isinstance(self.error, InvalidInput) else []

    @property
    def in_file(self) -> list[Finding]:
        """What is wrong with a file of the form, not with its fields."""
        fields = self.asked.model_fields
        return [one for one in self.findings if one.place.row is not None or one.place.column not in fields]

    @cached_property
    def errors(self) -> dict[str, str]:
        """Field to sentence, in the order of the form; findings in rows of a file are not of the form."""
        own = [found for found in self.findings if found.place.row is None]
        if not any(found.place.column.partition("-")[0] in self.asked.model_fields for found in own):
            return {}
        told, order = errors_of(InvalidInput("", findings=own)), list(self.asked.model_fields)
        return dict(sorted(told.items(), key=lambda one: _place(one[0].partition("-")[0], order)))

    def told(self, forms: Sequence[Form] = ()) -> list[tuple[str, str]]:
        """(id, sentence) for the head of the page: a link to each field, its label in front; none when no field is at
        fault.
        """
        mine = next((form for form in forms if form.refused is self), None)
        return [self._told(name, words, mine) for name, words in self.errors.items()]

    def _told(self, name: str, words: str, form: Form | None) -> tuple[str, str]:
        info = self.asked.model_fields.get(name.partition("-")[0])
        if info is None:
            return "", words
        if info.title is None:  # a hidden field
            return "", "The page is not complete. Load it again, then repeat."
        label = info.title if info.title.endswith("?") else f"{info.title}:"
        return form.id_of(name) if form else "", f"{label} {words}"


@dataclass(frozen=True)
class Shown:
    """One field, for the macro that draws it. ``options``: (value, words)."""

    name: str
    id: str
    kind: Kind
    label: str
    hint: str
    error: str
    value: Any
    is_required: bool
    most: int | None
    options: Sequence[tuple[str, str]]


class Form:
    """An act on a page: empty, with values to change, or as it was refused. ``key`` tells apart forms of one act on one
    page, ``action`` where they go; ``options`` are choices that only the page knows.
    """

    def __init__(
        self,
        asked: type[Asked],
        refused: Refused | None = None,
        *,
        values: Mapping[str, Any] | BaseModel | None = None,
        options: Mapping[str, Pairs] | None = None,
        action: str = "",
        key: str = "",
    ) -> None:
        is_mine = refused is not None and refused.asked is asked and action in ("", refused.path)
        self.asked, self.action, self.key = asked, action, key
        self.refused = refused if is_mine else None
        self._values = dict(values or {})
        self._options = options or {}

    def __getitem__(self, name: str) -> Shown:
        info = self.asked.model_fields[name]
        _, notes = parts_of(info)
        known: Pairs = next((note.choices.items() for note in notes if isinstance(note, OneOf)), ())
        most = next((found for note in notes if (found := getattr(note, "max_length", None))), None)
        options = list(self._options.get(name, known))
        return Shown(
            name,
            self.id_of(name),
            kind_of(info),
            info.title or name,
            info.description or "",
            self._error(name),
            self._value(name, kind_of(info), is_choice=bool(options)),
            info.is_required(),
            most,
            options,
        )

    def entry(
        self, name: str, key: str, label: str, hint: str = "", options: Pairs = (), kind: Kind = "text"
    ) -> Shown:
        """One key of a mapping."""
        whole, value = f"{name}-{key}", dict(self._values.get(name) or {}).get(key, "")
        typed = self.refused.sent.fields.get(whole, "") if self.refused else _text(value)
        return Shown(
            whole,
            self.id_of(whole),
            kind,
            label,
            hint,
            self._error(whole),
            typed,
            is_required=False,
            most=None,
            options=list(options),
        )

    def said(self, name: str) -> str:
        """What a field says, in the words of its choices."""
        one = self[name]
        if one.kind == "by_key":
            return ", ".join(
                f"{key} {value}" for key, value in sorted(self._by_key(name).items()) if value.strip()
            )
        known, values = dict(one.options), one.value if isinstance(one.value, list) else [one.value]
        words = {True: "yes", False: "no"}
        return ", ".join(words[it] if isinstance(it, bool) else known.get(str(it), str(it)) for it in values)

    def _by_key(self, name: str) -> dict[str, str]:
        if self.refused is None:
            return {key: _text(value) for key, value in dict(self._values.get(name) or {}).items()}
        return {
            key.removeprefix(f"{name}-"): value
            for key, value in self.refused.sent.fields.items()
            if key.startswith(f"{name}-")
        }

    def id_of(self, name: str) -> str:
        """The id of a field on the page."""
        return f"{name}-{self.key}" if self.key else name

    def _error(self, name: str) -> str:
        return self.refused.errors.get(name, "") if self.refused else ""

    def _value(self, name: str, kind: Kind, *, is_choice: bool) -> Any:
        if kind in ("secret", "file"):
            return ""  # a browser does not take them back
        is_tick = kind == "yes" and not is_choice
        if self.refused:
            texts = self.refused.sent.texts.get(name, ())
            return list(texts) if kind == "many" else bool(texts) if is_tick else "".join(texts[:1])
        info = self.asked.model_fields[name]
        usual = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
        value = self._values.get(name, usual or None)
        if kind == "many":
            return [str(one) for one in value or ()]
        return bool(value) if is_tick else _text(value)


def two_changes(mine: Form, theirs: Form) -> list[dict[str, str]]:
    """Where somebody else changed meanwhile what was sent: fields that say different things, side by side."""
    if mine.refused is None or mine.refused.error.instance_code != StaleVersion.code:
        return []
    named = {name: info.title for name, info in mine.asked.model_fields.items() if info.title}
    both = [(title, mine.said(name), theirs.said(name)) for name, title in named.items()]
    return [{"field": title, "mine": my, "theirs": their} for title, my, their in both if my != their]


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


def _text(value: Any) -> str:
    """As a form types it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def sentence_of(error: ShopError) -> str:
    """The error with its remedies, as one line."""
    remedies = [error.remedy]
    if isinstance(error, InvalidInput):
        remedies += [finding.remedy for finding in error.findings[:3]]
    return " ".join(part for part in (error.sentence, *dict.fromkeys(remedies)) if part)


def errors_of(error: InvalidInput) -> dict[str, str]:
    """Field name -> sentence (with its remedy); several for one field are joined; "" collects the others."""
    found: dict[str, str] = {}
    for finding in error.findings:
        sentence = " ".join(part for part in (finding.message, finding.remedy) if part)
        earlier = found.get(finding.place.column, "")
        if sentence not in earlier:
            found[finding.place.column] = f"{earlier} {sentence}".strip()
    return found or {"": error.sentence}


def list_place(name: str, default: int) -> int:
    """Where a list goes on, from the page's address; the default for anything that is no place in a list."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default
