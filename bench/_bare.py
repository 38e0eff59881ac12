"""The least that Flask can answer: one page of the size of ours, no database, no session."""

from __future__ import annotations

from flask import Flask

app = Flask("bare")
_PAGE = "<!doctype html><title>Bare</title>" + "<p>Nothing but this.</p>" * 800


@app.get("/")
def page() -> str:
    """Twenty thousand bytes."""
    return _PAGE
