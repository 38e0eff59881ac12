"""stops of a job"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside


def upgrade() -> None:
    op.create_table(
        "delivery_stop",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_delivery_stop_quantity")),
        sa.CheckConstraint(
            "way IN ('deliver', 'messenger_stop', 'pick_up', 'carrier')", name=op.f("ck_delivery_stop_way")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_delivery_stop_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_stop")),
        sa.UniqueConstraint("job_id", "position", name=op.f("uq_delivery_stop_job_id_position")),
    )
    op.execute("ALTER TABLE delivery_stop ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE delivery_stop FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON delivery_stop USING ({PLANT} OR {OF_OWN_JOB})")
    op.add_column("delivery", sa.Column("stop_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_delivery_stop_id_delivery_stop"), "delivery", "delivery_stop", ["stop_id"], ["id"]
    )
    op.create_index("ix_delivery_stop_id", "delivery", ["stop_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_delivery_stop_id", "delivery")
    op.drop_column("delivery", "stop_id")
    op.drop_table("delivery_stop")
