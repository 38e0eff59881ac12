"""The dock's counter: nothing leaves with an unexplained piece, nothing is delivered without proof."""

from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from kernel import clock
from kernel.ids import show_ulid
from postal.data.mail_days import next_mail_day
from production.dock.dispatch import dispatch
from production.dock.label_rules import LABEL_RULES, LabelRuleValue
from production.dock.models import Delivery
from production.jobs.models import Job
from production.jobs.numbering import carton_code
from production.jobs.states import JobKind, JobState
from production.jobs.states import LotState as B
from production.mailings.models import PresortStream
from production.people.setup import put
from store.db import Actor
from tests.factories import PLANT, make_job, make_stream

CUSTODY = {
    "way": "post_office",
    "place": "Business mail entry",
    "taken_by": "Ray Route",
    "knowing": "DISPATCH_EARLY",
}


@pytest.fixture
def mona(sign_in):
    """A mail operator."""
    return sign_in("mail_operator")


def stream_of(plant, state=B.PRODUCED, **facts):
    with plant.db.unit_of_work(PLANT) as uow:
        return make_stream(uow, files=plant.files, state=state, **facts)


def delivery_of(plant, stream, **custody):
    with plant.db.unit_of_work(Actor("mona")) as uow:
        row = dispatch(
            uow,
            uow.session.get_one(PresortStream, stream.id).mailing,
            files=plant.files,
            **(CUSTODY | custody),
        )
    return f"/dock/deliveries/{show_ulid(row.ulid)}"


def state_of(plant, stream):
    with plant.db.read_only(PLANT) as session:
        return session.get_one(PresortStream, stream.id).state


def deliveries(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Delivery)).all()


def test_a_stream_leaves_and_arrives_with_a_receipt(plant, mona):
    stream = stream_of(plant, mail_date=next_mail_day(clock.today() + timedelta(days=1)))
    form = f"/dock/leave/{stream.mailing.number}"
    assert form in mona.get("/dock").text
    unread = {name: value for name, value in CUSTODY.items() if name != "knowing"}
    shown = mona.submit(form, form, **unread)
    assert shown.status_code == 409
    assert "Its mailing day is" in shown.text
    assert "Ray Route" in shown.text  # what was typed goes on with the answer
    assert state_of(plant, stream) is B.PRODUCED
    assert (
        f"{stream.mailing.number} has left with Ray Route."
        in mona.submit(form, form, **CUSTODY, follow=True).text
    )
    assert state_of(plant, stream) is B.DISPATCHED
    (row,) = deliveries(plant)
    hand_over = f"/dock/deliveries/{show_ulid(row.ulid)}"
    refused = mona.submit(hand_over, hand_over, receipt=" ", received_by="")
    assert refused.status_code == 422
    assert "Enter the number of the post office" in refused.text
    done = mona.submit(hand_over, hand_over, receipt="PS-77", follow=True)
    assert "is handed over." in done.text
    assert "PS-77" in done.text
    assert state_of(plant, stream) is B.DELIVERED
    assert 'method="post" action="/dock' not in mona.get(hand_over).text


def test_a_form_sent_twice_leaves_once(plant, mona):
    stream = stream_of(plant)
    form = f"/dock/leave/{stream.mailing.number}"
    _, hidden = mona.hidden(form, form)
    assert [mona.post(form, data=hidden | CUSTODY).status_code for _ in range(2)] == [303, 303]
    assert len(deliveries(plant)) == 1


def test_a_messenger_needs_the_receivers_name(plant, mona):
    stream = stream_of(plant)
    hand_over = delivery_of(plant, stream, way="messenger")
    assert mona.submit(hand_over, hand_over, received_by="").status_code == 422
    assert "Flora Front" in mona.submit(hand_over, hand_over, received_by="Flora Front", follow=True).text


def test_open_pieces_keep_a_stream_here_by_name(plant, mona):
    stream = stream_of(plant, state=B.IN_PRODUCTION)
    form = f"/dock/leave/{stream.mailing.number}"
    shown = mona.get(form).text
    assert "It cannot leave" in shown
    assert "1 to 10" in shown
    assert "Taken by" not in shown
    _, hidden = mona.hidden("/account", "/sign-out")
    refused = mona.post(form, data=hidden | CUSTODY | {"idempotency_key": "one"})
    assert refused.status_code == 409
    assert "Never printed: 1-10" in refused.text
    assert deliveries(plant) == []


