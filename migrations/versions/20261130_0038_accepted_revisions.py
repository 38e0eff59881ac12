"""which revision of a quote was accepted: a later one is a change of what is in work"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.add_column("written_quote", sa.Column("accepted_revision", sa.BigInteger(), nullable=True))
    op.execute("UPDATE written_quote SET accepted_revision = sent WHERE accepted IS NOT NULL")


def downgrade() -> None:
    op.drop_column("written_quote", "accepted_revision")
