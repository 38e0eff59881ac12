"""The shop's own editions lie beside its files and are used for its mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from kernel.errors import InvalidInput
from postal.data.edition_folder import Proposal, keep_edition, set_status
from postal.data.editions import Status, edition_for, editions
from postal.maildat.records import to_arrow
from production.jobs.models import Job
from production.mailings.editions import FOLDER, edition_folder, shop_editions
from production.mailroom.streams.building import build_together
from store.files import FileStore
from store.plant import Plant
from tests.factories import PLANT
from tests.postal.data.test_label_import import L801, import_labels
from tests.postal.maildat_sets import sample
from tests.production import mailings, sorting

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


def activate(plant: Plant, kind: str, was: str, now: str) -> None:
    """The shipped facts of a kind with one of them changed, as an edition of the shop."""
    shipped = edition_for(kind, mailings.MAIL_DATE, among=editions())
    text = shipped.path.read_text(encoding="utf-8")
    assert was in text
    folder, starts = edition_folder(plant.files), shipped.effective_from + timedelta(days=1)
    found = Proposal(kind, "ours", text.replace(was, now).encode(), shipped.path.suffix, starts, "the shop")
    set_status(folder, keep_edition(folder, found).name, Status.ACTIVE)


@pytest.fixture
def stricter_shop(plant):
    """It knows that a permit imprint needs 400 pieces and that a letter weighs at most 0.7 ounces."""
    mailings.open_sample(plant)
    was = 'name = "permit-imprint-pieces"\nvalue = '
    activate(plant, "limits", f'{was}"200"', f'{was}"400"')
    activate(plant, "mailpiece-standards", 'max_weight_oz = "3.5"', 'max_weight_oz = "0.7"')
    return plant


def test_the_minimum_of_a_permit_is_that_of_the_shop(stricter_shop):
    job = mailings.approved(stricter_shop, pieces=250)
    with stricter_shop.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput, match="needs 400 pieces"):
        build_together(uow, stricter_shop.files, [uow.session.get_one(Job, job.id)])


def test_mail_brought_in_is_judged_and_sorted_by_the_facts_of_the_shop(stricter_shop):
    with pytest.raises(InvalidInput) as refused:
        sorting.bring_in(stricter_shop)  # of 0.8 ounces
    assert refused.value.instance_code == "SORTER_DROP"
    job = sorting.bring_in(stricter_shop, counted=250, weight_oz=Decimal("0.6"))
    with pytest.raises(InvalidInput, match="needs 400 pieces"):
        sorting.make_run(stricter_shop, job)


def test_mail_dat_tells_the_day_of_the_list_that_the_shop_loaded():
    ours = tuple(replace(one, effective_from=DAY) for one in editions() if one.kind == "L801")
    dates = to_arrow(sample(among=(*editions(), *ours)).maildat["csm"])["CSM-1189"]
    assert set(dates.to_pylist()) == {DAY}
