"""The shop's own editions lie beside its files and are used for its mail."""

from __future__ import annotations

from datetime import date

from postal.data.edition_folder import set_status
from postal.data.editions import Status, edition_for, editions
from production.mailings.editions import FOLDER, shop_editions
from store.files import FileStore
from tests.postal.data.test_label_import import L801, import_labels

DAY = date(2026, 12, 15)


def test_an_activated_list_of_the_shop_wins_over_the_stand_in(tmp_path):
    files = FileStore(tmp_path / "files", tmp_path / "scratch")
    assert shop_editions(files) == editions()
    edition, _ = import_labels(tmp_path / FOLDER, L801, file="f.csv")
    stand_in = edition_for("L801", DAY, allow_test_only=True, among=shop_editions(files))
    assert stand_in.id == "stand-in"
    set_status(tmp_path / FOLDER, edition.name, Status.ACTIVE)
    chosen = edition_for("L801", DAY, allow_test_only=True, among=shop_editions(files))
    assert chosen.name == edition.name
