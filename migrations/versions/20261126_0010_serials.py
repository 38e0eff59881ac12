"""mailer ids of agencies; no serial twice within 45 days, held by the database, on pieces and on trays"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Both ranges overlap = the same serial of the same mailer id, and at most 45 days between the mailing dates. The
# mailer id is put in front of the serial (nine digits at most), so that plain ranges do and no extension is needed.
NO_REPEAT = (
    "ALTER TABLE {table} ADD CONSTRAINT ex_{table}_no_repeat EXCLUDE USING gist ("
    "int8range(mailer_id::bigint * 1000000000 + first, mailer_id::bigint * 1000000000 + last, '[]') WITH &&, "
    "daterange(mail_date, mail_date + 45, '[]') WITH &&)"
)
SCOPE = "current_setting('indicia.scope', true)"
DIGITS = "mailer_id ~ '^([0-8][0-9]{5}|9[0-9]{8})$'"


def upgrade() -> None:
    op.add_column("mailer_id", sa.Column("agency_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_mailer_id_agency_id_agency", "mailer_id", "agency", ["agency_id"], ["id"])
    op.create_check_constraint(op.f("ck_mailer_id_digits"), "mailer_id", DIGITS)
    op.execute("ALTER TABLE mailer_id ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE mailer_id FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON mailer_id USING ({SCOPE} = 'plant' OR agency_id::text = {SCOPE})")
    op.create_table(
        "tray_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("mailer_id", sa.String(length=9), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_tray_block_run")),
        sa.CheckConstraint("first >= 0", name=op.f("ck_tray_block_first")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_tray_block_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(
            ["mailer_id"], ["mailer_id.mailer_id"], name=op.f("fk_tray_block_mailer_id_mailer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tray_block")),
    )
    op.create_index("ix_tray_block_mailer_id_first", "tray_block", ["mailer_id", "first"], unique=False)
    op.create_check_constraint(op.f("ck_serial_block_first"), "serial_block", "first >= 0")
    for table in ("serial_block", "tray_block"):
        op.execute(NO_REPEAT.format(table=table))
    op.execute(
        "CREATE TRIGGER tray_block_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tray_block "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE serial_block DROP CONSTRAINT ex_serial_block_no_repeat")
    op.drop_constraint(op.f("ck_serial_block_first"), "serial_block", type_="check")
    op.drop_index("ix_tray_block_mailer_id_first", table_name="tray_block")
    op.drop_table("tray_block")
    op.execute("DROP POLICY agency ON mailer_id")
    op.execute("ALTER TABLE mailer_id NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE mailer_id DISABLE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("ck_mailer_id_digits"), "mailer_id", type_="check")
    op.drop_constraint("fk_mailer_id_agency_id_agency", "mailer_id", type_="foreignkey")
    op.drop_column("mailer_id", "agency_id")
