"""facts of mail continue a job in tables of their own; a day and a quantity every job has"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"

# Columns that leave ``job``, with their types: every mail job has the needed ones, the others are known later.
_MAIL_NEEDED = {"mail_class": sa.String(20), "envelope": sa.String(20)}
_MAIL_LATER = {
    "mail_shape": sa.String(20), "sort_plan": sa.String(60), "weight_oz": sa.Numeric(8, 4),
    "thickness_in": sa.Numeric(8, 4), "lot_id": sa.BigInteger(),
}  # fmt: skip
_LETTERS_NEEDED = {"duplex": sa.Boolean(), "accept_findings": sa.Boolean(), "options": postgresql.JSONB()}
_LETTERS_LATER = dict.fromkeys(
    ("pages", "rows_in", "rows_to_fix", "repeats_joined", "households_joined", "military_pieces"),
    sa.BigInteger(),
)
_MAIL, _LETTERS = _MAIL_NEEDED | _MAIL_LATER, _LETTERS_NEEDED | _LETTERS_LATER
_LED_BY_MAIL = {"mail_date": sa.Date(), "pieces": sa.BigInteger()}  # now due and quantity


def upgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.create_unique_constraint(op.f("uq_job_id_kind"), "job", ["id", "kind"])
    _continue("job_mail", "job", "id", "kind IN ('mailing', 'brought_in')", _MAIL_NEEDED, _MAIL_LATER)
    op.add_column("job_mail", sa.Column("content", sa.String(20), nullable=False))
    op.create_unique_constraint(op.f("uq_job_mail_job_id_kind"), "job_mail", ["job_id", "kind"])
    op.create_foreign_key(op.f("fk_job_mail_lot_id_lot"), "job_mail", "lot", ["lot_id"], ["id"])
    op.create_index(
        "ix_job_mail_lot_id", "job_mail", ["lot_id"], postgresql_where=sa.text("lot_id IS NOT NULL")
    )
    _continue("job_letters", "job_mail", "job_id", "kind = 'mailing'", _LETTERS_NEEDED, _LETTERS_LATER)
    op.execute(
        f"INSERT INTO job_mail (job_id, kind, content, {', '.join(_MAIL)}) SELECT id, kind, "
        f"coalesce(options->>'content', ''), {', '.join(_MAIL)} FROM job WHERE kind IN ('mailing', 'brought_in')"
    )
    op.execute(
        f"INSERT INTO job_letters (job_id, kind, {', '.join(_LETTERS)}) "
        f"SELECT id, kind, {', '.join(_LETTERS)} FROM job WHERE kind = 'mailing'"
    )
    op.execute("UPDATE job_letters SET options = options - 'content'")
    op.execute("UPDATE job SET due = coalesce(due, mail_date), quantity = coalesce(quantity, pieces)")
    op.alter_column("job", "due", nullable=False)
    for column in (*_MAIL, *_LETTERS, *_LED_BY_MAIL):
        op.drop_column("job", column)

    op.drop_constraint("fk_sorter_drop_job_id_job", "sorter_drop")
    op.drop_column("sorter_drop", "created_at")  # its job says when
    op.add_column(
        "sorter_drop", sa.Column("kind", sa.String(40), server_default="brought_in", nullable=False)
    )
    op.alter_column("sorter_drop", "kind", server_default=None)
    op.create_check_constraint(op.f("ck_sorter_drop_kind"), "sorter_drop", "kind = 'brought_in'")
    op.create_foreign_key(
        op.f("fk_sorter_drop_job_id_kind_job_mail"), "sorter_drop", "job_mail", ["job_id", "kind"],
        ["job_id", "kind"],
    )  # fmt: skip


def _continue(table: str, of: str, key: str, kinds: str, needed: dict, later: dict) -> None:
    """A table that continues another for some kinds of job."""
    op.create_table(
        table,
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in needed.items()),
        *(sa.Column(name, kind, nullable=True) for name, kind in later.items()),
        sa.CheckConstraint(kinds, name=op.f(f"ck_{table}_kind")),
        sa.ForeignKeyConstraint(
            ["job_id", "kind"], [f"{of}.{key}", f"{of}.kind"], name=op.f(f"fk_{table}_job_id_kind_{of}")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f(f"pk_{table}")),
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {OF_OWN_JOB})")


def downgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.drop_constraint("fk_sorter_drop_job_id_kind_job_mail", "sorter_drop")
    op.drop_column("sorter_drop", "kind")
    op.create_foreign_key(op.f("fk_sorter_drop_job_id_job"), "sorter_drop", "job", ["job_id"], ["id"])
    op.add_column("sorter_drop", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sorter_drop SET created_at = (SELECT created_at FROM job WHERE id = job_id)")
    op.alter_column("sorter_drop", "created_at", nullable=False)

    for name, kind in (_MAIL | _LETTERS | _LED_BY_MAIL).items():
        op.add_column("job", sa.Column(name, kind, nullable=True))
    for table, columns in (("job_mail", _MAIL), ("job_letters", _LETTERS)):
        kept = ", ".join(f"{name} = {table}.{name}" for name in columns)
        op.execute(f"UPDATE job SET {kept} FROM {table} WHERE job.id = job_id")
    op.execute(
        "UPDATE job SET options = coalesce(options, '{}') || jsonb_build_object('content', content), "
        "accept_findings = coalesce(accept_findings, true) FROM job_mail WHERE job.id = job_id"
    )
    op.execute("UPDATE job SET options = '{}', accept_findings = kind <> 'print' WHERE options IS NULL")
    op.execute("UPDATE job SET mail_date = due, pieces = quantity WHERE kind <> 'print'")
    op.alter_column("job", "due", nullable=True)
    op.execute("UPDATE job SET due = NULL, quantity = NULL WHERE kind <> 'print'")
    op.alter_column("job", "options", nullable=False)
    op.alter_column("job", "accept_findings", nullable=False)
    op.create_foreign_key(op.f("fk_job_lot_id_lot"), "job", "lot", ["lot_id"], ["id"])
    op.create_index("ix_job_lot_id", "job", ["lot_id"], postgresql_where=sa.text("lot_id IS NOT NULL"))
    op.drop_table("job_letters")
    op.drop_table("job_mail")
    op.drop_constraint(op.f("uq_job_id_kind"), "job")
