"""versions of a component's file, and findings that were accepted"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
RULE = f"{SCOPE} = 'plant' OR agency_id::text = {SCOPE}"


def upgrade() -> None:
    op.create_table(
        "file_version",
        *_held("file_version"),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("before_sha256", sa.String(64), nullable=True),
        sa.Column("given_name", sa.String(255), nullable=False),
        sa.Column("fixes", postgresql.JSONB(), nullable=False),
        sa.Column("arrangement", sa.Text(), nullable=False),
        sa.Column("looks", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('sent', 'fixed', 'arranged', 'added')", name=op.f("ck_file_version_act")),
        sa.ForeignKeyConstraint(
            ["before_sha256"], ["stored_file.sha256"], name=op.f("fk_file_version_before_sha256_stored_file")
        ),
        sa.UniqueConstraint("ulid", name=op.f("uq_file_version_ulid")),
    )
    op.create_table(
        "file_acceptance",
        *_held("file_acceptance"),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in ("file_version", "file_acceptance"):
        for column in ("agency_id", "draft_id", "job_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({RULE})")


def _held(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What both say: of which file of which component of whose order, and by whom."""
    keys = {
        "agency_id": "agency.id",
        "draft_id": "order_draft.id",
        "job_id": "job.id",
        "sha256": "stored_file.sha256",
    }
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("component", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.CheckConstraint("(draft_id IS NULL) <> (job_id IS NULL)", name=op.f(f"ck_{table}_holder")),
        *(
            sa.ForeignKeyConstraint(
                [column], [other], name=op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
            )
            for column, other in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    op.drop_table("file_acceptance")
    op.drop_table("file_version")
