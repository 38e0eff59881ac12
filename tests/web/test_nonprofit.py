"""Authorizations for nonprofit prices on the screen, and the stops of an order, a stream and a run without one."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sqlalchemy import select

from kernel.errors import InvalidInput
from postal.data.mail_days import next_mail_day
from postal.maildat.records import to_arrow
from production.jobs.models import Job
from production.mailings.nonprofit import NonprofitAuthorization
from production.mailroom.maildat import put_together
from production.mailroom.papers import mailing_papers
from tests.factories import PLANT
from tests.production import mailings, sorting
from tests.web.ordering import order

URL = "/mailroom/nonprofit"
TYPED = {
    "agency": "DEX", "number": "123456", "post_office": "BATON ROUGE LA", "zip5": "70802", "valid_from": "2020-01-01",
}  # fmt: skip


def test_entered_ended_and_named_when_wrong(sign_in, plant):
    mona = sign_in("mail_operator")
    assert "Nobody may mail at nonprofit prices" in mona.get(URL).text
    assert mona.submit(URL, **TYPED).status_code == 303
    page = mona.get(URL).text
    assert "123456" in page
    assert "In force" in page
    taken = mona.submit(URL, **TYPED)
    assert taken.status_code == 409
    wrong = mona.submit(
        URL, **TYPED | {"number": "12-3", "zip5": "7080", "valid_to": "2019-01-01", "agency": ""}
    )
    assert wrong.status_code == 422
    for words in ("1 to 10 letters or digits", "five digits", "before the first", "no such agency"):
        assert words in wrong.text
    with plant.db.read_only(PLANT) as session:
        (row,) = session.scalars(select(NonprofitAuthorization))
    assert mona.submit(URL, f"{URL}/{row.id}/end", last_day="2020-12-31").status_code == 303
    assert "Number 123456 ended on 2020-12-31." in mona.get(URL).text
    assert mona.submit(URL, f"{URL}/{row.id}/end", last_day="2019-12-31").status_code == 422
    assert sign_in("requester").get(URL).status_code == 403


def test_an_order_is_stopped_by_name_until_there_is_one(sign_in, plant):
    rita = sign_in("requester")
    typed = {
        "title": "Appeal", "mail_date": mailings.MAIL_DATE.isoformat(), "mail_class": "nonprofit",
        "envelope": "window10", "duplex": "yes", "splits-DEX-100": "100", "content": "general",
    }  # fmt: skip
    stopped = rita.submit("/drafts/new", **typed)
    assert stopped.status_code == 422
    assert "may not mail at nonprofit prices from 70802" in stopped.text
    mailings.authorize(plant, agency="OSR")  # another owner's does not serve
    assert rita.submit("/drafts/new", **typed).status_code == 422
    mailings.authorize(plant)
    assert order(rita, mail_class="nonprofit", content="general")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "nobody said what the letters hold"),
        ("bills", "Bills, invoices or statements of account must go as First-Class Mail"),
        ("personal", "must go as First-Class Mail, so USPS Marketing Mail is not open to it"),
    ],
)
def test_marketing_mail_is_asked_what_it_holds(sign_in, content, words):
    rita = sign_in("requester")
    answer = rita.submit(
        "/drafts/new", title="Notices", mail_date=mailings.MAIL_DATE.isoformat(), mail_class="marketing",
        envelope="window10", duplex="yes", content=content, **{"splits-DEX-100": "100"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert words in answer.text
    assert order(rita, mail_class="first-class", content=content)  # which First-Class Mail takes
    kept = order(rita, mail_class="marketing", content="general")
    form = rita.get(kept.replace("/files", "/order")).text
    assert '<option value="general" selected>' in form


def test_a_stream_and_its_papers(app, plant, tmp_path):
    """The one in force on the mailing date stands on statement and Mail.dat; without one the stream is refused."""
    mailings.authorize(plant, valid_to=mailings.MAIL_DATE)
    job = mailings.approved(plant, pieces=300, mail_class="nonprofit")
    with plant.db.read_only(PLANT) as session:
        assert session.get_one(Job, job.id).content == "general"
    with pytest.raises(InvalidInput, match="ended on") as refused:
        mailings.build(plant, job, mail_date=next_mail_day(mailings.MAIL_DATE))
    assert refused.value.instance_code == "NONPROFIT_AUTHORIZATION"
    stream = mailings.plan(plant, mailings.build(plant, job))
    with plant.db.read_only(PLANT) as session:
        facts, sent = (
            mailing_papers.read_facts(session, stream.mailing),
            put_together.read_facts(session, stream.mailing),
        )
    words = f"123456 at BATON ROUGE LA 70802, from 2020-01-01 until {mailings.MAIL_DATE.isoformat()}"
    assert mailing_papers.header_of(facts).nonprofit_authorization == words
    kept = mailing_papers.make_papers(plant.files, facts, tmp_path)
    data = plant.files.path(next(one.ref.sha256 for one in kept if one.role == "statement-data")).read_text()
    assert ["header", "nonprofit_authorization", words] in list(csv.reader(io.StringIO(data)))
    made = put_together.describe_mailing(plant.files, sent, version="26-1", software="1").described.maildat
    assert to_arrow(made["mpa"])["MPA-1115"].to_pylist() == ["123456"]


def test_mail_brought_in_is_asked_the_same(app, plant):
    def refused(**changes) -> list[str]:
        with pytest.raises(InvalidInput) as refusal:
            sorting.bring_in(plant, **changes)
        return [finding.code for finding in refusal.value.findings]

    assert refused(mail_class="marketing") == ["CONTENT"]
    assert refused(mail_class="marketing", content="bills") == ["CONTENT_FIRST_CLASS"]
    assert refused(mail_class="nonprofit", content="general") == ["NONPROFIT_AUTHORIZATION"]
    mailings.authorize(plant, valid_from=date(2024, 1, 1))
    assert sorting.bring_in(plant, mail_class="nonprofit", content="general").mail_class == "nonprofit"
