"""what a schedule has moved, and what helps what it makes late"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

NONE = sa.text("""'{"version": 1, "value": []}'""")


def upgrade() -> None:
    for name in ("moved", "helps"):
        op.add_column(
            "schedule", sa.Column(name, JSONB(none_as_null=True), nullable=False, server_default=NONE)
        )
        op.alter_column("schedule", name, server_default=None)


def downgrade() -> None:
    for name in ("helps", "moved"):
        op.drop_column("schedule", name)
