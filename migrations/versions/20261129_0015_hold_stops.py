"""what a hold stops: production and leaving, leaving only, or billing only"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "hold", sa.Column("stops", sa.String(length=40), nullable=False, server_default="production")
    )
    op.alter_column("hold", "stops", server_default=None)
    op.create_check_constraint(op.f("ck_hold_stops"), "hold", "stops IN ('production', 'leaving', 'billing')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_hold_stops"), "hold", type_="check")
    op.drop_column("hold", "stops")
