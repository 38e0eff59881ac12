"""promises: places held on the schedule, days told to agencies, and how runs kept to it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
RULES = {
    "reservation": PLANT,
    "reserved_run": PLANT,
    "job_promise": f"{PLANT} OR {OF_OWN_JOB}",
    "run_outcome": PLANT,
}
MOMENT = sa.DateTime(timezone=True)
CAUSES = "'asked', 'first', 'approval', 'hold', 'took_longer', 'machine', 'material', 'planner', 'other_work', 'sooner'"


def _key(table: str, column: str, other: str, **more: str) -> sa.Constraint:
    name = op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
    return sa.ForeignKeyConstraint([column], [other], name=name, **more)


def upgrade() -> None:
    op.add_column("scheduled_run", sa.Column("first_to", MOMENT, nullable=True))
    op.execute("UPDATE scheduled_run SET first_to = run_to")
    op.alter_column("scheduled_run", "first_to", nullable=False)
    op.create_table(
        "reservation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("quote_revision_id", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("release", MOMENT, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(job_id IS NULL) <> (quote_revision_id IS NULL)", name=op.f("ck_reservation_one_owner")
        ),
        _key("reservation", "job_id", "job.id"),
        _key("reservation", "quote_revision_id", "quote_revision.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("job_id", name=op.f("uq_reservation_job_id")),
        sa.UniqueConstraint("quote_revision_id", name=op.f("uq_reservation_quote_revision_id")),
    )
    op.create_table(
        "reserved_run",
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("needs", JSONB(), nullable=False),
        sa.Column("lag_minutes", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("run_from", MOMENT, nullable=False),
        sa.Column("run_to", MOMENT, nullable=False),
        sa.CheckConstraint("run_from <= run_to", name=op.f("ck_reserved_run_run")),
        _key("reserved_run", "reservation_id", "reservation.id", ondelete="CASCADE"),
        _key("reserved_run", "type", "operation_type.code"),
        _key("reserved_run", "work_center", "work_center.code"),
        sa.PrimaryKeyConstraint("reservation_id", "step", name=op.f("pk_reserved_run")),
    )
    op.create_index(op.f("ix_reserved_run_work_center"), "reserved_run", ["work_center"])
    op.create_table(
        "job_promise",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("expected", MOMENT, nullable=False),
        sa.Column("slack_minutes", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("work_center", sa.String(40), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint(f"why IN ({CAUSES})", name=op.f("ck_job_promise_why")),
        _key("job_promise", "job_id", "job.id"),
        _key("job_promise", "operation_id", "operation.id"),
        _key("job_promise", "work_center", "work_center.code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_promise")),
    )
    op.create_index("ix_job_promise_job_id_id", "job_promise", ["job_id", "id"])
    for column in ("operation_id", "work_center"):
        op.create_index(op.f(f"ix_job_promise_{column}"), "job_promise", [column])
    op.execute(
        "CREATE TRIGGER job_promise_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON job_promise "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "run_outcome",
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("planned_to", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
        sa.Column("late_minutes", sa.BigInteger(), nullable=False),
        _key("run_outcome", "operation_id", "operation.id"),
        _key("run_outcome", "work_center", "work_center.code"),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_run_outcome")),
    )
    op.create_index("ix_run_outcome_work_center_finished_at", "run_outcome", ["work_center", "finished_at"])
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({rule})")


def downgrade() -> None:
    for table in reversed(RULES):
        op.drop_table(table)
    op.drop_column("scheduled_run", "first_to")
