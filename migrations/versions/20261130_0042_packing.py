"""cartons of print jobs"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside


def upgrade() -> None:
    op.create_table(
        "carton",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("stop_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("lb", sa.Numeric(10, 2), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(200), nullable=False),
        sa.CheckConstraint("number > 0 AND pieces > 0", name=op.f("ck_carton_counts")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_carton_job_id_job")),
        sa.ForeignKeyConstraint(
            ["stop_id"], ["delivery_stop.id"], name=op.f("fk_carton_stop_id_delivery_stop")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carton")),
        sa.UniqueConstraint("job_id", "number", name=op.f("uq_carton_job_id_number")),
    )
    op.create_index("ix_carton_stop_id", "carton", ["stop_id"])
    op.execute("ALTER TABLE carton ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE carton FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON carton USING ({PLANT} OR {OF_OWN_JOB})")


def downgrade() -> None:
    op.drop_table("carton")
