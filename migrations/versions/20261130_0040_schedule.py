"""the schedule of the plant that is kept"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("late_weighted", sa.BigInteger(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schedule_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("ulid", name=op.f("uq_schedule_ulid")),
    )
    op.create_table(
        "scheduled_run",
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("setup_from", MOMENT, nullable=True),
        sa.Column("setup_to", MOMENT, nullable=True),
        sa.Column("run_from", MOMENT, nullable=False),
        sa.Column("run_to", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("is_guess", sa.Boolean(), nullable=False),
        sa.CheckConstraint("run_from <= run_to", name=op.f("ck_scheduled_run_run")),
        sa.CheckConstraint(
            "setup_from <= setup_to AND setup_to <= run_from", name=op.f("ck_scheduled_run_setup")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_scheduled_run_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_scheduled_run_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_scheduled_run")),
    )
    op.create_index(op.f("ix_scheduled_run_work_center"), "scheduled_run", ["work_center"])
    for table in ("schedule", "scheduled_run"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY plant ON {table} USING ({PLANT})")


def downgrade() -> None:
    op.drop_table("scheduled_run")
    op.drop_table("schedule")
