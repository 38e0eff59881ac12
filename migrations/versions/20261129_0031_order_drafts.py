"""drafts of orders of any product: answers by step"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
SCOPE = "current_setting('indicia.scope', true)"
MOVE = """
INSERT INTO order_draft
    (ulid, agency_id, user_id, product, job_id, base_revision, answers, created_at, changed_at, ended_at)
SELECT ulid, agency_id, user_id, 'letter', job_id, base_revision,
       jsonb_build_object(
           'order', jsonb_build_object(
               'title', wishes->'title', 'splits', wishes->'splits', 'envelope', wishes->'envelope',
               'duplex', wishes->'is_duplex', 'content', coalesce(wishes->>'content', ''),
               'mail_date', coalesce(wishes->>'mail_date', current_date::text),
               'mail_class', coalesce(wishes->>'mail_class', 'first-class')),
           'files', jsonb_build_object('files', files - 'fields', 'pages', pages, 'columns', columns))
       || CASE WHEN options ? 'list' THEN jsonb_build_object('columns', jsonb_build_object(
               'list', options->'list', 'mapping', options->'mapping',
               'confidential', coalesce(options->>'confidential', 'true') <> 'false',
               'matching', coalesce(options->>'matching', ''))) ELSE '{}' END
       || CASE WHEN files ? 'fields'
               THEN jsonb_build_object('letter', jsonb_build_object('fields', files->'fields')) ELSE '{}' END,
       created_at, changed_at, ended_at
  FROM mailing_draft ORDER BY id"""


def upgrade() -> None:
    _create("order_draft", sa.Column("product", sa.String(length=40), nullable=False), "answers")
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(MOVE)
    op.drop_table("mailing_draft")


def _create(table: str, *more: sa.Column | str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("base_revision", sa.BigInteger(), nullable=True),
        *(sa.Column(one, JSON, nullable=False) if isinstance(one, str) else one for one in more),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f(f"fk_{table}_agency_id_agency")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f(f"fk_{table}_job_id_job")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f(f"fk_{table}_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("ulid", name=op.f(f"uq_{table}_ulid")),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index(f"ix_{table}_agency_id", table, ["agency_id"])
    op.create_index(f"ix_{table}_job_id", table, ["job_id"])
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON {table} USING ({SCOPE} = 'plant' OR agency_id::text = {SCOPE})")


def downgrade() -> None:
    """Open drafts are begun anew."""
    op.drop_table("order_draft")
    _create("mailing_draft", "wishes", "files", "pages", "columns", "options")
