"""Recipients: what COPY wrote is the plan, for every kind of name; found by key; one partition a month."""

from __future__ import annotations

import unicodedata
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from postal.sorting.presort_plan import PieceColumns
from production.jobs.models import JobFile
from production.mailings.accepted import read_accepted
from production.mailings.streams import plan_of
from production.mailroom.pieces import recipients
from production.mailroom.pieces.models import Recipient
from tests.factories import PLANT, make_job, make_stream
from tests.production import mailings

NAMES = [
    "José Muñoz-O'Neil", "  ", "", "Ærøskøbing Straße", "李小龍", "O’Brien & Söhne, LLC #4", "x" * 300, "naïve\tTab",
]  # fmt: skip


def test_rows_equal_the_plan_for_two_jobs_of_a_stream(plant):
    mailings.open_sample(plant)
    jobs = [
        mailings.approved(plant, pieces=700, seed=1),
        mailings.approved(plant, pieces=300, seed=2, agency="OSR"),
    ]
    stream = mailings.plan(plant, mailings.build(plant, *jobs))
    plan = plan_of(plant.files, stream)
    with plant.db.read_only(PLANT) as session:
        lists = [
            read_accepted(plant.files.path(sha256))
            for job in jobs
            for sha256 in session.scalars(
                select(JobFile.sha256).filter_by(job_id=job.id, role="accepted_list")
            )
        ]
        rows = session.scalars(select(Recipient).order_by(Recipient.piece)).all()
    people = [row for table in lists for row in table.select(["source_row", "recipient", "zip5"]).to_pylist()]
    assert [row.piece for row in rows] == list(range(1, 1001))
    for row in rows:
        wanted = people[plan.source[row.piece - 1]]
        assert (row.source_row, row.zip5) == (wanted["source_row"], wanted["zip5"])
        letters = unicodedata.normalize("NFD", wanted["recipient"])
        assert row.name_key == "".join(c for c in letters if c.isalnum()).upper()[:120]
        assert row.job_id == jobs[plan.job[row.piece - 1]].id
        assert (row.lot_id, row.mail_date) == (stream.id, mailings.MAIL_DATE)


@pytest.fixture
def written(plant):
    """One stream of all awkward names, in reverse order."""
    count = len(NAMES)
    table = pa.table(
        {
            "source_row": pa.array(range(2, count + 2), pa.int32()),
            "recipient": NAMES,
            "company": [f"Firm {n}" for n in range(count)],
        }
    )

    class Plan:
        source = np.arange(count)[::-1]
        job = np.zeros(count, np.int32)
        zip5 = PieceColumns.of([501] * count, [-1] * count).zip5

    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        stream = make_stream(uow, jobs=[job], pieces=count)
        recipients.record(uow, stream, Plan, [table], [job.id])
    with plant.db.read_only(PLANT) as session:
        return {row.source_row: row for row in session.scalars(select(Recipient))}


def test_awkward_names(written):
    keys = [written[n + 2].name_key for n in range(len(NAMES))]
    assert keys == [
        "JOSEMUNOZONEIL", "", "FIRM2", "ÆRØSKØBINGSTRAẞE", "李小龍", "OBRIENSOHNELLC4", "X" * 120, "NAIVETAB",
    ]  # fmt: skip
    assert written[2].piece == len(NAMES)
    assert {row.zip5 for row in written.values()} == {"00501"}


letters_of_today = st.characters(max_codepoint=0x2FFF, exclude_categories=["Cn", "Cs"])


@given(st.lists(st.text(letters_of_today, max_size=140), min_size=1, max_size=8))
def test_a_key_holds_letters_and_digits_only(names):
    keys = recipients.name_key(pa.array(names, pa.string())).to_pylist()
    for name, key in zip(names, keys, strict=True):
        assert len(key) <= 120
        assert all(unicodedata.category(c)[0] in "LN" for c in key)
        spaced = recipients.name_key(pa.array([f" {name}-"], pa.string()))[0].as_py()
        assert spaced == key  # punctuation and blanks never matter
    assert recipients.name_key(pa.array(keys, pa.string())).to_pylist() == keys


def test_a_person_is_found_by_name_however_it_is_typed(plant):
    mailings.open_sample(plant)
    job = mailings.approved(plant, pieces=200, seed=3)
    stream = mailings.plan(plant, mailings.build(plant, job))
    plan = plan_of(plant.files, stream)
    with plant.db.read_only(PLANT) as session:
        sha256 = session.scalars(select(JobFile.sha256).filter_by(role="accepted_list")).one()
        names = read_accepted(plant.files.path(sha256))["recipient"].to_pylist()
        typed = unicodedata.normalize("NFC", names[17]).lower().replace("-", " ")
        typed = typed.replace("é", "e")
        key = recipients.name_key(pa.array([typed]))[0].as_py()
        found = session.scalars(select(Recipient).filter_by(name_key=key)).all()
    assert {plan.source[row.piece - 1] for row in found} == {k for k, n in enumerate(names) if n == names[17]}


@pytest.mark.parametrize(
    ("day", "name", "first", "after"),
    [
        (date(2026, 12, 31), "recipient_2026_12", "2026-12-01", "2027-01-01"),
        (date(2028, 2, 29), "recipient_2028_02", "2028-02-01", "2028-03-01"),
        (date(2027, 1, 1), "recipient_2027_01", "2027-01-01", "2027-02-01"),
        (date(2027, 11, 30), "recipient_2027_11", "2027-11-01", "2027-12-01"),
    ],
)
def test_each_month_has_its_partition(plant, day, name, first, after):
    with plant.db.unit_of_work(PLANT) as uow:
        for _ in range(2):
            recipients.ensure_partition(uow, day)
    with plant.db.read_only(PLANT) as session:
        bounds = session.scalar(
            text("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = :name"), {"name": name}
        )
    assert bounds == f"FOR VALUES FROM ('{first}') TO ('{after}')"
