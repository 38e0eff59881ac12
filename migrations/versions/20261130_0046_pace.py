"""the standard behind the planned minutes of an operation"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operation", sa.Column("pace", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("operation", "pace")
