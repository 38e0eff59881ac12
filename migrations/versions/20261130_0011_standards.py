"""how long work is to take; what was done, sold and ordered names rows of the catalog"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Column that holds a code, and the table of the catalog that has it. Rows of the catalog are never removed.
_NAMES = (
    ("usage", "unit", "usage_unit"),
    ("rate_line", "unit", "usage_unit"),
    ("job", "product", "product"),
    ("order_draft", "product", "product"),
    ("operation", "type", "operation_type"),
    ("operation", "work_center", "work_center"),
)


def upgrade() -> None:
    op.add_column("operation_type", sa.Column("setup_minutes", sa.BigInteger(), nullable=True))
    op.add_column("operation_type", sa.Column("per_hour", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_operation_type_standard"), "operation_type", "per_hour > 0 AND setup_minutes >= 0"
    )
    op.add_column("operation", sa.Column("planned_minutes", sa.BigInteger(), nullable=True))
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    # Where people worked was typed freely; what is no machine of the catalog stays in the history alone.
    op.execute(
        "UPDATE operation SET work_center = (SELECT min(code) FROM work_center "
        "WHERE lower(operation.work_center) IN (code, lower(name))) WHERE work_center IS NOT NULL"
    )
    for table, column, other in _NAMES:
        op.create_foreign_key(op.f(f"fk_{table}_{column}_{other}"), table, other, [column], ["code"])


def downgrade() -> None:
    for table, column, other in reversed(_NAMES):
        op.drop_constraint(op.f(f"fk_{table}_{column}_{other}"), table)
    op.drop_column("operation", "planned_minutes")
    op.drop_constraint(op.f("ck_operation_type_standard"), "operation_type")
    op.drop_column("operation_type", "per_hour")
    op.drop_column("operation_type", "setup_minutes")
