"""how many pieces of a job were handed to the post"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MAILED = """
UPDATE batch_slice AS part SET mailed = part.pieces
FROM delivery WHERE delivery.batch_id = part.batch_id AND delivery.way = 'post_office'"""


def upgrade() -> None:
    op.add_column("batch_slice", sa.Column("mailed", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_batch_slice_mailed"), "batch_slice", "mailed BETWEEN 0 AND pieces")
    op.execute(MAILED)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_batch_slice_mailed"), "batch_slice", type_="check")
    op.drop_column("batch_slice", "mailed")
