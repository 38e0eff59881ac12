"""what became of the rows of a list that are not letters of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = ("rows_to_fix", "repeats_joined", "households_joined", "military_pieces")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("job", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("job", name)
