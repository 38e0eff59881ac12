"""mailings being entered"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"


def upgrade() -> None:
    op.create_table(
        "mailing_draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("wishes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_mailing_draft_agency_id_agency")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_mailing_draft_job_id_job")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_mailing_draft_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_draft")),
        sa.UniqueConstraint("ulid", name=op.f("uq_mailing_draft_ulid")),
    )
    op.create_index(
        "ix_mailing_draft_user_id", "mailing_draft", ["user_id"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.execute("ALTER TABLE mailing_draft ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE mailing_draft FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY agency ON mailing_draft USING ({SCOPE} = 'plant' OR agency_id::text = {SCOPE})"
    )


def downgrade() -> None:
    op.drop_table("mailing_draft")
