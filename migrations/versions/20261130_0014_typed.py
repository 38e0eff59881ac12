"""what is typed into an order is kept before it is sent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_draft", sa.Column("typed", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("order_draft", "typed", server_default=None)


def downgrade() -> None:
    op.drop_column("order_draft", "typed")
