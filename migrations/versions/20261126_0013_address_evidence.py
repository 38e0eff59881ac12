"""evidence of address quality, runs of outside matching, and what the shop does without evidence"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
TABLES = ("address_evidence", "address_match")


def upgrade() -> None:
    op.add_column(
        "shop_profile",
        sa.Column("evidence_policy", sa.String(length=40), nullable=False, server_default="stop"),
    )
    op.alter_column("shop_profile", "evidence_policy", server_default=None)
    op.create_check_constraint(
        op.f("ck_shop_profile_evidence_policy"), "shop_profile", "evidence_policy IN ('stop', 'rerate')"
    )
    op.create_table(
        "address_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("is_certified", sa.Boolean(), nullable=False),
        sa.Column("software", sa.String(length=200), nullable=False),
        sa.Column("processed_on", sa.Date(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('cass', 'move_update')", name=op.f("ck_address_evidence_kind")),
        sa.CheckConstraint("method <> '' AND software <> ''", name=op.f("ck_address_evidence_named")),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_address_evidence_file_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_address_evidence_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_evidence")),
        sa.UniqueConstraint(
            "job_id", "revision", "kind", name=op.f("uq_address_evidence_job_id_revision_kind")
        ),
    )
    op.create_table(
        "address_match",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("adapter", sa.String(length=40), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("report_sha256", sa.String(length=64), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refusal", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "adapter IN ('in-file', 'usps', 'exchange')", name=op.f("ck_address_match_adapter")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_address_match_job_id_job")),
        sa.ForeignKeyConstraint(
            ["report_sha256"], ["stored_file.sha256"], name=op.f("fk_address_match_report_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["input_sha256"], ["stored_file.sha256"], name=op.f("fk_address_match_input_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["result_sha256"], ["stored_file.sha256"], name=op.f("fk_address_match_result_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_match")),
        sa.UniqueConstraint("ulid", name=op.f("uq_address_match_ulid")),
        sa.UniqueConstraint("job_id", "revision", name=op.f("uq_address_match_job_id_revision")),
    )
    op.create_index(
        "ix_address_match_open", "address_match", ["id"], postgresql_where=sa.text("ended_at IS NULL")
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({SCOPE} = 'plant' OR {OF_OWN_JOB})")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_shop_profile_evidence_policy"), "shop_profile", type_="check")
    op.drop_column("shop_profile", "evidence_policy")
