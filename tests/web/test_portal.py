"""The agency's way: order, upload, columns, letter, review, proof, approval; and everything that can be refused."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from sqlalchemy import func, select

from production.frontdesk.orders.models import OrderDraft
from production.jobs.models import Job, JobFile
from production.jobs.states import JobState
from production.mailroom.streams.building import build
from production.prepress.merge.fields import default_fields
from store.db import system_actor
from tests.databases import begin
from tests.production.prepress.letters import make_template
from tests.web import ordering
from workers.runtime import drain

PLANT = system_actor("test")


def jobs(plant) -> list[Job]:
    with plant.db.read_only(PLANT) as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


@pytest.fixture
def after_files(sign_in, plant) -> str:
    """Where Rita goes on with a draft that has its letter and its list. Who is signed in before it is not any more."""

    def make():
        rita = sign_in("requester")
        return ordering.upload(rita, ordering.order(rita)).location

    return begin(plant, "a draft with its files", make)


def test_from_order_to_approval(sign_in, plant) -> None:
    rita, andy = sign_in("requester"), sign_in("approver")
    number = ordering.submit_mailing(rita)
    assert "Submitted" in rita.get(f"/jobs/{number}").text
    drain(plant)
    page = rita.get(f"/jobs/{number}").text
    for words in ("Proof ready", "Postage:", "Open all as PDF", "DEX-100"):
        assert words in page, words
    assert "not for live mail" not in page.lower()  # said where somebody can act on it
    assert rita.get(f"/jobs/{number}/proof/1.png").data.startswith(b"\x89PNG")
    assert rita.get(f"/jobs/{number}/files/proof").data.startswith(b"%PDF")
    assert number in andy.get("/approvals").text
    answer = andy.submit(f"/jobs/{number}/proof", f"/jobs/{number}/approve")
    assert answer.status_code == 303
    assert jobs(plant)[0].state is JobState.APPROVED
    assert number not in andy.get("/approvals").text


def test_bad_rows_are_listed_and_the_good_ones_mailed_when_asked(sign_in, plant) -> None:
    rita = sign_in("requester")
    number = ordering.submit_mailing(rita, rows=ordering.address_list(good=4, bad=2))
    drain(plant)
    page = rita.get(f"/jobs/{number}").text
    assert "4 of 6 rows can be mailed" in page
    assert "A part of the address is missing." in page
    answer = rita.get(f"/jobs/{number}/files/rows_to_fix")
    assert answer.headers["Content-Disposition"] == "attachment; filename=rows-to-fix.csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rita.submit(f"/jobs/{number}", f"/jobs/{number}/accept-findings").status_code == 303
    drain(plant)
    job = jobs(plant)[0]
    assert (job.state, job.pieces) == (JobState.PROOF_READY, 4)


def test_corrected_files_replace_only_what_is_sent_again(sign_in, plant) -> None:
    rita = sign_in("requester")
    number = ordering.submit_mailing(rita, rows=ordering.address_list(good=2, bad=1))
    drain(plant)
    answer = rita.submit(f"/jobs/{number}", f"/jobs/{number}/change")
    files_url = answer.location
    page = rita.get(files_url).text
    assert "letter.pdf" in page
    answer = rita.submit(
        files_url, content_type="multipart/form-data",
        list=(io.BytesIO(ordering.address_list(good=3)), "fixed.csv"),
    )  # fmt: skip
    review = answer.location
    assert review.endswith("/review")  # same columns, same boxes: not asked again
    assert rita.submit(review, review).location == f"/jobs/{number}"
    drain(plant)
    job = jobs(plant)[0]
    assert (job.revision, job.state, job.pieces) == (2, JobState.PROOF_READY, 3)
    with plant.db.read_only(PLANT) as session:
        names = set(session.scalars(select(JobFile.given_name).filter_by(job_id=job.id, revision=2)))
    assert {"letter.pdf", "fixed.csv"} <= names


def test_one_letter_for_a_household_is_chosen_in_plain_words(sign_in, plant) -> None:
    """The order says: not confidential, one letter for all; the page tells what became of the rows."""
    rita = sign_in("requester")
    rows = ordering.address_list(good=3).decode()
    more = [
        'A-8,Sam Example1,,1 Main Street,,BATON ROUGE,LA,70802-1201,01,"$1.00",2026-12-31',
        'A-9,pat EXAMPLE2.,,2 main st.,,BATON ROUGE,LA,70802-1202,02,"$1.00",2026-12-31',
    ]
    sent = ordering.upload(rita, ordering.order(rita), rows=(rows + "\r\n".join(more) + "\r\n").encode())
    columns_url = ordering.step(sent.location, "columns")
    page = rita.get(columns_url).text
    assert "Is the letter confidential?" in page
    assert 'value="yes" selected' in page
    chosen = {"confidential": "no", "duplicates": "merge", "households": "one_piece"}
    answer = ordering.confirm_columns(rita, sent.location, **chosen)
    assert 'value="one_piece" selected' in rita.get(columns_url).text
    review = rita.submit(answer.location, go="usual").location  # boxes for address, barcode and mark only
    review = rita.submit(review, go="keep", boxes=json.dumps(default_fields().to_json())).location
    assert "One letter for all of them" in rita.get(review).text
    number = rita.submit(review, review).location.rsplit("/", 1)[1]
    drain(plant)
    job = jobs(plant)[0]
    assert (job.state, job.rows_in, job.pieces) == (JobState.PROOF_READY, 5, 3)
    assert (job.repeats_joined, job.households_joined, job.rows_to_fix) == (1, 1, 0)
    page = rita.get(f"/jobs/{number}").text
    for words in (
        "Repeats joined",
        "Household rows joined",
        "in the letter of another person of its household",
        "joined-rows.csv",
    ):
        assert words in page, words
    kept = rita.get(f"/jobs/{number}/files/joined_rows").data.decode("utf-8-sig")
    assert [line.split(",")[:2] for line in kept.splitlines()[1:]] == [["5", "2"], ["6", "3"]]


def test_a_confidential_order_is_never_joined(sign_in, plant) -> None:
    rita = sign_in("requester")
    rows = ordering.address_list(good=2).replace(b",2 MAIN ST", b",1 MAIN ST")
    sent = ordering.upload(rita, ordering.order(rita), rows=rows)
    answer = ordering.confirm_columns(rita, sent.location, households="one_piece")
    review = ordering.keep_boxes(rita, answer.location).location
    number = rita.submit(review, review).location.rsplit("/", 1)[1]
    drain(plant)
    job = jobs(plant)[0]
    assert (job.pieces, job.households_joined) == (2, 0)
    assert "The mailing is confidential." in rita.get(f"/jobs/{number}").text


def test_a_double_click_makes_one_job(sign_in, plant, after_files) -> None:
    rita = sign_in("requester")
    answer = ordering.confirm_columns(rita, after_files)
    review = ordering.keep_boxes(rita, answer.location).location
    target, hidden = rita.hidden(review, review)
    answers = [rita.post(target, data=hidden) for _ in range(3)]
    assert len({answer.location for answer in answers}) == 1
    assert answers[0].status_code == 303
    assert len(jobs(plant)) == 1


def test_the_order_names_everything_that_is_wrong_and_keeps_what_was_typed(sign_in) -> None:
    rita = sign_in("requester")
    typed = {
        "title": "", "mail_date": "2020-01-01", "mail_class": "first-class", "envelope": "window10",
        "duplex": "no",
        "splits-DEX-100": "most", "splits-DEX-200": "40",
    }  # fmt: skip
    answer = rita.submit("/drafts/new", **typed)
    assert answer.status_code == 422
    for words in (
        "Please fix 3 things",
        "title is missing",
        "earliest mailing day for this work is",
        'href="#splits-DEX-100">Charged to: Write the share as a whole number.',
        'id="splits-DEX-100-error"',
        'value="most"',
    ):
        assert words in answer.text, words
    assert '<option value="no" selected>' in answer.text


def test_a_refused_list_does_not_lose_the_letter(sign_in, plant) -> None:
    rita = sign_in("requester")
    files_url = ordering.order(rita)
    answer = ordering.upload(rita, files_url, rows=b"%PDF-1.7 not a list")
    assert answer.status_code == 422
    assert "This is not a list" in answer.text
    with plant.db.read_only(PLANT) as session:
        draft = session.scalars(select(OrderDraft)).one()
    kept = draft.answers["files"]["value"]
    assert set(kept["files"]) == {"template"}
    assert kept["pages"]
    assert "letter.pdf" in answer.text


def test_boxes_go_on_every_page_of_a_long_letter(sign_in, plant, tmp_path) -> None:
    rita = sign_in("requester")
    letter = make_template(tmp_path / "letter.pdf", 24).read_bytes()
    files_url = ordering.order(rita, envelope="booklet6x9")
    assert "One page or more of 8.5 x 11 in" in rita.get(files_url).text
    answer = ordering.confirm_columns(rita, ordering.upload(rita, files_url, letter=letter).location)
    page = rita.get(answer.location).text
    assert page.count('class="placer-page"') == 24
    assert "the window of the 6 x 9 window envelope has not been measured" in page
    image = rita.get(answer.location.replace("letter", "letter/pages/24.png"))
    assert (image.status_code, image.data[:4]) == (200, b"\x89PNG")
    box = {
        "name": "last",
        "kind": "text",
        "page": 24,
        "x": 72,
        "y": 99,
        "width": 99,
        "height": 14,
        "text": "{Name}",
    }
    fields = json.loads(ordering.FIELDS.read_text("utf-8"))
    fields["fields"].append(box)
    assert rita.submit(answer.location, go="keep", boxes=json.dumps(fields)).status_code == 303
    refused = ordering.upload(rita, files_url, letter=make_template(tmp_path / "long.pdf", 141).read_bytes())
    assert "no envelope takes more than 140" in refused.text


def test_a_letter_that_is_none_is_refused_beside_its_field(sign_in) -> None:
    rita = sign_in("requester")
    answer = ordering.upload(rita, ordering.order(rita), letter=b"MZ\x90 not a letter")
    assert answer.status_code == 422
    assert 'id="template-error"' in answer.text
    assert "not a PDF" in answer.text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.pdf", "passwd.pdf"),
        ("D:\\mail\\letter.pdf", "letter.pdf"),
        ('a"b\r\nSet-Cookie: x=1.pdf', "abSet-Cookie x=1.pdf"),
        ("<script>alert(1)</script>.pdf", "script>.pdf"),
    ],
)
def test_a_hostile_file_name_is_only_a_name(sign_in, given, kept, plant) -> None:
    rita = sign_in("requester")
    files_url = ordering.order(rita)
    answer = ordering.upload(rita, files_url, names=(given, "list.csv"))
    assert answer.status_code == 303
    assert "<script>alert" not in rita.get(files_url).text
    answer = ordering.confirm_columns(rita, answer.location)
    review = ordering.keep_boxes(rita, answer.location).location
    number = rita.submit(review, review).location.rsplit("/", 1)[1]
    answer = rita.get(f"/jobs/{number}/files/template")
    assert "Set-Cookie" not in answer.headers or "x=1" not in answer.headers["Set-Cookie"]
    header = answer.headers["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert "/" not in header and "\\" not in header.replace('\\"', "")


SURE = """Name,Street,City,State,Zip
Pat Example,1 Main St,Baton Rouge,LA,70802
Sam Example,2 Main St,Baton Rouge,LA,70802
"""
ACCOUNTS = "Account,Due\nA-1,$5.00\nA-2,$6.00\n"


def _beside(left: str, right: str) -> str:
    return (
        "\n".join(",".join(both) for both in zip(left.splitlines(), right.splitlines(), strict=True)) + "\n"
    )


def test_a_list_of_sure_addresses_is_not_asked_about(sign_in, plant) -> None:
    """Columns and boxes are kept unasked, and the review says them with a way to change them."""
    rita = sign_in("requester")
    review = ordering.upload(rita, ordering.order(rita), rows=SURE.encode()).location
    assert review.endswith("/review")
    page = rita.get(review).text
    assert "where a #10 window shows them" in page
    for step in ("files", "columns", "letter"):
        assert f'href="{ordering.step(review, step)}">Change' in page
    rita.submit(review, review)
    drain(plant)
    job = jobs(plant)[0]
    assert (job.state, job.pieces) == (JobState.PROOF_READY, 2)


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        (_beside(SURE, ACCOUNTS), "letter"),  # somebody may want them printed
        (SURE.replace("Name,Street", "Who,Where"), "columns"),
        (SURE.replace("City", "Town name"), "columns"),  # like a city: a guess
        ("a total of two\n" + SURE, "columns"),  # the list itself is in question
    ],
)
def test_what_is_not_sure_is_asked(sign_in, rows, asked) -> None:
    rita = sign_in("requester")
    location = ordering.upload(rita, ordering.order(rita), rows=rows.encode()).location
    assert location.endswith(f"/{asked}")
    if asked == "letter":
        assert "columns Name, Street, City, State, Zip. <a" in rita.get(location).text


def test_a_list_with_a_certificate_is_asked_what_that_says(sign_in) -> None:
    rita = sign_in("requester")
    files = {
        "template": (io.BytesIO(ordering.LETTER.read_bytes()), "letter.pdf"),
        "list": (io.BytesIO(SURE.encode()), "list.csv"),
        "certificate": (io.BytesIO(ordering.LETTER.read_bytes()), "ps3553.pdf"),
    }
    answer = rita.submit(ordering.order(rita), content_type="multipart/form-data", **files)
    assert answer.location.endswith("/columns")


def test_columns_that_say_too_little_are_refused(sign_in, after_files) -> None:
    rita, columns_url = sign_in("requester"), ordering.step(after_files, "columns")
    answer = rita.submit(columns_url, go="confirm", **{"part-recipient": '"Name"'})
    assert answer.status_code == 422
    assert "street" in answer.text
    answer = rita.submit(columns_url, go="confirm", **{"part-recipient": "{not json"})
    assert answer.status_code == 422


def test_the_list_is_read_again_in_another_way(sign_in, plant) -> None:
    rita = sign_in("requester")
    rows = ordering.address_list().replace(b"Pat", "Ren\xe9e".encode("cp1252"))
    columns_url = ordering.upload(rita, ordering.order(rita), rows=rows).location
    assert "Renée" in rita.get(columns_url).text
    answer = rita.submit(columns_url, go="reread", encoding="mac-roman")
    assert answer.location == columns_url
    assert "RenÈe" in rita.get(columns_url).text


def test_boxes_outside_the_page_are_refused(sign_in, after_files) -> None:
    rita = sign_in("requester")
    answer = ordering.confirm_columns(rita, after_files)
    boxes = '{"fields": [{"kind": "text", "page": 1, "x": 600, "y": 10, "width": 100, "height": 20, "text": "{Name}"}]}'
    refused = rita.submit(answer.location, go="keep", boxes=boxes)
    assert refused.status_code == 422
    assert "error-summary" in refused.text
    assert "&#34;x&#34;: 600" in refused.text


def test_review_leads_to_the_first_step_that_is_missing(sign_in) -> None:
    rita = sign_in("requester")
    files_url = ordering.order(rita)
    assert rita.get(files_url.replace("/files", "/review")).location == files_url
    assert rita.get(files_url.replace("/files", "/letter")).location == files_url


def test_a_draft_is_found_again_and_thrown_away(sign_in, plant) -> None:
    rita = sign_in("requester")
    files_url = ordering.order(rita, title="Begun and left")
    assert "Begun and left" in rita.get("/jobs").text
    answer = ordering.confirm_columns(rita, ordering.upload(rita, files_url).location)
    review = ordering.keep_boxes(rita, answer.location).location
    assert rita.submit(review, review.replace("review", "throw-away")).location == "/jobs"
    assert "Begun and left" not in rita.get("/jobs").text
    assert (rita.get(files_url).status_code, rita.get(files_url).location) == (303, "/jobs")


def test_canceling_needs_a_reason(sign_in, plant, mailing) -> None:
    rita = sign_in("requester")
    refused = rita.submit(f"/jobs/{mailing}", f"/jobs/{mailing}/cancel", cancel_reason="  ")
    assert refused.status_code == 422
    assert "Say why" in refused.text
    answer = rita.submit(f"/jobs/{mailing}", f"/jobs/{mailing}/cancel", cancel_reason="Law changed")
    assert answer.status_code == 303
    assert jobs(plant)[0].state is JobState.CANCELLED


def test_nobody_approves_their_own(sign_in, plant) -> None:
    oscar = sign_in("other_agency")  # holds both roles
    number = ordering.submit_mailing(oscar, splits={"OSR-010": "100"})
    drain(plant)
    page = oscar.get(f"/jobs/{number}").text
    assert "somebody else has to approve it" in page
    assert f"/jobs/{number}/approve" not in page
    _, hidden = oscar.hidden(f"/jobs/{number}", f"/jobs/{number}/cancel")
    quote = {"revision": "1", "total_cents": "1"}
    answer = oscar.post(f"/jobs/{number}/approve", data=hidden | quote)
    assert answer.status_code == 403
    assert jobs(plant)[0].state is JobState.PROOF_READY


def test_an_old_page_approves_nothing_and_a_reason_reaches_the_requester(sign_in, plant, mailing) -> None:
    rita, andy = sign_in("requester"), sign_in("approver")
    target, hidden = andy.hidden(f"/jobs/{mailing}/proof", f"/jobs/{mailing}/approve")
    for old in ({"total_cents": "1"}, {"version": "1"}):
        answer = andy.post(target, data=hidden | old)
        assert answer.status_code == 409
        assert "changed since" in answer.text
    assert rita.post(target, data=hidden).status_code in (400, 403)
    assert jobs(plant)[0].state is JobState.PROOF_READY
    answer = andy.submit(
        f"/jobs/{mailing}/proof", f"/jobs/{mailing}/reject", reject_reason="Wrong letterhead"
    )
    assert answer.status_code == 303
    page = rita.get(f"/jobs/{mailing}").text
    assert "Sent back by Andy Approver" in page
    assert "Wrong letterhead" in page


def test_progress_answers_only_when_something_happened(sign_in, plant) -> None:
    rita = sign_in("requester")
    number = ordering.submit_mailing(rita)
    page = rita.get(f"/jobs/{number}").text
    since = int(page.split('data-since="')[1].split('"')[0])
    assert f'data-poll="/jobs/{number}/progress"' in page
    assert rita.get(f"/jobs/{number}/progress?since={since}").status_code == 204
    drain(plant)
    answer = rita.get(f"/jobs/{number}/progress?since={since}")
    assert "Proof ready" in answer.text
    assert "data-poll" not in answer.text
    assert rita.get(f"/jobs/{number}/progress?since=x").status_code == 200


def test_pages_of_the_list_hold_every_job_once(sign_in, plant) -> None:
    from production.people.models import Agency, User
    from tests.factories import make_job

    rita = sign_in("requester")
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        requester = uow.session.scalars(select(User).filter_by(sign_in_name="rita")).one()
        for k in range(60):
            make_job(uow, agency=agency, requester=requester, title=f"Job {k:02d}")
    seen, url = [], "/jobs"
    while url:
        page = rita.get(url).text
        seen += re.findall(r">(Job \d\d)<span", page)
        url = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in page else ""
        url = url.replace("&amp;", "&")
    assert seen == [f"Job {k:02d}" for k in reversed(range(60))]
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 60


def test_a_letter_is_found_by_name_by_its_own_agency_only(sign_in, plant, mailing) -> None:
    rita, andy, oscar = sign_in("requester"), sign_in("approver"), sign_in("other_agency")
    andy.submit(f"/jobs/{mailing}/proof", f"/jobs/{mailing}/approve")
    with plant.db.unit_of_work(PLANT) as uow:
        build(uow, plant.files, list(uow.session.scalars(select(Job))))
    drain(plant)
    assert "In production" in rita.get(f"/jobs/{mailing}").text
    found = rita.submit("/letters", name="pat  EXAMPLE3")
    assert "1 letter" in found.text
    assert mailing in found.text
    assert "5 letters" in rita.submit("/letters", name="Pat Ex").text
    assert "No letter of yours" in oscar.submit("/letters", name="Pat Ex").text
    assert rita.submit("/letters", name="P.").status_code == 422
    refused = rita.post(f"/jobs/{mailing}/cancel", data=rita.hidden("/letters")[1])
    assert refused.status_code in (409, 422)


def test_two_windows_of_one_draft_lose_nothing_and_hide_nothing(sign_in) -> None:
    rita = sign_in("requester")
    files_url = ordering.order(rita, title="First")
    url = files_url.replace("/files", "/order")
    here, hidden = rita.hidden(url, url)
    other = rita.hidden(url, url)[1]
    typed = {
        "mail_date": "2099-01-05", "mail_class": "first-class", "envelope": "window10", "duplex": "yes",
        "splits-DEX-100": "1",
    }  # fmt: skip
    assert rita.post(here, data={**hidden, **typed, "title": "From the one"}).status_code == 303
    told = rita.post(here, data={**other, **typed, "title": "From the other"})
    assert told.status_code == 422
    assert "changed in another window" in told.text
    assert "From the other" in told.text
    assert "From the one" in rita.get(url).text
    again = rita.submit(url, url, **typed, title="From the other, on purpose")
    assert again.status_code == 303
    assert "on purpose" in rita.get(url).text
    back = rita.post(
        here, data={**hidden, **typed, "title": "Sent a second time, changed"}
    )  # the back button
    assert back.status_code == 422
    assert "Sent a second time, changed" in back.text


def test_two_who_change_one_job_are_told_and_a_used_draft_leads_to_its_job(sign_in, plant, mailing) -> None:
    rita = sign_in("requester")
    drafts_ = [
        rita.submit(f"/jobs/{mailing}", f"/jobs/{mailing}/change").location.replace("/files", "")
        for _ in range(2)
    ]
    first, second = drafts_
    assert rita.submit(f"{first}/review", f"{first}/review").status_code == 303
    told = rita.submit(f"{second}/review", f"{second}/review")
    assert told.status_code == 409
    assert "STALE_VERSION" in told.text
    assert "Rita Requester submitted job" in told.text
    assert "Your changes are kept" in told.text
    assert rita.get(f"{second}/order").status_code == 200
    used = rita.get(f"{first}/order")
    assert (used.status_code, used.location) == (303, f"/jobs/{mailing}")
    drain(plant)
    _, hidden = rita.hidden(f"{second}/review", f"{second}/review")
    done = rita.post(f"{second}/review", data={**hidden, "over": "2"})
    assert (done.status_code, done.location) == (303, f"/jobs/{mailing}")


def test_what_is_typed_is_kept_before_it_is_sent_and_counts_only_then(sign_in, plant) -> None:
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    _, hidden = rita.hidden("/drafts/new")
    token = {"csrf_token": hidden["csrf_token"]}
    begun = rita.post(
        "/drafts/new/letter/typed", data=token | {"title": "Half a ti", "mail_date": "soon", "x": "y"}
    )
    url, save = begun.json["action"], begun.json["save"]
    assert begun.status_code == 200
    page = rita.get(url).text
    assert 'value="Half a ti"' in page
    assert 'value="soon"' in page
    assert "What you had typed is back" in page
    assert "usa-error-message" not in page
    assert "Half a ti" in rita.get("/jobs").text
    assert (
        rita.post(save, data=token | {"title": "Half a title", "seen": begun.json["seen"]}).status_code == 200
    )
    with plant.db.read_only(PLANT) as session:
        (draft,) = session.scalars(select(OrderDraft))
        assert (draft.answers, draft.typed) == ({}, {"order": {"title": ["Half a title"]}})
    assert oscar.post(save, data=oscar.hidden("/drafts/new")[1]).status_code == 404
    assert oscar.get(url).status_code == 404
    whole = {"mail_date": "2099-01-05", "mail_class": "first-class", "envelope": "window10", "duplex": "yes",
             "splits-DEX-100": "1"}  # fmt: skip
    _, fresh = rita.hidden(url)
    assert rita.submit(url, title="A title", **whole).status_code == 303
    assert "What you had typed" not in rita.get(url).text
    stale = rita.post(save, data=token | {"title": "From the other window", "seen": fresh["seen"]})
    assert stale.status_code == 409
    told = rita.post(url, data=fresh | whole | {"title": "From the other window"})
    assert told.status_code == 422
    assert "Stands now" in told.text
    assert "A title" in told.text
    assert rita.post(save, data=token | {"title": "Another title"}).status_code == 200
    review = url.replace("/order", "/review")
    assert rita.get(review).location == url  # typed and not sent: not yet what is ordered
