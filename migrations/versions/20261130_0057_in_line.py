"""what printers call an operation that they do in line"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

SHIPPED = {
    "staple": "staple", "punch": "punch", "stitch": "saddle-stitch", "fold": "fold", "cut": "trim",
    "laminate": "laminate",
}  # fmt: skip


def upgrade() -> None:
    op.add_column("operation_type", sa.Column("in_line", sa.String(40), nullable=True))
    for code, word in SHIPPED.items():
        op.execute(f"UPDATE operation_type SET in_line = '{word}' WHERE code = '{code}'")


def downgrade() -> None:
    op.drop_column("operation_type", "in_line")
