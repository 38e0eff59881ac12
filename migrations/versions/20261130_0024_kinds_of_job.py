"""the kinds of job that are kept are those that are known"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE job VALIDATE CONSTRAINT ck_job_kind")


def downgrade() -> None:
    """Nothing to take back: what was looked at stays as it is."""
