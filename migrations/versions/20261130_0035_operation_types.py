"""what a step is fed with, checked for and waits for; lags of routes"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TYPE = "operation_type"
LISTS = ("stop_reasons", "from_units", "groups", "checks", "includes")


def upgrade() -> None:
    for name in LISTS:
        op.add_column(
            TYPE, sa.Column(name, sa.dialects.postgresql.JSONB(), nullable=False, server_default="[]")
        )
    op.add_column(TYPE, sa.Column("instructions", sa.Text(), nullable=False, server_default=""))
    op.add_column(TYPE, sa.Column("lag_minutes", sa.BigInteger(), nullable=False, server_default="0"))
    for name in (*LISTS, "instructions", "lag_minutes"):
        op.alter_column(TYPE, name, server_default=None)
    op.add_column(TYPE, sa.Column("setup_units", sa.BigInteger(), nullable=True))
    op.add_column(TYPE, sa.Column("waste_percent", sa.Numeric(6, 3), nullable=True))
    op.add_column(TYPE, sa.Column("does", sa.String(40), nullable=True))
    op.add_column(TYPE, sa.Column("skill", sa.String(40), nullable=True))
    op.create_check_constraint(op.f("ck_operation_type_lag"), TYPE, "lag_minutes >= 0")
    op.add_column("route_step", sa.Column("lag_minutes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("route_step", "lag_minutes")
    for name in (*LISTS, "instructions", "lag_minutes", "setup_units", "waste_percent", "does", "skill"):
        op.drop_column(TYPE, name)
