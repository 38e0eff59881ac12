"""which revision of its job a draft changes"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OPEN = """
UPDATE mailing_draft SET base_revision = job.revision FROM job
WHERE job.id = mailing_draft.job_id AND mailing_draft.ended_at IS NULL"""


def upgrade() -> None:
    op.add_column("mailing_draft", sa.Column("base_revision", sa.BigInteger(), nullable=True))
    op.execute(OPEN)


def downgrade() -> None:
    op.drop_column("mailing_draft", "base_revision")
