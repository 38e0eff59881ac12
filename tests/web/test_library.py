"""The file library: an agency's own files, found by word, filed, taken away with a trace, and used again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kernel import clock
from production.catalog.forms.models import FormRevision, FormState, JobForm, StockPolicy
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps.print_answers import artwork_of
from production.jobs.models import Job, JobFile
from production.library.models import LibraryEntry
from production.library.queries import PAGE, ROLES, file_line, shelf
from production.people.models import User
from production.records import purge as removal
from store.audit import AuditEntry
from store.files import StoredFile
from tests.factories import PLANT, end_job, make_job
from tests.web import ordering, print_ordering
from workers.runtime import drain


@pytest.fixture
def ordered(form, mailing):
    """Numbers of a printed form and of a mailing of DEX, both checked."""
    return {"form": form, "letters": mailing}


def person(plant, name):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(User).filter_by(sign_in_name=name)).one().as_actor()


def file_of(plant, number, role) -> str:
    with plant.db.read_only(PLANT) as session:
        query = select(JobFile.sha256).join(Job, Job.id == JobFile.job_id)
        return session.scalars(query.where(Job.number == number, JobFile.role == role)).one()


def acts(plant):
    with plant.db.read_only(PLANT) as session:
        query = select(AuditEntry).filter_by(subject="library").order_by(AuditEntry.number)
        return [(row.actor, row.act, row.details["of"]) for row in session.scalars(query)]


def test_the_library_holds_each_file_once_by_kind_and_by_word(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    page = rita.get("/library").text
    assert page.count("<tr") == 1 + 4  # a head; letter and its proof, the form as sent and as it prints
    assert {"letter.pdf", "form.pdf"} <= {
        name for name in ("letter.pdf", "form.pdf", "list.csv") if name in page
    }
    assert "list.csv" not in page  # lists name people and are no masters
    masters = rita.get("/library?kind=masters").text
    assert "letter.pdf" in masters
    assert "print.pdf" not in masters
    for words, is_found in (
        ("form.pdf", True),
        ("LEAVE request", True),
        (ordered["form"], True),
        ("nothing", False),
    ):
        assert (
            "Leave request form" in rita.get("/library", query_string={"find": words}).text.split("<main")[1]
        ) is is_found
    assert "No file fits" in rita.get("/library?find=nothing").text
    assert "letter.pdf" not in rita.get("/library?product=flat_form").text
    assert "No file yet" in sign_in("other_agency").get("/library").text
    assert sign_in("print_operator").get("/library").status_code == 403


def test_a_file_is_filed_found_by_the_box_and_kept_by_its_agency_alone(sign_in, plant, ordered) -> None:
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    sha256 = file_of(plant, ordered["form"], "artwork")
    url, until = f"/library/files/{sha256}", clock.today() + timedelta(days=400)
    for typed, words in (
        ({"title": "", "keep_until": ""}, "Fill this in"),
        ({"title": "x", "keep_until": "2020-01-01"}, "Keep it until a day after today"),
        ({"title": "x", "keep_until": "9999-01-01"}, "within 10 years"),
        ({"title": "x", "keep_until": "soon"}, "is not a day"),
    ):
        answer = rita.submit(url, **{"form_number": "", "note": ""} | typed)
        assert (answer.status_code, words in answer.text) == (422, True), words
    typed = {
        "title": "Leave form",
        "form_number": "WP-114 rev. 3",
        "note": "Pads of 50",
        "keep_until": until.isoformat(),
    }
    assert rita.submit(url, **typed).status_code == 303
    page = rita.get(url).text
    assert "WP-114 rev. 3" in page
    assert "Pads of 50" in page
    assert "Leave form" in rita.get("/library?find=wp-114").text
    assert url in rita.submit("/home", "/search", q="wp-114").text
    assert url not in oscar.submit("/home", "/search", q="wp-114").text
    assert oscar.get(url).status_code == 404
    assert oscar.get(f"{url}/content").status_code == 404
    assert oscar.post(url, data=oscar.hidden("/drafts/new")[1] | typed).status_code == 404
    assert sign_in("approver").get(url).status_code == 200


def test_the_number_of_the_form_that_a_job_made_stands_with_its_files(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    with plant.db.unit_of_work(PLANT) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=ordered["form"])).one()
        form = FormRevision(
            agency_id=job.agency_id, number="DEX-104", revision="3", title="Leave", edition=clock.today(), owner="O",
            product="flat_form", state=FormState.IN_USE, supersedes="", stock_policy=StockPolicy.USE_UP, authority="",
            file_sha256="",
        )  # fmt: skip
        uow.session.add(form)
        uow.session.flush()
        uow.session.add(JobForm(job_id=job.id, form_revision_id=form.id))
    page = rita.get("/library?find=dex-104").text
    assert page.count("DEX-104, revision 3") == 2  # the form as sent and as it prints
    assert "letter.pdf" not in page


def test_a_proof_of_letters_is_not_kept_longer_than_the_rules_say(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    url = f"/library/files/{file_of(plant, ordered['letters'], 'proof')}"
    answer = rita.submit(url, title="Proof", form_number="", note="", keep_until="2030-01-01")
    assert (answer.status_code, "names people" in answer.text) == (422, True)


def test_who_takes_a_file_is_in_the_audit_chain(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    sha256 = file_of(plant, ordered["form"], "print_file")
    answer = rita.get(f"/library/files/{sha256}/content")
    assert answer.data.startswith(b"%PDF")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert acts(plant) == [("rita", "fetched", ordered["form"])]


def test_two_clicks_begin_an_order_with_that_very_file(sign_in, plant, ordered, tmp_path) -> None:
    rita = sign_in("requester")
    first = file_of(plant, ordered["form"], "artwork")
    rita.submit(f"/library/files/{first}", title="First", form_number="", note="", keep_until="")
    again = rita.submit(f"/jobs/{ordered['form']}", f"/jobs/{ordered['form']}/change").location
    answer = print_ordering.upload(rita, ordering.step(again, "artwork"), tmp_path, pages=1)
    assert rita.submit(answer.location, answer.location).status_code == 303
    drain(plant)
    assert file_of_now(plant, ordered["form"], "artwork") != first
    page = rita.get("/library?find=first").text
    assert f"/library/files/{first}" in page  # filed, so that a newer version does not hide it
    answer = rita.submit(f"/library/files/{first}", f"/library/files/{first}/again")
    assert answer.location.endswith("/print_order")
    with plant.db.read_only(PLANT) as session:
        draft = session.scalars(select(OrderDraft).filter_by(ended_at=None)).one()
        kept = artwork_of(draft)
    assert kept is not None
    assert (kept.file.sha256, len(kept.pages), draft.title) == (first, 2, "Leave request form")


def file_of_now(plant, number, role) -> str:
    with plant.db.read_only(PLANT) as session:
        query = select(JobFile.sha256).join(Job, Job.id == JobFile.job_id)
        return session.scalars(
            query.where(Job.number == number, JobFile.role == role, JobFile.revision == Job.revision)
        ).one()


def test_a_letter_begins_an_order_without_its_list(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    url = f"/library/files/{file_of(plant, ordered['letters'], 'template')}"
    page = rita.get(rita.submit(url, f"{url}/again").location.replace("/order", "/files")).text
    assert "letter.pdf" in page
    assert "list.csv" not in page


def test_a_file_that_went_says_so_and_is_not_used_again(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    sha256 = file_of(plant, ordered["form"], "artwork")
    with plant.db.unit_of_work(PLANT) as uow:
        gone = {"purged_at": uow.now, "purge_rule": "artwork"}
        uow.session.execute(update(StoredFile).where(StoredFile.sha256 == sha256).values(gone))
    url = f"/library/files/{sha256}"
    page = rita.get(url).text
    assert "Its time was over" in page
    assert f"{url}/again" not in page
    assert rita.get(f"{url}/content").status_code == 410
    _, hidden = rita.hidden("/drafts/new")
    assert rita.post(f"{url}/again", data=hidden).status_code == 410
    assert "Removed" in rita.get("/library?kind=masters").text


def test_what_its_agency_keeps_goes_the_day_after(app, plant) -> None:
    rita, day = person(plant, "rita"), timedelta(days=1)
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.get_one(User, rita.user_id).agency
        job = make_job(uow, agency=agency)
        end_job(uow, job)
        ref = plant.files.keep(io_file(plant, b"%PDF form"), "application/pdf")
        uow.session.add(
            StoredFile(sha256=ref.sha256, size=ref.size, media_type="application/pdf", stored_at=uow.now)
        )
        uow.session.flush()
        uow.session.add(
            JobFile(
                job_id=job.id, revision=1, role="template", sha256=ref.sha256, given_name="x.pdf", pages=None
            )
        )
        until = clock.today() + 1500 * day
        uow.session.add(
            LibraryEntry(
                agency_id=agency.id, sha256=ref.sha256, title="Kept", form_number="", note="", keep_until=until,
                filed_by="rita", filed_at=uow.now,
            )
        )  # fmt: skip

    def goes(on):
        with plant.db.read_only(PLANT) as session:
            found = removal.due.due_files(
                session, removal.rules_on(clock.today()), clock.start_of(on) + day / 2
            )
            return ref.sha256 in {one.name for one in found}

    assert [goes(on) for on in (clock.today() + 1200 * day, until, until + day)] == [False, False, True]


def io_file(plant, content):
    path = plant.settings.scratch_dir / "given.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_pages_of_the_library_hold_every_file_once(app, plant) -> None:
    rita, seen = person(plant, "rita"), []
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.get_one(User, rita.user_id).agency
        for number in range(PAGE + 3):
            job = make_job(uow, agency=agency, title=f"Job {number}")
            sha256 = f"{number:064x}"
            uow.session.add(
                StoredFile(sha256=sha256, size=1, media_type="application/pdf", stored_at=uow.now)
            )
            uow.session.flush()
            for role in ("template", "proof"):  # the same content in two roles is one file
                uow.session.add(
                    JobFile(job_id=job.id, revision=1, role=role, sha256=sha256, given_name="x", pages=None)
                )
    with plant.db.read_only(rita) as session:
        first = shelf(session, rita)
        second = shelf(session, rita, after=first.older)
        seen = [line.sha256 for page in (first, second) for line in page.lines]
        assert (len(first.lines), second.older, len(set(seen))) == (PAGE, None, PAGE + 3)
        assert file_line(session, rita, seen[0]).jobs == 1
        assert not shelf(session, rita, roles=ROLES, words="Job nothing").lines
