"""what rules of publications ask of a job, with what was said; depository copies among its stops"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
KINDS = "'told', 'justification', 'authority', 'sign_off', 'depository_copies', 'cost_statement'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside


def upgrade() -> None:
    op.create_table(
        "publication_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("signer", sa.String(200), nullable=False),
        sa.Column("signer_title", sa.String(200), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_publication_answer_kind")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_publication_answer_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_answer")),
        sa.UniqueConstraint("job_id", "rule", name=op.f("uq_publication_answer_job_id_rule")),
    )
    op.execute("ALTER TABLE publication_answer ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE publication_answer FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON publication_answer USING ({SCOPE} = 'plant' OR {OF_OWN_JOB})")
    op.add_column(
        "delivery_stop", sa.Column("is_depository", sa.Boolean(), server_default="false", nullable=False)
    )
    op.alter_column("delivery_stop", "is_depository", server_default=None)


def downgrade() -> None:
    op.drop_column("delivery_stop", "is_depository")
    op.drop_table("publication_answer")
