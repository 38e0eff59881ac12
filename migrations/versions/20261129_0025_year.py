"""what a year of work needs: usage not charged yet in a table of its own, totals of closed months, recipients by agency,
an index behind every key that is asked by"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
OF_AGENCY = f"{PLANT} OR agency_id::text = {SCOPE}"
OF_OWN_JOB = f"{PLANT} OR EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"

INDEXES = (
    ("app_user", "agency_id"),
    ("approval", "job_id"),
    ("charge", "budget_unit_id"),
    ("charge_split", "budget_unit_id"),
    ("customer_order", "agency_id"),
    ("job", "order_id"),
    ("job_event", "operation_id"),
    ("mailing_draft", "agency_id"),
    ("mailing_draft", "job_id"),
    ("meter_import", "sheet_id"),
    ("meter_run", "budget_unit_id"),
    ("meter_run", "job_id"),
    ("piece_range", "operation_id"),
    ("serial_block", "batch_id"),
    ("spoil", "operation_id"),
    ("spoil", "replacement_id"),
    ("tray_block", "batch_id"),
    ("usage", "batch_id"),
    ("usage", "operation_id"),
)

# Usage comes in open; the first charge of its own takes it out. A correction keeps the first row, so it stays out.
OPEN_USAGE = """
CREATE FUNCTION usage_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_usage (usage_id, job_id, agency_id, usage_date)
        VALUES (NEW.id, NEW.job_id, NEW.agency_id, NEW.usage_date);
    RETURN NULL;
END $$;
CREATE FUNCTION usage_is_charged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM open_usage WHERE usage_id = NEW.usage_id;
    RETURN NULL;
END $$;
CREATE TRIGGER usage_opens AFTER INSERT ON usage FOR EACH ROW EXECUTE FUNCTION usage_opens();
CREATE TRIGGER charge_closes_usage AFTER INSERT ON charge FOR EACH ROW WHEN (NEW.reverses_id IS NULL)
    EXECUTE FUNCTION usage_is_charged();
INSERT INTO open_usage (usage_id, job_id, agency_id, usage_date)
    SELECT id, job_id, agency_id, usage_date FROM usage WHERE NOT EXISTS (
        SELECT FROM charge WHERE charge.usage_id = usage.id AND charge.reverses_id IS NULL);
"""
TOTALS = """
INSERT INTO period_total (period_id, agency_id, budget_unit_id, charges, total, suspense)
    SELECT period_id, charge.agency_id, budget_unit_id, count(*),
        coalesce(sum(cents) FILTER (WHERE account = 'receivable'), 0),
        coalesce(sum(cents) FILTER (WHERE account = 'suspense'), 0)
    FROM charge JOIN journal ON journal.id = journal_id JOIN billing_period ON billing_period.id = period_id
    WHERE billing_period.state = 'closed' GROUP BY 1, 2, 3
"""
MAKE_MONTH = """
CREATE OR REPLACE FUNCTION make_recipient_month(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    first date := date_trunc('month', day);
    month text := to_char(first, '"recipient_"YYYY_MM');
BEGIN
    IF to_regclass(month) IS NOT NULL THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtext(month));
    IF to_regclass(month) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF recipient FOR VALUES FROM (%L) TO (%L)',
                   month, first, (first + interval '1 month')::date);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', month);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', month);
    EXECUTE format($rule$CREATE POLICY agency ON %I USING ({rule})$rule$, month);
END $$
"""
MONTHS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'recipient'::regclass"


def upgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.execute("SET LOCAL statement_timeout = 0")  # a year of recipients is written anew
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_charge_suspense", "charge", ["id"], postgresql_where=sa.text("account = 'suspense'"))
    _open_usage()
    _period_totals()
    op.add_column("recipient", sa.Column("agency_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE recipient SET agency_id = job.agency_id FROM job WHERE job.id = job_id")
    op.alter_column("recipient", "agency_id", nullable=False)
    op.drop_index("ix_recipient_name_key", table_name="recipient")
    op.execute('ALTER TABLE recipient ALTER COLUMN name_key TYPE varchar(120) COLLATE "C"')
    op.create_index("ix_recipient_agency_id_name_key", "recipient", ["agency_id", "name_key"])
    _recipients_are_of(OF_AGENCY)


def _open_usage() -> None:
    op.create_table(
        "open_usage",
        sa.Column(
            "usage_id",
            sa.BigInteger(),
            sa.ForeignKey("usage.id", name="fk_open_usage_usage_id_usage"),
            nullable=False,
        ),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("usage_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("usage_id", name="pk_open_usage"),
    )
    op.create_index("ix_open_usage_job_id", "open_usage", ["job_id"])
    op.create_index("ix_open_usage_usage_date", "open_usage", ["usage_date"])
    _wall("open_usage", OF_AGENCY)
    op.execute(OPEN_USAGE)


def _period_totals() -> None:
    op.create_table(
        "period_total",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("suspense", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_period_total"),
        sa.ForeignKeyConstraint(["period_id"], ["billing_period.id"], name="fk_period_total_period_id_billing_period"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_period_total_agency_id_agency"),
        sa.ForeignKeyConstraint(["budget_unit_id"], ["budget_unit.id"], name="fk_period_total_budget_unit_id_budget_unit"),
        sa.UniqueConstraint(
            "period_id", "agency_id", "budget_unit_id", name="uq_period_total_period_id_agency_id_budget_unit_id",
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    op.create_index("ix_period_total_agency_id", "period_total", ["agency_id"])
    op.create_index("ix_period_total_budget_unit_id", "period_total", ["budget_unit_id"])
    _wall("period_total", OF_AGENCY)
    op.execute(TOTALS)


def _wall(table: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON {table} USING ({rule})")


def _recipients_are_of(rule: str) -> None:
    for table in ("recipient", *op.get_bind().exec_driver_sql(MONTHS).scalars()):
        op.execute(f"ALTER POLICY agency ON {table} USING ({rule})")
    op.execute(MAKE_MONTH.replace("{rule}", rule))


def downgrade() -> None:
    _recipients_are_of(OF_OWN_JOB)
    op.drop_index("ix_recipient_agency_id_name_key", table_name="recipient")
    op.execute('ALTER TABLE recipient ALTER COLUMN name_key TYPE varchar(120) COLLATE "default"')
    op.create_index("ix_recipient_name_key", "recipient", ["name_key"])
    op.drop_column("recipient", "agency_id")
    op.drop_table("period_total")
    op.execute("DROP TRIGGER charge_closes_usage ON charge")
    op.execute("DROP TRIGGER usage_opens ON usage")
    op.execute("DROP FUNCTION usage_is_charged")
    op.execute("DROP FUNCTION usage_opens")
    op.drop_table("open_usage")
    op.drop_index("ix_charge_suspense", table_name="charge")
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
