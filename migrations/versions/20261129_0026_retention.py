"""what retention removed, its runs, holds that stop it; how far the audit chain was verified"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
BEFORE, NOW = "('production', 'leaving', 'billing')", "('production', 'leaving', 'billing', 'removal')"
# Nobody but the owner drops tables, and not even by this a month of which letters are still asked for.
DROP_MONTH = """
CREATE FUNCTION drop_recipient_month(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '5s' AS $$
DECLARE
    first date := date_trunc('month', day);
BEGIN
    IF first + interval '2 months' > current_date THEN
        RAISE EXCEPTION 'the month % is not over long enough', first;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', to_char(first, '"recipient_"YYYY_MM'));
END $$
"""


def upgrade() -> None:
    op.add_column("stored_file", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stored_file", sa.Column("purge_rule", sa.String(length=40), nullable=True))
    op.add_column("stored_file", sa.Column("purge_run", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_stored_file_purge_run", "stored_file", ["purge_run"],
        postgresql_where=sa.text("purge_run IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.String(length=60), nullable=False),
        sa.Column("rules_sha256", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["proof_sha256"], ["stored_file.sha256"], name=op.f("fk_retention_run_proof_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("ulid", name=op.f("uq_retention_run_ulid")),
    )
    op.create_index(
        "ix_retention_run_open", "retention_run", ["id"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_retention_run_proof_sha256", "retention_run", ["proof_sha256"])
    op.execute("ALTER TABLE retention_run ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE retention_run FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON retention_run USING ({PLANT})")
    op.create_table(
        "verify_mark",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("whole_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verify_mark")),
        sa.CheckConstraint("id = 1", name=op.f("ck_verify_mark_one")),
    )
    op.execute(DROP_MONTH)
    op.drop_constraint(op.f("ck_hold_stops"), "hold", type_="check")
    op.create_check_constraint(op.f("ck_hold_stops"), "hold", f"stops IN {NOW}")


def downgrade() -> None:
    op.execute("UPDATE hold SET stops = 'production' WHERE stops = 'removal'")
    op.drop_constraint(op.f("ck_hold_stops"), "hold", type_="check")
    op.create_check_constraint(op.f("ck_hold_stops"), "hold", f"stops IN {BEFORE}")
    op.execute("DROP FUNCTION drop_recipient_month")
    op.drop_table("verify_mark")
    op.drop_table("retention_run")
    op.drop_index("ix_stored_file_purge_run", "stored_file")
    for column in ("purge_run", "purge_rule", "purged_at"):
        op.drop_column("stored_file", column)
