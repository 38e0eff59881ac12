"""the barcode sorter: mail brought in, runs with their bin plans, run logs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
RULES = {"sorter_drop": f"{PLANT} OR {OF_OWN_JOB}", "sorter_run": PLANT, "sorter_log": PLANT}
# Table and column of each list of words that grows, with the words before.
WORDS = {
    ("job", "kind"): (["mailing", "meter_run"], "brought_in"),
    ("operation", "kind"): (
        ["presort", "merge", "papers", "print", "fold_insert", "reconcile", "dispatch", "deliver", "meter"],
        "sort",
    ),
    ("piece_range", "status"): (["printed", "inserted", "withdrawn"], "sorted"),
}


def upgrade() -> None:
    for (table, column), (words, new) in WORDS.items():
        _allow(table, column, [*words, new])
    op.create_table(
        "sorter_drop",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("counted_by", sa.String(length=10), nullable=False),
        sa.Column("total_weight_oz", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("hand_sorted", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "counted > 0 AND hand_sorted >= 0 AND returned >= 0", name=op.f("ck_sorter_drop_counts")
        ),
        sa.CheckConstraint("counted_by IN ('count', 'weight')", name=op.f("ck_sorter_drop_counted_by")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_sorter_drop_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_sorter_drop")),
    )
    op.create_table(
        "sorter_run",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("bins", sa.BigInteger(), nullable=False),
        sa.Column("passes", sa.BigInteger(), nullable=False),
        sa.Column("stacker_pieces", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("density_sha256", sa.String(length=64), nullable=True),
        sa.Column("density_words", sa.String(length=255), nullable=False),
        sa.Column("plan_sha256", sa.String(length=64), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_sorter_run_batch_id_presort_batch")
        ),
        *_files("sorter_run", "density_sha256", "plan_sha256"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_sorter_run")),
    )
    op.create_table(
        "sorter_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reads_sha256", sa.String(length=64), nullable=True),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'taken', 'refused', 'discarded')", name=op.f("ck_sorter_log_state")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sorter_run.batch_id"], name=op.f("fk_sorter_log_run_id_sorter_run")
        ),
        *_files("sorter_log", "sha256", "reads_sha256"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sorter_log")),
        sa.UniqueConstraint("ulid", name=op.f("uq_sorter_log_ulid")),
    )
    op.create_index("ix_sorter_log_run_id", "sorter_log", ["run_id"])
    op.create_index(
        "ix_sorter_log_once",
        "sorter_log",
        ["sha256"],
        unique=True,
        postgresql_where=sa.text("state IN ('reading', 'taken')"),
    )
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({rule})")


def downgrade() -> None:
    for table in ("sorter_log", "sorter_run", "sorter_drop"):
        op.drop_table(table)
    for (table, column), (words, _) in WORDS.items():
        _allow(table, column, words)


def _allow(table: str, column: str, words: list[str]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")


def _files(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], ["stored_file.sha256"], name=op.f(f"fk_{table}_{column}_stored_file")
        )
        for column in columns
    ]
