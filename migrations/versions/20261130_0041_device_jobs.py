"""jobs on printers, beside their operations"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
PHASES = (
    "'asked', 'sending', 'refused', 'away', 'unknown', 'pending', 'held', 'printing', 'stopped', 'canceled', "
    "'aborted', 'completed'"
)


def upgrade() -> None:
    op.create_table(
        "device_job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("printer", sa.String(200), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("lacks", postgresql.JSONB(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("media_sheets", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"phase IN ({PHASES})", name=op.f("ck_device_job_phase")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_device_job_attempt")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_device_job_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_job")),
        sa.UniqueConstraint("ulid", name=op.f("uq_device_job_ulid")),
        sa.UniqueConstraint("name", name=op.f("uq_device_job_name")),
        sa.UniqueConstraint("operation_id", "attempt", name=op.f("uq_device_job_operation_id_attempt")),
    )
    op.create_index(
        "ix_device_job_on_printer",
        "device_job",
        ["id"],
        postgresql_where=sa.text("phase IN ('pending', 'held', 'printing', 'stopped')"),
    )
    op.execute("ALTER TABLE device_job ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE device_job FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON device_job USING ({PLANT})")  # a run may have jobs of many agencies


def downgrade() -> None:
    op.drop_table("device_job")
