"""issues of the tickets of print runs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"


def upgrade() -> None:
    op.create_table(
        "ticket_issue",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_ticket_issue_number")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_ticket_issue_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_ticket_issue_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("lot_id", "number", name=op.f("pk_ticket_issue")),
    )
    op.execute("ALTER TABLE ticket_issue ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE ticket_issue FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON ticket_issue USING ({PLANT})")  # a run may have jobs of many agencies


def downgrade() -> None:
    op.drop_table("ticket_issue")
