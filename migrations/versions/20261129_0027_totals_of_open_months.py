"""totals of open months kept as charges come; the unit of usage that is not charged yet; jobs counted by state from an
index"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UNIQUE = "uq_period_total_period_id_agency_id_budget_unit_id"
SUMS = """
    SELECT journal.period_id, added.agency_id, added.budget_unit_id, count(*) AS charges,
        coalesce(sum(cents) FILTER (WHERE account = 'receivable'), 0) AS total,
        coalesce(sum(cents) FILTER (WHERE account = 'suspense'), 0) AS suspense
    FROM {charges} AS added JOIN journal ON journal.id = added.journal_id {where} GROUP BY 1, 2, 3
"""
# Charges are added to a row that nobody holds, else to a new one: whoever charges waits for nobody, and what stands on
# an account is the sum of its rows, of which there are never more than charged at once.
CHARGES_COUNT = f"""
CREATE FUNCTION charges_count() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
    kept bigint;
BEGIN
    FOR sums IN {SUMS.format(charges="new_charge", where="")} LOOP
        SELECT id INTO kept FROM period_total
            WHERE period_id = sums.period_id AND agency_id = sums.agency_id
                AND budget_unit_id IS NOT DISTINCT FROM sums.budget_unit_id
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE period_total SET charges = charges + sums.charges, total = total + sums.total,
                suspense = suspense + sums.suspense WHERE id = kept;
        ELSE
            INSERT INTO period_total (period_id, agency_id, budget_unit_id, charges, total, suspense)
                VALUES (sums.period_id, sums.agency_id, sums.budget_unit_id, sums.charges, sums.total, sums.suspense);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER charges_count AFTER INSERT ON charge REFERENCING NEW TABLE AS new_charge
    FOR EACH STATEMENT EXECUTE FUNCTION charges_count();
"""
TOTALS = "INSERT INTO period_total (period_id, agency_id, budget_unit_id, charges, total, suspense)" + SUMS
OF_OPEN = "JOIN billing_period ON billing_period.id = period_id WHERE billing_period.state = 'open'"
USAGE_OPENS = """
CREATE OR REPLACE FUNCTION usage_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_usage (usage_id, job_id, agency_id, usage_date{column})
        VALUES (NEW.id, NEW.job_id, NEW.agency_id, NEW.usage_date{value});
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.execute("SET LOCAL statement_timeout = 0")
    op.drop_constraint(UNIQUE, "period_total")
    op.create_index("ix_period_total_period_id_agency_id", "period_total", ["period_id", "agency_id"])
    op.execute(CHARGES_COUNT)
    op.execute(TOTALS.format(charges="charge", where=OF_OPEN))
    op.add_column("open_usage", sa.Column("unit", sa.String(length=60), nullable=True))
    op.execute("UPDATE open_usage SET unit = usage.unit FROM usage WHERE usage.id = usage_id")
    op.alter_column("open_usage", "unit", nullable=False)
    op.execute(USAGE_OPENS.format(column=", unit", value=", NEW.unit"))
    op.create_index("ix_job_agency_id_state", "job", ["agency_id", "state"])


def downgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.drop_index("ix_job_agency_id_state", table_name="job")
    op.execute(USAGE_OPENS.format(column="", value=""))
    op.drop_column("open_usage", "unit")
    op.execute("DROP TRIGGER charges_count ON charge")
    op.execute("DROP FUNCTION charges_count")
    op.execute("TRUNCATE period_total")
    op.drop_index("ix_period_total_period_id_agency_id", table_name="period_total")
    op.create_unique_constraint(
        UNIQUE,
        "period_total",
        ["period_id", "agency_id", "budget_unit_id"],
        postgresql_nulls_not_distinct=True,
    )
    closed = OF_OPEN.replace("'open'", "'closed'")
    op.execute(TOTALS.format(charges="charge", where=closed))
