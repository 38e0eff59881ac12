"""The API as an OpenAPI 3.1 document: made from its routes, the models of its acts, and those of its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from production.asked import Asked
from web.api.v1.answers import Problem

View = TypeVar("View", bound=Callable[..., Any])
REFUSALS = {
    "401": "No key, or one that does not count.",
    "403": "The role of the key's person does not include this.",
    "404": "There is nothing by this number, or it is another agency's.",
    "429": "Too many wrong keys; try later.",
}
OF_A_COMMAND = {
    "409": "The idempotency key was used with other parts.",
    "422": "What was sent cannot be taken in; `findings` names every field.",
}


@dataclass(frozen=True)
class Part:
    """A file of a submission: a field of a form's model, how it is sent, and whether it must be."""

    form: type[Asked]
    name: str
    media_type: str
    is_needed: bool = True


@dataclass(frozen=True)
class Described:
    """What a view of the API asks and answers."""

    answer: type[BaseModel]
    status: int = 200
    asked: type[Asked] | None = None
    parts: tuple[Part, ...] = field(default=())


def describes(
    answer: type[BaseModel],
    *,
    status: int = 200,
    asked: type[Asked] | None = None,
    parts: tuple[Part, ...] = (),
) -> Callable[[View], View]:
    """Notes it at the view, for the document."""

    def note(view: View) -> View:
        view.described = Described(answer, status, asked, parts)  # type: ignore[attr-defined]
        return view

    return note


def document(app: Flask) -> dict[str, Any]:
    """The whole of it."""
    found = [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    acts = [(rule, view) for rule, view in found if hasattr(view, "described")]
    acts.sort(key=lambda one: one[0].rule)
    models: dict[type[BaseModel], Any] = {Problem: None}
    for _, view in acts:
        models |= dict.fromkeys(filter(None, (view.described.answer, view.described.asked)))
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for rule, view in acts:
        address = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        paths.setdefault(address, {}).update(_operation(rule, view))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Indicia",
            "version": version("indicia"),
            "summary": "Submit mailings and print orders, and ask how they stand.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: a requester makes one on the page API keys.",
                }
            },
        },
    }


def _operation(rule: Rule, view: Any) -> Iterator[tuple[str, Any]]:
    told: Described = view.described
    for method in sorted((rule.methods or set()) & {"GET", "POST"}):
        refusals = REFUSALS | (OF_A_COMMAND if method == "POST" else {})
        operation = {
            "operationId": rule.endpoint.rpartition(".")[2],
            "summary": (view.__doc__ or "").strip(),
            "parameters": [*map(_of_path, sorted(rule.arguments)), *([_KEY] if method == "POST" else [])],
            "responses": {
                str(told.status): {
                    "description": (told.answer.__doc__ or "").strip(),
                    "content": {"application/json": {"schema": _ref(told.answer)}},
                },
                **{status: _problem(words) for status, words in refusals.items()},
            },
        }
        if told.asked is not None:
            operation["requestBody"] = _body(told)
        yield method.lower(), operation


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same parts answers with the same job.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def _of_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _body(told: Described) -> dict[str, Any]:
    assert told.asked is not None  # asked for only then  # noqa: S101
    files = {part.name: _file(part) for part in told.parts}
    kinds = {part.name: {"contentType": part.media_type} for part in told.parts}
    schema = {
        "type": "object",
        "properties": {"order": _ref(told.asked), **files},
        "required": ["order", *(part.name for part in told.parts if part.is_needed)],
    }
    encoding = {"order": {"contentType": "application/json"}, **kinds}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}


def _file(part: Part) -> dict[str, Any]:
    title = part.form.model_fields[part.name].title
    return {"title": title, "type": "string", "contentMediaType": part.media_type}


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": {"schema": _ref(Problem)}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
