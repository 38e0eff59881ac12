"""projects: what agencies ask the shop, with talk, files and tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
RULES = {
    "project": OF_OWN_JOB,
    "project_message": f"{OF_OWN_JOB} AND NOT is_internal",
    "project_file": "EXISTS (SELECT 1 FROM project_message WHERE project_message.id = message_id)",
    "project_task": OF_OWN_JOB,
}
SIDES = "IN ('shop', 'agency')"


def upgrade() -> None:
    kinds("'mailing', 'print', 'meter_run', 'brought_in', 'consultation'")
    op.create_table(
        "project",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("waits_for", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind = 'consultation'", name=op.f("ck_project_kind")),
        sa.CheckConstraint(f"waits_for {SIDES}", name=op.f("ck_project_waits_for")),
        sa.ForeignKeyConstraint(
            ["job_id", "kind"], ["job.id", "job.kind"], name=op.f("fk_project_job_id_kind_job")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], name=op.f("fk_project_owner_id_app_user")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_project")),
    )
    op.create_index(op.f("ix_project_owner_id"), "project", ["owner_id"])
    op.create_table(
        "project_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"side {SIDES}", name=op.f("ck_project_message_side")),
        sa.CheckConstraint("side = 'shop' OR NOT is_internal", name=op.f("ck_project_message_internal")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_project_message_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_message")),
    )
    op.create_index("ix_project_message_job_id", "project_message", ["job_id", "id"])
    op.create_table(
        "project_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("given_name", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["project_message.id"], name=op.f("fk_project_file_message_id_project_message")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_project_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_file")),
        sa.UniqueConstraint("ulid", name=op.f("uq_project_file_ulid")),
    )
    op.create_index(op.f("ix_project_file_message_id"), "project_file", ["message_id"])
    op.create_table(
        "project_task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(200), nullable=False),
        sa.CheckConstraint(f"side {SIDES}", name=op.f("ck_project_task_side")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_project_task_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_task")),
        sa.UniqueConstraint("ulid", name=op.f("uq_project_task_ulid")),
    )
    op.create_index(op.f("ix_project_task_job_id"), "project_task", ["job_id"])
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")


def downgrade() -> None:
    for table in ("project_task", "project_file", "project_message", "project"):
        op.drop_table(table)
    kinds("'mailing', 'print', 'meter_run', 'brought_in'")


def kinds(known: str) -> None:
    """Of job; its rows are looked at by the next migration, without keeping anybody waiting."""
    op.execute("ALTER TABLE job DROP CONSTRAINT ck_job_kind")
    op.execute(f"ALTER TABLE job ADD CONSTRAINT ck_job_kind CHECK (kind IN ({known})) NOT VALID")
