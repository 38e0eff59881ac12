"""batches that are mailed together: print streams of one mailing"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("presort_batch", sa.Column("together", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_presort_batch_together",
        "presort_batch",
        ["together"],
        postgresql_where=sa.text("together IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_presort_batch_together", table_name="presort_batch")
    op.drop_column("presort_batch", "together")
