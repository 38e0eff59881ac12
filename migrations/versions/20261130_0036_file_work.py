"""work on a component's file that a worker does"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
RULE = f"{SCOPE} = 'plant' OR agency_id::text = {SCOPE}"
KEYS = {
    "agency_id": "agency.id",
    "draft_id": "order_draft.id",
    "job_id": "job.id",
    "sha256": "stored_file.sha256",
    "made_sha256": "stored_file.sha256",
    "report_sha256": "stored_file.sha256",
}


def upgrade() -> None:
    op.create_table(
        "file_work",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("component", sa.String(40), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("given_name", sa.String(255), nullable=False),
        sa.Column("fixes", postgresql.JSONB(), nullable=False),
        sa.Column("arrangement", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("made_sha256", sa.String(64), nullable=True),
        sa.Column("report_sha256", sa.String(64), nullable=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("act IN ('sent', 'fixed', 'arranged', 'added')", name=op.f("ck_file_work_act")),
        sa.CheckConstraint("(draft_id IS NULL) <> (job_id IS NULL)", name=op.f("ck_file_work_holder")),
        *(
            sa.ForeignKeyConstraint(
                [column], [other], name=op.f(f"fk_file_work_{column}_{other.partition('.')[0]}")
            )
            for column, other in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_work")),
        sa.UniqueConstraint("ulid", name=op.f("uq_file_work_ulid")),
    )
    for column in ("agency_id", "draft_id", "job_id"):
        op.create_index(op.f(f"ix_file_work_{column}"), "file_work", [column])
    op.create_index(
        "uq_file_work_open",
        "file_work",
        ["draft_id", "job_id", "component"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.execute("ALTER TABLE file_work ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE file_work FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON file_work USING ({RULE})")


def downgrade() -> None:
    op.drop_table("file_work")
