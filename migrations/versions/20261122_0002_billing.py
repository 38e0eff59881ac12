"""billing: rate cards, charges, ledger, periods, exports"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Row-level security as in 0001: the scope is an agency's key or 'plant'; unset sees nothing.
SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
OWN = f"agency_id::text = {SCOPE}"
AGENCY_ROWS = {
    "charge": OWN,
    "journal": OWN,
    "export_document": OWN,
    "journal_line": "EXISTS (SELECT 1 FROM journal WHERE journal.id = journal_id)",  # journal's policy applies
    "export_run": "false",  # the file holds every agency
}
APPEND_ONLY = ["charge", "journal", "journal_line", "rate_line", "export_document"]
FINAL = {"billing_period": "closed", "export_run": "written", "rate_card": "withdrawn"}

# At commit: at least two lines that sum to zero. A scope that cannot see the lines fails closed.
REFUSE_UNBALANCED = """
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject bigint;
    lines bigint;
    balance numeric;
BEGIN
    IF TG_TABLE_NAME = 'journal' THEN subject := NEW.id; ELSE subject := NEW.journal_id; END IF;
    SELECT count(*), sum(cents) INTO lines, balance FROM journal_line WHERE journal_id = subject;
    IF lines < 2 OR balance <> 0 THEN
        RAISE EXCEPTION 'journal % does not balance: % lines, sum %', subject, lines, balance
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
# FOR SHARE: a posting and a close of the same period wait for one another.
REFUSE_CLOSED_PERIOD = """
CREATE FUNCTION refuse_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    period bigint;
    found_state text;
BEGIN
    IF TG_TABLE_NAME = 'journal' THEN
        period := NEW.period_id;
    ELSE
        SELECT period_id INTO period FROM journal WHERE id = NEW.journal_id;
    END IF;
    SELECT state INTO found_state FROM billing_period WHERE id = period FOR SHARE;
    IF found_state IS DISTINCT FROM 'open' THEN
        RAISE EXCEPTION 'billing period % takes nothing more', period USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "billing_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_billing_period_state")),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_billing_period_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_period")),
        sa.UniqueConstraint("first_day", name=op.f("uq_billing_period_first_day")),
        sa.UniqueConstraint("fiscal_year", "month", name=op.f("uq_billing_period_fiscal_year_month")),
        sa.UniqueConstraint("ulid", name=op.f("uq_billing_period_ulid")),
    )
    op.create_table(
        "rate_card",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("loaded_by", sa.String(length=200), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('published', 'withdrawn')", name=op.f("ck_rate_card_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_card")),
        sa.UniqueConstraint("ulid", name=op.f("uq_rate_card_ulid")),
    )
    op.create_index(
        "uq_rate_card_name_effective_from",
        "rate_card",
        ["name", "effective_from"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "export_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("debits", sa.BigInteger(), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("hash_total", sa.BigInteger(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'written' OR file_sha256 IS NOT NULL", name=op.f("ck_export_run_written")
        ),
        sa.CheckConstraint("state IN ('numbered', 'written')", name=op.f("ck_export_run_state")),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_export_run_file_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_period.id"], name=op.f("fk_export_run_period_id_billing_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_run")),
        sa.UniqueConstraint("period_id", name=op.f("uq_export_run_period_id")),
        sa.UniqueConstraint("ulid", name=op.f("uq_export_run_ulid")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_journal_reversal")
        ),
        sa.CheckConstraint("kind IN ('charge', 'reversal')", name=op.f("ck_journal_kind")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_journal_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_period.id"], name=op.f("fk_journal_period_id_billing_period")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["journal.id"], name=op.f("fk_journal_reverses_id_journal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_journal_idempotency_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journal_reverses_id")),
        sa.UniqueConstraint("ulid", name=op.f("uq_journal_ulid")),
    )
    op.create_index("ix_journal_period_id", "journal", ["period_id"], unique=False)
    op.create_table(
        "rate_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("rate", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("pass_through", sa.Boolean(), nullable=False),
        sa.CheckConstraint("rate >= 0 AND minimum >= 0", name=op.f("ck_rate_line_amounts")),
        sa.ForeignKeyConstraint(["card_id"], ["rate_card.id"], name=op.f("fk_rate_line_card_id_rate_card")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_line")),
        sa.UniqueConstraint("card_id", "unit", name=op.f("uq_rate_line_card_id_unit")),
    )
    op.create_index("ix_rate_line_unit", "rate_line", ["unit"], unique=False)
    op.create_table(
        "export_document",
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_code", sa.String(length=20), nullable=False),
        sa.Column("fiscal_year", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_export_document_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_period.id"], name=op.f("fk_export_document_period_id_billing_period")
        ),
        sa.PrimaryKeyConstraint("period_id", "agency_id", name=op.f("pk_export_document")),
        sa.UniqueConstraint("fiscal_year", "sequence", name=op.f("uq_export_document_fiscal_year_sequence")),
    )
    op.create_table(
        "journal_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account <> 'receivable' OR budget_unit_id IS NOT NULL",
            name=op.f("ck_journal_line_receivable_of"),
        ),
        sa.CheckConstraint(
            "account IN ('receivable', 'suspense', 'revenue', 'postage_clearing')",
            name=op.f("ck_journal_line_account"),
        ),
        sa.CheckConstraint(
            "account NOT IN ('revenue', 'postage_clearing') OR unit IS NOT NULL",
            name=op.f("ck_journal_line_revenue_of"),
        ),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_journal_line_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_journal_line_journal_id_journal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_line")),
    )
    op.create_index("ix_journal_line_budget_unit_id", "journal_line", ["budget_unit_id"], unique=False)
    op.create_index("ix_journal_line_journal_id", "journal_line", ["journal_id"], unique=False)
    op.create_table(
        "charge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("usage_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("suspended_for", sa.String(length=40), nullable=True),
        sa.Column("bill_code", sa.String(length=40), nullable=False),
        sa.Column("accounting_string", sa.String(length=200), nullable=False),
        sa.Column("rate_line_id", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("extended", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(account = 'suspense') = (suspended_for IS NOT NULL)", name=op.f("ck_charge_suspended")
        ),
        sa.CheckConstraint("account IN ('receivable', 'suspense')", name=op.f("ck_charge_account")),
        sa.CheckConstraint("share > 0 AND share <= shares", name=op.f("ck_charge_share")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_charge_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_charge_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_charge_job_id_job")),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_charge_journal_id_journal")),
        sa.ForeignKeyConstraint(
            ["rate_line_id"], ["rate_line.id"], name=op.f("fk_charge_rate_line_id_rate_line")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["charge.id"], name=op.f("fk_charge_reverses_id_charge")),
        sa.ForeignKeyConstraint(["usage_id"], ["usage.id"], name=op.f("fk_charge_usage_id_usage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_charge_reverses_id")),
        sa.UniqueConstraint("ulid", name=op.f("uq_charge_ulid")),
    )
    op.create_index("ix_charge_agency_id", "charge", ["agency_id"], unique=False)
    op.create_index("ix_charge_job_id", "charge", ["job_id"], unique=False)
    op.create_index("ix_charge_journal_id", "charge", ["journal_id"], unique=False)
    op.create_index(
        "uq_charge_usage_id_budget_unit_id_round",
        "charge",
        ["usage_id", "budget_unit_id", "round"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("reverses_id IS NULL"),
    )
    op.execute(REFUSE_UNBALANCED)
    op.execute(REFUSE_CLOSED_PERIOD)
    for table in ("journal", "journal_line"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_balance AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()"
        )
    for table in ("charge", "journal", "journal_line"):
        op.execute(
            f"CREATE TRIGGER {table}_period BEFORE INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_closed_period()"
        )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, state in FINAL.items():
        op.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW WHEN (OLD.state = '{state}') EXECUTE FUNCTION refuse_change()"
        )
    for table, rule in AGENCY_ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")


def downgrade() -> None:
    for table in AGENCY_ROWS:
        op.execute(f"DROP POLICY agency ON {table}")
    op.drop_index(
        "uq_charge_usage_id_budget_unit_id_round",
        table_name="charge",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("reverses_id IS NULL"),
    )
    op.drop_index("ix_charge_journal_id", table_name="charge")
    op.drop_index("ix_charge_job_id", table_name="charge")
    op.drop_index("ix_charge_agency_id", table_name="charge")
    op.drop_table("charge")
    op.drop_index("ix_journal_line_journal_id", table_name="journal_line")
    op.drop_index("ix_journal_line_budget_unit_id", table_name="journal_line")
    op.drop_table("journal_line")
    op.drop_table("export_document")
    op.drop_index("ix_rate_line_unit", table_name="rate_line")
    op.drop_table("rate_line")
    op.drop_index("ix_journal_period_id", table_name="journal")
    op.drop_table("journal")
    op.drop_table("export_run")
    op.drop_index(
        "uq_rate_card_name_effective_from",
        table_name="rate_card",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_table("rate_card")
    op.drop_table("billing_period")
    op.execute("DROP FUNCTION refuse_unbalanced()")
    op.execute("DROP FUNCTION refuse_closed_period()")
