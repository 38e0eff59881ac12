"""what has left and is not handed over yet is found without looking through what was"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_delivery_on_the_way", "delivery", ["ulid"], postgresql_where=sa.text("received_at IS NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_on_the_way", table_name="delivery")
