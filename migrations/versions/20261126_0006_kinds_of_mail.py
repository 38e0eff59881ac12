"""the sort plan of a job and of a batch, and how a batch chooses among lawful sorts"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Until now every mailing was sorted as automation letters, level by level.
EARLIER_PLAN, EARLIER_POLICY = "fcm-letter-automation", "top-down"


def upgrade() -> None:
    op.add_column("job", sa.Column("sort_plan", sa.String(length=60), nullable=True))
    op.execute(
        f"UPDATE job SET sort_plan = '{EARLIER_PLAN}' WHERE kind = 'mailing' AND weight_oz IS NOT NULL"
    )
    for name, length, earlier in (("sort_plan", 60, EARLIER_PLAN), ("policy", 20, EARLIER_POLICY)):
        op.add_column(
            "presort_batch", sa.Column(name, sa.String(length=length), nullable=False, server_default=earlier)
        )
        op.alter_column("presort_batch", name, server_default=None)


def downgrade() -> None:
    op.drop_column("presort_batch", "policy")
    op.drop_column("presort_batch", "sort_plan")
    op.drop_column("job", "sort_plan")
