"""what a job was charged on an account in a month is kept as charges come"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OWN = (
    "current_setting('indicia.scope', true) = 'plant'"
    " OR agency_id::text = current_setting('indicia.scope', true)"
)
# As period_total: a row that nobody holds takes the charge, so whoever charges waits for nobody.
COUNT = """
CREATE FUNCTION charges_count_by_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
    kept bigint;
BEGIN
    FOR sums IN
        SELECT journal.period_id, added.agency_id, added.budget_unit_id, added.job_id, count(*) AS charges,
            sum(cents) AS cents
        FROM new_charge AS added JOIN journal ON journal.id = added.journal_id GROUP BY 1, 2, 3, 4
    LOOP
        SELECT id INTO kept FROM job_total
            WHERE period_id = sums.period_id AND job_id = sums.job_id
                AND budget_unit_id IS NOT DISTINCT FROM sums.budget_unit_id
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE job_total SET charges = charges + sums.charges, cents = cents + sums.cents WHERE id = kept;
        ELSE
            INSERT INTO job_total (period_id, agency_id, budget_unit_id, job_id, charges, cents)
                VALUES (sums.period_id, sums.agency_id, sums.budget_unit_id, sums.job_id, sums.charges, sums.cents);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER charges_count_by_job AFTER INSERT ON charge REFERENCING NEW TABLE AS new_charge
    FOR EACH STATEMENT EXECUTE FUNCTION charges_count_by_job();
"""
FILL = """
INSERT INTO job_total (period_id, agency_id, budget_unit_id, job_id, charges, cents)
SELECT period_id, charge.agency_id, budget_unit_id, job_id, count(*), sum(cents)
FROM charge JOIN journal ON journal.id = journal_id GROUP BY 1, 2, 3, 4
"""


def upgrade() -> None:
    op.create_table(
        "job_total",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_job_total_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_job_total_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_total_job_id_job")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_period.id"], name=op.f("fk_job_total_period_id_billing_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_total")),
    )
    for column in ("agency_id", "budget_unit_id", "job_id"):
        op.create_index(op.f(f"ix_job_total_{column}"), "job_total", [column])
    op.create_index("ix_job_total_period_id_agency_id", "job_total", ["period_id", "agency_id"])
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(FILL)
    op.execute(COUNT)
    op.execute("ALTER TABLE job_total ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE job_total FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON job_total USING ({OWN})")


def downgrade() -> None:
    op.execute("DROP TRIGGER charges_count_by_job ON charge")
    op.execute("DROP FUNCTION charges_count_by_job()")
    op.drop_table("job_total")
