"""readings of machines' counters, and cases where they differ from what was claimed"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"


def upgrade() -> None:
    op.create_table(
        "counter_reading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("starts_anew", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_counter_reading_value")),
        sa.CheckConstraint("NOT starts_anew OR reason <> ''", name=op.f("ck_counter_reading_reason")),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_counter_reading_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_reading")),
        sa.UniqueConstraint(
            "work_center", "occurred_at", name=op.f("uq_counter_reading_work_center_occurred_at")
        ),
    )
    op.create_table(
        "counter_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("since_id", sa.BigInteger(), nullable=False),
        sa.Column("until_id", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("outcome", sa.String(500), nullable=False),
        sa.Column("ended_by", sa.String(200), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR (reason <> '' AND outcome <> '' AND ended_by <> '')",
            name=op.f("ck_counter_case_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_counter_case_work_center_work_center")
        ),
        sa.ForeignKeyConstraint(
            ["since_id"], ["counter_reading.id"], name=op.f("fk_counter_case_since_id_counter_reading")
        ),
        sa.ForeignKeyConstraint(
            ["until_id"], ["counter_reading.id"], name=op.f("fk_counter_case_until_id_counter_reading")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_case")),
        sa.UniqueConstraint("ulid", name=op.f("uq_counter_case_ulid")),
        sa.UniqueConstraint("until_id", name=op.f("uq_counter_case_until_id")),
    )
    op.create_index("ix_counter_case_since_id", "counter_case", ["since_id"])
    op.create_index("ix_counter_case_work_center_id", "counter_case", ["work_center", "id"])
    op.create_index(
        "ix_counter_case_open", "counter_case", ["id"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_count_line_work_center_occurred_at", "count_line", ["work_center", "occurred_at"])
    for table in ("counter_reading", "counter_case"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY plant ON {table} USING ({PLANT})")  # the shop's machines concern no agency
    op.execute(
        "CREATE TRIGGER counter_reading_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON counter_reading "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_index("ix_count_line_work_center_occurred_at", "count_line")
    op.drop_table("counter_case")
    op.drop_table("counter_reading")
