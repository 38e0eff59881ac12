"""what machines reported of tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"


def upgrade() -> None:
    op.create_table(
        "machine_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("message", sa.String(120), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=True),
        sa.Column("waste", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("least(good, waste) >= 0", name=op.f("ck_machine_report_counts")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_machine_report_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_report")),
        sa.UniqueConstraint(
            "device", "message", "occurred_at", "operation_id",
            name=op.f("uq_machine_report_device_message_occurred_at_operation_id"),
        ),
    )  # fmt: skip
    op.create_index("ix_machine_report_operation_id", "machine_report", ["operation_id"])
    op.execute("ALTER TABLE machine_report ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE machine_report FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY plant ON machine_report USING ({PLANT})"
    )  # a run may have jobs of many agencies
    op.execute(
        "CREATE TRIGGER machine_report_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON machine_report "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("machine_report")
