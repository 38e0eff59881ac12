"""audit: agencies read who was shown the recipients of their jobs"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SHOWN = "subject = 'recipient' AND act = 'names_shown'"


def upgrade() -> None:
    op.create_index("ix_audit_entry_names_shown", "audit_entry", ["number"], postgresql_where=sa.text(SHOWN))
    own = "EXISTS (SELECT 1 FROM job WHERE job.number = details ->> 'job')"  # job's own policy applies inside
    op.execute(f"CREATE POLICY looks ON audit_entry FOR SELECT USING ({SHOWN} AND {own})")


def downgrade() -> None:
    op.execute("DROP POLICY looks ON audit_entry")
    op.drop_index("ix_audit_entry_names_shown", "audit_entry")
