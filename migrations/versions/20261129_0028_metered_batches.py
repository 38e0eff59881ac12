"""the batch whose pieces a meter run imprinted"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meter_run", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_meter_run_batch_id_presort_batch"), "meter_run", "presort_batch", ["batch_id"], ["id"]
    )
    op.create_index("ix_meter_run_batch_id", "meter_run", ["batch_id"])


def downgrade() -> None:
    op.drop_index("ix_meter_run_batch_id", "meter_run")
    op.drop_constraint(op.f("fk_meter_run_batch_id_presort_batch"), "meter_run", type_="foreignkey")
    op.drop_column("meter_run", "batch_id")
