"""row-level security on every table and partition that holds anything of an agency; the owner makes partitions"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# As in 0001: the scope is an agency's key or 'plant'; unset sees nothing.
SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
ACTOR = "current_setting('indicia.actor', true)"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
OWN_BATCH = "EXISTS (SELECT 1 FROM job WHERE job.batch_id = {0}.{1})"
OF_JOB_OR_BATCH = f"{OF_OWN_JOB} OR job_id IS NULL AND {OWN_BATCH}"
RULES = {
    "agency": f"{PLANT} OR id::text = {SCOPE}",
    "app_user": f"{PLANT} OR agency_id::text = {SCOPE}",
    "user_role": f"{PLANT} OR EXISTS (SELECT 1 FROM app_user WHERE app_user.id = user_id)",
    "presort_batch": f"{PLANT} OR {OWN_BATCH.format('presort_batch', 'id')}",
    **{
        table: f"{PLANT} OR {OF_JOB_OR_BATCH.format(table, 'batch_id')}"
        for table in ("operation", "hold", "delivery")
    },
    **dict.fromkeys(
        (
            "batch_file",
            "tray",
            "piece_range",
            "spoil",
            "serial_block",
            "meter",
            "meter_sheet",
            "meter_import",
        ),
        PLANT,
    ),
    "idempotency_key": f"{PLANT} OR actor = {ACTOR}",
}
RECIPIENT = f"{PLANT} OR {OF_OWN_JOB}"
MAKE_MONTH = f"""
CREATE FUNCTION make_recipient_month(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
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
    EXECUTE format($rule$CREATE POLICY agency ON %I USING ({RECIPIENT})$rule$, month);
END $$
"""
MONTHS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'recipient'::regclass"


def _months() -> list[str]:
    return list(op.get_bind().exec_driver_sql(MONTHS).scalars())


def upgrade() -> None:
    for table, rule in {**RULES, **dict.fromkeys(_months(), RECIPIENT)}.items():
        _wall(table)
        op.execute(f"CREATE POLICY agency ON {table} USING ({rule})")
    _wall("audit_entry")  # every scope adds to it, the plant reads it
    op.execute(f"CREATE POLICY plant ON audit_entry USING ({PLANT})")
    op.execute(f"CREATE POLICY adding ON audit_entry FOR INSERT WITH CHECK ({SCOPE} <> '')")
    op.execute(MAKE_MONTH)


def _wall(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("DROP FUNCTION make_recipient_month")
    op.execute("DROP POLICY adding ON audit_entry")
    op.execute("DROP POLICY plant ON audit_entry")
    for table in [*RULES, *_months()]:
        op.execute(f"DROP POLICY agency ON {table}")
    for table in [*RULES, *_months(), "audit_entry"]:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