def test_what_is_missing_is_said_and_what_was_typed_stays(plant, mona):
    stream = stream_of(plant)
    form = f"/dock/leave/{stream.mailing.number}"
    refused = mona.submit(form, form, **(CUSTODY | {"taken_by": " ", "place": "Box 9"}))
    assert refused.status_code == 422
    assert "Say who takes it." in refused.text
    assert 'value="Box 9"' in refused.text


def read_back(data):
    """What a scanner reads of each page, and its words."""
    found = []
    for page in pypdfium2.PdfDocument(data):
        picture = page.render(scale=200 / 72, grayscale=True).to_numpy().squeeze()
        codes = [code.text for code in zxingcpp.read_barcodes(picture)]
        found.append((codes, page.get_textpage().get_text_range()))
    return found


@pytest.mark.killed
def test_a_job_without_a_stream_leaves_by_itself(plant, mona):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title="Forms in a box")
    form, station = f"/dock/leave/{job.number}", f"/dock/pack/{job.number}"
    assert "Forms in a box" in mona.get("/dock").text
    assert station in mona.get(form).text
    unpacked = mona.post(station, data=mona.hidden(station, station)[1] | {"pieces": "11"})
    assert (unpacked.status_code, "10 pieces are left to pack here" in unpacked.text) == (422, True)
    assert "Carton 1 is closed with 4 pieces." in mona.submit(station, station, pieces="4", follow=True).text
    assert "Carton 2 is closed with 6 pieces." in mona.submit(station, station, pieces="", follow=True).text
    assert "Carton 1 is open again." in mona.submit(station, f"{station}/open", follow=True).text
    label = carton_code(job.number, 1)
    assert (
        "Carton 1 is closed with 4 pieces." in mona.submit(station, station, pieces=label, follow=True).text
    )
    with plant.db.unit_of_work(PLANT) as uow:
        code = uow.session.get_one(Job, job.id).agency.code
        put(uow, LABEL_RULES, LabelRuleValue(code=code, words="Attn dock 4", names_shop=False))
    (first, words), (second, _) = read_back(mona.get(f"{station}/labels.pdf").data)
    assert [first, second] == [[label], [carton_code(job.number, 2)]]
    for part in ("Forms in a box", "Attn dock 4", "Carton 1 of 2", "4 pieces", f"Job {job.number}"):
        assert part in words
    assert read_back(mona.get(f"{station}/labels.pdf?carton=2").data)[0][0] == [carton_code(job.number, 2)]
    for paper in ("slip", "note"):
        ((code, words),) = read_back(mona.get(f"{station}/{paper}-0.pdf").data)
        assert code == [job.number.replace("-", "")]
        assert ("2 in all" in words, "Signature" in words) == (True, paper == "note")
    assert mona.get(f"{station}/slip-1.pdf").status_code == 404
    assert mona.get(f"{station}/pallets-0.pdf").status_code == 404
    mona.submit(form, form, **(CUSTODY | {"way": "messenger"}))
    (row,) = deliveries(plant)
    assert (row.job_id, row.mailing_id) == (job.id, None)


def test_an_empty_dock_and_unknown_numbers(mona):
    assert "Nothing is ready to leave" in mona.get("/dock").text
    for path in ("/dock/leave/27-000001-8", "/dock/deliveries/nonsense", f"/dock/deliveries/{'0' * 26}"):
        assert mona.get(path).status_code == 404


@pytest.mark.parametrize(
    "role", ["requester", "other_agency", "print_operator", "billing_clerk", "administrator"]
)
def test_only_mail_operators_come_to_the_dock(plant, sign_in, role):
    stream = stream_of(plant)
    browser = sign_in(role)
    hand_over = delivery_of(plant, stream)
    for path in ("/dock", f"/dock/leave/{stream.number}", hand_over):
        assert browser.get(path).status_code == 403
    _, hidden = browser.hidden("/account", "/sign-out")
    assert browser.post(hand_over, data=hidden | {"receipt": "x", "idempotency_key": "k"}).status_code == 403
    assert state_of(plant, stream) is B.DISPATCHED
