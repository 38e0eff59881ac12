"""a draft is ordered in a colleague's name"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_draft", sa.Column("ordered_for_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_draft_ordered_for_id_app_user"), "order_draft", "app_user", ["ordered_for_id"], ["id"]
    )
    op.create_index(op.f("ix_order_draft_ordered_for_id"), "order_draft", ["ordered_for_id"])


def downgrade() -> None:
    op.drop_column("order_draft", "ordered_for_id")
