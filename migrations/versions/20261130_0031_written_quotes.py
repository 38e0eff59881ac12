"""written quotes: the shop's answers to projects, with their revisions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
RULES = {  # an agency sees what was sent
    "written_quote": "sent > 0 AND EXISTS (SELECT 1 FROM job WHERE job.id = job_id)",
    "quote_revision": (
        "sent_at IS NOT NULL AND EXISTS (SELECT 1 FROM written_quote WHERE written_quote.id = quote_id)"
    ),
}


def upgrade() -> None:
    op.create_table(
        "written_quote",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(200), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=True),
        sa.Column("accepted_total", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("order_draft_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_written_quote_job_id_job")),
        sa.ForeignKeyConstraint(
            ["order_draft_id"], ["order_draft.id"], name=op.f("fk_written_quote_order_draft_id_order_draft")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_quote")),
        sa.UniqueConstraint("job_id", "position", name=op.f("uq_written_quote_job_id_position")),
    )
    op.create_index(op.f("ix_written_quote_order_draft_id"), "written_quote", ["order_draft_id"])
    op.create_table(
        "quote_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("quote_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("alternatives", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["written_quote.id"], name=op.f("fk_quote_revision_quote_id_written_quote")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_revision")),
        sa.UniqueConstraint("quote_id", "number", name=op.f("uq_quote_revision_quote_id_number")),
    )
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")


def downgrade() -> None:
    for table in ("quote_revision", "written_quote"):
        op.drop_table(table)
