"""Postal editions of this shop: those shipped and those its mailroom loaded, in a folder beside its files."""

from __future__ import annotations

from postal.edition_folder import shelf
from postal.editions import Edition
from store.files import FileStore

FOLDER = "editions"  # of the data folder; indicia postal import-labels fills it


def shop_editions(files: FileStore) -> tuple[Edition, ...]:
    """Every edition that sorting, pricing and checking may choose from; Corrupt EDITION_FILE for a damaged one."""
    return shelf(files.root.parent / FOLDER)
