"""incentives: what the shop claims, and what they take off each job's postage"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TEXTS = {"seamless_crid": 15, "payment_account": 20}


def upgrade() -> None:
    op.add_column(
        "shop_profile", sa.Column("full_service", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name, length in TEXTS.items():
        op.add_column(
            "shop_profile", sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        )
    for name in ("full_service", *TEXTS):
        op.alter_column("shop_profile", name, server_default=None)
    op.add_column("batch_slice", sa.Column("incentive_cents", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("batch_slice", "incentive_cents")
    for name in (*TEXTS, "full_service"):
        op.drop_column("shop_profile", name)
