"""what an operation is to use stands with it, and what comes into it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# One unit for each that comes out good, as it was charged before.
FILL = """
UPDATE operation SET usage = jsonb_build_object('version', 1, 'value', jsonb_build_array(
    jsonb_build_object('unit', kind.usage_unit, 'quantity', (quantity * operation.usage_times)::text)))
FROM operation_type AS kind
WHERE kind.code = type AND kind.usage_unit IS NOT NULL AND operation.usage_times IS NOT NULL
"""
BACK = """
UPDATE operation SET usage_times = round((usage #>> '{value,0,quantity}')::numeric / quantity)
WHERE usage IS NOT NULL AND quantity > 0
"""


def upgrade() -> None:
    op.add_column("operation", sa.Column("given", sa.BigInteger(), nullable=True))
    op.add_column("operation", sa.Column("usage", postgresql.JSONB(), nullable=True))
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(FILL)
    op.drop_column("operation", "usage_times")


def downgrade() -> None:
    op.add_column("operation", sa.Column("usage_times", sa.BigInteger(), nullable=True))
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.execute(BACK)
    op.drop_column("operation", "usage")
    op.drop_column("operation", "given")
