"""Files of many pages: what takes long is done by a worker, once, and the pages say how far it is."""

from __future__ import annotations

import io
import subprocess
import sys

import pikepdf
import pytest
from sqlalchemy import select, text

from production.frontdesk.artwork import component_file
from production.frontdesk.artwork.models import FileVersion, FileWork
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps.component_files import LATER
from production.frontdesk.steps.spec_answers import files_of
from store.outbox import OutboxMessage
from store.settings import as_environment
from tests.factories import PLANT
from tests.web import spec_ordering
from tests.web.spec_ordering import on
from tests.web.test_artwork import job, write  # noqa: F401  a fixture
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_order_run import run  # noqa: F401  a fixture
from web.portal import page_map
from workers import sweeper
from workers.runtime import deliver, drain

LONG = 8  # pages of the book below


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    """So few pages are long already."""
    for module in (component_file, page_map):
        monkeypatch.setattr(module, "pages_at_once", lambda: LONG - 1)


@pytest.fixture
def read_here(monkeypatch):
    """Files that were read as a whole in this process, by web request or worker."""
    seen = []
    real = component_file.preflight_order

    def spy(path, order):
        seen.append(path)
        return real(path, order)

    monkeypatch.setattr(component_file, "preflight_order", spy)
    component_file.looked_at.cache_clear()
    return seen


def book(path, pages=LONG, width=612):
    """One page, many times over."""
    one = write(path.with_name("one.pdf"), width=width, font="Courier")
    with pikepdf.open(one) as source, pikepdf.new() as made:
        for _ in range(pages):
            made.pages.append(source.pages[0])
        made.save(path)
    return path.read_bytes()


def rows(plant, kind):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(kind).order_by(kind.id)).all()


def send(rita, files, data, name="rules.pdf"):
    return rita.submit(files, content_type="multipart/form-data", **{"file-text": (io.BytesIO(data), name)})


@pytest.fixture
def files(plant, sign_in):
    """(a requester, the files step of a booklet's draft)."""
    spec_ordering.press_card(plant)
    rita = sign_in("requester")
    chosen = on(
        spec_ordering.choose(rita, "booklet", quantity="500", size="8.5x11", pages=str(LONG), cover="")
    )
    return rita, on(spec_ordering.detail(rita, chosen))


def test_a_long_file_of_a_draft_is_looked_at_by_a_worker(files, plant, tmp_path, read_here, sign_in):
    rita, step = files
    assert on(send(rita, step, book(tmp_path / "rules.pdf"))) == step
    assert read_here == []  # nobody waited for that
    page = rita.get(step).text
    assert "0 of 3 parts are done" in page
    assert 'data-since="0"' in page
    assert rita.get(f"{step}?since=0").status_code == 204
    url = step.replace("component_files", "artwork/1")
    assert "being looked at" in rita.get(url).text
    assert rita.get(f"{url}?since=0").status_code == 204
    assert sign_in("other_agency").get(url).status_code == 404
    assert rita.get(step.replace("component_files", "review")).location == step  # not yet
    drain(plant)
    assert len(read_here) == 1
    done = rita.get(f"{step}?since=0").text
    assert "being looked at" not in done
    assert "something in it must be fixed" in done
    assert "thing must be fixed" in rita.get(url).text  # from what is kept
    assert len(read_here) == 1
    (version,) = rows(plant, FileVersion)
    assert (version.author, len(version.looks), len(set(version.looks))) == ("rita", LONG, 1)


def test_a_result_for_a_draft_that_was_changed_meanwhile_is_dropped(files, plant, tmp_path):
    rita, step = files
    send(rita, step, book(tmp_path / "rules.pdf"))
    send(rita, step, book(tmp_path / "newer.pdf", width=630), "newer.pdf")  # another one at once
    first, second = rows(plant, OutboxMessage)[-2:]
    deliver(plant, second.key)
    deliver(plant, first.key)
    assert [one.made_sha256 is None for one in rows(plant, FileWork)] == [True, False]
    assert [one.given_name for one in rows(plant, FileVersion)] == ["newer.pdf"]
    assert "newer.pdf" in rita.get(step).text
    rita.submit(step.replace("component_files", "choices"), pages=str(LONG * 2))
    send(rita, step, book(tmp_path / "last.pdf", width=640), "last.pdf")
    rita.submit(step.replace("component_files", "choices"), pages=str(LONG))
    drain(plant)
    (draft,) = rows(plant, OrderDraft)
    assert files_of(draft)["text"].asked == LATER  # for another order
    assert "it is checked again when you go on" in rita.get(step).text


def test_a_worker_killed_before_it_records_is_repeated_to_one_version(job, plant, sign_in, tmp_path):  # noqa: F811
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1"
    kept = rita.submit(f"{url}/pages?now={','.join(['1'] * LONG)}", f"{url}/pages")
    assert kept.status_code == 303
    page = rita.get(kept.location).text
    assert "0 of 3 parts are done" in page
    assert "Send a corrected file" not in page  # one thing after the other
    message = rows(plant, OutboxMessage)[-1]
    environment = as_environment(plant.settings) | {
        "DATABASE_URL": plant.db.url, "INDICIA_CRASH_AT": "before_record",
    }  # fmt: skip
    call = f"from workers.runtime import run_step; run_step({message.key!r})"
    killed = subprocess.run([sys.executable, "-c", call], env=environment, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr
    assert [one.parts for one in rows(plant, FileWork)] == [2]  # seen by who follows it, and nothing kept
    assert [one.act.value for one in rows(plant, FileVersion)] == ["sent"]
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(text("UPDATE step_claim SET lease_until = now() WHERE done_at IS NULL"))
    sweeper.recover(plant)
    drain(plant)
    assert [one.act.value for one in rows(plant, FileVersion)] == ["sent", "arranged"]
    assert [(one.parts, one.code) for one in rows(plant, FileWork)] == [(3, "")]
    assert "It is done" in rita.get(f"{kept.location}&since=2").text
    assert "Version 2 of 2" in rita.get(url).text
    fixed = rita.submit(url, f"{url}/fixes", fix="bleed-mirror")
    drain(plant)
    assert [one.act.value for one in rows(plant, FileVersion)] == ["sent", "arranged", "fixed"]
    assert "Nothing came of it" not in rita.get(fixed.location).text


def test_why_nothing_came_of_it_is_told(job, plant, sign_in):  # noqa: F811
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1"
    kept = rita.submit(f"{url}/pages?now={','.join(['9'] * LONG)}", f"{url}/pages")
    drain(plant)
    page = rita.get(kept.location).text
    assert "Nothing came of it" in page
    assert "page 9 is not among them" in page
    assert "Send a corrected file" in page
