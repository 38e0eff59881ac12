"""what was done at a machine since this morning is found without looking at all that ever was"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_operation_work_center_finished_at", "operation", ["work_center", "finished_at"])


def downgrade() -> None:
    op.drop_index("ix_operation_work_center_finished_at", table_name="operation")
