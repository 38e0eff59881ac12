"""when the last backup was made is found at once"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("subject = 'backup'")
    op.create_index("ix_audit_entry_backups", "audit_entry", ["number"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_audit_entry_backups", "audit_entry")
