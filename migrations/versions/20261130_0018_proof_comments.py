"""comments on proofs"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside


def upgrade() -> None:
    op.create_table(
        "proof_comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("left_percent", sa.Numeric(5, 2), nullable=True),
        sa.Column("top_percent", sa.Numeric(5, 2), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(200), nullable=True),
        sa.CheckConstraint(
            "(left_percent IS NULL) = (top_percent IS NULL)", name=op.f("ck_proof_comment_place")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_proof_comment_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_comment")),
        sa.UniqueConstraint("ulid", name=op.f("uq_proof_comment_ulid")),
    )
    op.create_index("ix_proof_comment_job_id_page", "proof_comment", ["job_id", "page"])
    op.execute("ALTER TABLE proof_comment ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE proof_comment FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON proof_comment USING ({PLANT} OR {OF_OWN_JOB})")


def downgrade() -> None:
    op.drop_table("proof_comment")
