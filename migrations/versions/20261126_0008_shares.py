"""fair shares of a batch's postage"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MONEY = ("level_cents", "alone_cents", "share_cents", "metered_cents", "stamped_cents")


def upgrade() -> None:
    for name in MONEY:
        op.add_column("batch_slice", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column(
        "batch_slice", sa.Column("alone_levels", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_batch_slice_shares"),
        "batch_slice",
        "(share_cents IS NULL) = (alone_cents IS NULL) AND (share_cents IS NULL) = (level_cents IS NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_batch_slice_shares"), "batch_slice", type_="check")
    op.drop_column("batch_slice", "alone_levels")
    for name in reversed(MONEY):
        op.drop_column("batch_slice", name)
