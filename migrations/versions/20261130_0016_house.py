"""the house: every table, what its triggers refuse, and the walls between agencies"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = None
branch_labels = None
depends_on = None

# Row-level security: the unit of work sets indicia.scope to an agency's key or to 'plant'; unset sees nothing. What a rule
# asks of another table is asked under that table's own rule.
SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
OWN = f"agency_id::text = {SCOPE}"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"
OF_OWN_SHARE = "EXISTS (SELECT 1 FROM lot_share WHERE lot_share.lot_id = {0}.{1})"
OF_OWN_MAILING = "EXISTS (SELECT 1 FROM mailing WHERE mailing.id = delivery.mailing_id)"
OF_OWN_PERSON = "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = person_id)"
# Who looked at the names of an agency's recipients is told to that agency too.
LOOKS = "subject = 'recipient' AND act = 'names_shown'"
OF_NAMED_JOB = (
    "EXISTS (SELECT 1 FROM job WHERE job.number = details ->> 'job')"  # job's own policy applies inside
)
RULES = {
    **dict.fromkeys(
        (
            "api_key", "app_user", "budget_unit", "charge", "customer_order", "export_document", "job", "journal",
            "job_total", "job_word", "mailer_id", "order_draft", "nonprofit_authorization", "open_usage", "period_total",
            "recipient", "usage",
        ),
        OWN,
    ),
    **dict.fromkeys(
        (
            "address_evidence", "address_match", "approval", "charge_split", "component", "job_file", "job_finding",
            "job_letters", "job_mail", "lot_share", "meter_run", "proof_page", "quote", "sorter_drop",
        ),
        OF_OWN_JOB,
    ),
    "agency": f"id::text = {SCOPE}",
    "user_role": "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = user_id)",
    "journal_line": "EXISTS (SELECT 1 FROM journal WHERE journal.id = journal_id)",
    "lot": OF_OWN_SHARE.format("lot", "id"),
    "presort_stream": OF_OWN_SHARE.format("presort_stream", "id"),
    "presort_share": (
        "EXISTS (SELECT 1 FROM lot_share WHERE lot_share.lot_id = presort_share.lot_id"
        " AND lot_share.position = presort_share.position)"
    ),
    "operation": OF_OWN_SHARE.format("operation", "lot_id"),
    "mailing": "EXISTS (SELECT 1 FROM presort_stream WHERE presort_stream.mailing_id = mailing.id)",
    "delivered_stream": OF_OWN_SHARE.format("delivered_stream", "lot_id"),
    "delivery": f"{OF_OWN_JOB} OR job_id IS NULL AND {OF_OWN_MAILING}",
    "hold": f"{OF_OWN_JOB} OR job_id IS NULL AND {OF_OWN_SHARE.format('hold', 'lot_id')}",
    "print_item": "EXISTS (SELECT 1 FROM component WHERE component.id = component_id)",
    # Not of another agency's job in the lot, and of a meter's day nothing: that is the plant's.
    "job_event": (
        f"{OF_OWN_JOB} OR job_id IS NULL AND EXISTS "
        "(SELECT 1 FROM lot WHERE lot.id = job_event.lot_id AND lot.kind <> 'meter_day')"
    ),
    # An agency sees what is for its people; it may write what is for the plant, and never sees that.
    "notice": OWN,
    **dict.fromkeys(("notice_read", "notice_choice", "notice_hours"), OF_OWN_PERSON),
    "idempotency_key": "actor = current_setting('indicia.actor', true)",
    **dict.fromkeys(
        (
            "agreement", "maildat_settings", "mailing_file", "export_run", "lot_range", "meter", "meter_import", "meter_sheet",
            "notice_mail", "notice_post", "received_maildat", "retention_run", "serial_block", "sign_in", "sort_agreement", "sorter_log", "sorter_run",
            "spoil", "tray", "tray_block",
        ),
        "false",
    ),
}  # fmt: skip
APPEND_ONLY = (
    "audit_entry", "charge", "maildat_settings", "export_document", "job_event", "journal", "journal_line", "lot_range",
    "rate_line", "serial_block", "sort_agreement", "tray_block", "usage",
)  # fmt: skip
FINAL = {"billing_period": "closed", "export_run": "written", "rate_card": "withdrawn"}
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
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
OUTBOX_WAKE = """
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();
"""
# Usage comes in open; the first charge of its own takes it out. A correction keeps the first row, so it stays out.
OPEN_USAGE = """
CREATE FUNCTION usage_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_usage (usage_id, job_id, agency_id, usage_date, unit)
        VALUES (NEW.id, NEW.job_id, NEW.agency_id, NEW.usage_date, NEW.unit);
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
"""
# Charges are added to a row that nobody holds, else to a new one: whoever charges waits for nobody, and what stands on
# an account is the sum of its rows, of which there are never more than charged at once.
CHARGES_COUNT = """
CREATE FUNCTION charges_count() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
    kept bigint;
BEGIN
    FOR sums IN
        SELECT journal.period_id, added.agency_id, added.budget_unit_id, count(*) AS charges,
            coalesce(sum(cents) FILTER (WHERE account = 'receivable'), 0) AS total,
            coalesce(sum(cents) FILTER (WHERE account = 'suspense'), 0) AS suspense
        FROM new_charge AS added JOIN journal ON journal.id = added.journal_id GROUP BY 1, 2, 3
    LOOP
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
# Months of recipients are partitions that only their owner makes and drops: the plant's role asks for it by these.
RECIPIENT_MONTHS = f"""
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
    EXECUTE format($rule$CREATE POLICY agency ON %I USING ({PLANT} OR {OWN})$rule$, month);
END $$;
CREATE FUNCTION drop_recipient_month(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '5s' AS $$
DECLARE
    first date := date_trunc('month', day);
BEGIN
    IF first + interval '2 months' > current_date THEN
        RAISE EXCEPTION 'the month % is not over long enough', first;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', to_char(first, '"recipient_"YYYY_MM'));
END $$;
"""
# As period_total: a row that nobody holds takes the charge, so whoever charges waits for nobody.
CHARGES_COUNT_BY_JOB = """
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
# One way to split, for what is kept and for what is looked for: small letters without accents.
WORDS_OF = r"""
CREATE FUNCTION words_of(said text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT left(word, 60)
    FROM regexp_split_to_table(
        lower(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g')), '[[:space:][:punct:]]+'
    ) AS word
    WHERE word <> ''
$$
"""
TITLE_HAS_WORDS = """
CREATE FUNCTION title_has_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM job_word WHERE job_id = NEW.id;
    INSERT INTO job_word (job_id, agency_id, word) SELECT NEW.id, NEW.agency_id, words_of(NEW.title);
    RETURN NULL;
END $$;
CREATE TRIGGER title_has_words AFTER INSERT OR UPDATE OF title ON job
    FOR EACH ROW EXECUTE FUNCTION title_has_words();
"""
FUNCTIONS = (
    REFUSE_CHANGE,
    REFUSE_UNBALANCED,
    REFUSE_CLOSED_PERIOD,
    OUTBOX_WAKE,
    OPEN_USAGE,
    CHARGES_COUNT,
    CHARGES_COUNT_BY_JOB,
    WORDS_OF,
    TITLE_HAS_WORDS,
    RECIPIENT_MONTHS,
)


def upgrade() -> None:
    _tables()
    op.execute("INSERT INTO audit_head (id, count, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    for function in FUNCTIONS:
        op.execute(function)
    _triggers()
    for table, rule in RULES.items():
        _wall(table)
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")
    for table in ("audit_entry", "setup_version"):
        _wall(table)
        op.execute(f"CREATE POLICY plant ON {table} USING ({PLANT})")
    for table in ("audit_entry", "notice"):  # every scope adds to them
        op.execute(f"CREATE POLICY adding ON {table} FOR INSERT WITH CHECK ({SCOPE} <> '')")
    op.execute(f"CREATE POLICY looks ON audit_entry FOR SELECT USING ({LOOKS} AND {OF_NAMED_JOB})")


def _wall(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _triggers() -> None:
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


def _tables() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("crid", sa.String(length=15), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
        sa.UniqueConstraint("ulid", name=op.f("uq_agency_ulid")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=200), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "act IN ('close_period', 'rate_card', 'meter_register', 'setup')", name=op.f("ck_agreement_act")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(
        "uq_agreement_open",
        "agreement",
        ["act", "subject"],
        unique=True,
        postgresql_where=sa.text("agreed_at IS NULL"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("details", postgresql.JSONB, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        "ix_audit_entry_names_shown",
        "audit_entry",
        ["number"],
        unique=False,
        postgresql_where=sa.text("subject = 'recipient' AND act = 'names_shown'"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
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
        "counter",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", postgresql.JSONB, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("actor", "route", "key", name=op.f("uq_idempotency_key_actor_route_key")),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("ready_by", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('presort', 'sorter', 'meter_day', 'print_run')", name=op.f("ck_lot_kind")
        ),
        sa.CheckConstraint(
            "state IN ('planning', 'in_production', 'produced', 'dispatched', 'delivered', 'cancelled', 'open', 'checking', 'tied')",
            name=op.f("ck_lot_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("number", name=op.f("uq_lot_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_lot_ulid")),
    )
    op.create_index("ix_lot_kind_state_id", "lot", ["kind", "state", "id"], unique=False)
    op.create_table(
        "maildat_settings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sender", postgresql.JSONB(), nullable=False),
        sa.Column("owners", postgresql.JSONB(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maildat_settings")),
    )
    op.create_table(
        "mailing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.Column("mail_class", sa.String(length=20), nullable=False),
        sa.Column("mail_shape", sa.String(length=20), nullable=False),
        sa.Column("sort_plan", sa.String(length=60), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("payment", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("payment IN ('permit', 'metered')", name=op.f("ck_mailing_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("number", name=op.f("uq_mailing_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_mailing_ulid")),
    )
    op.create_index(op.f("ix_mailing_mail_date"), "mailing", ["mail_date"], unique=False)
    op.create_table(
        "meter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("serial_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("serial_number", name=op.f("uq_meter_serial_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_meter_ulid")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("step_key", sa.String(length=110), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("arguments", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_open", "outbox", ["sent_at"], unique=False, postgresql_where=sa.text("done_at IS NULL")
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND done_at IS NULL"),
    )
    op.create_index(
        "uq_outbox_open_step",
        "outbox",
        ["step_key"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "plant_stamp",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_plant_stamp_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_stamp")),
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
        sa.CheckConstraint(
            "state IN ('draft', 'approved', 'published', 'withdrawn')", name=op.f("ck_rate_card_state")
        ),
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
        "recipient",
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("source_row", sa.BigInteger(), nullable=False),
        sa.Column("name_key", sa.String(length=120, collation="C"), nullable=False),
        sa.Column("zip5", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("mail_date", "lot_id", "piece", name=op.f("pk_recipient")),
        postgresql_partition_by="RANGE (mail_date)",
    )
    op.create_index("ix_recipient_agency_id_name_key", "recipient", ["agency_id", "name_key"], unique=False)
    op.create_table(
        "route",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_route")),
    )
    op.create_table(
        "setup_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("value", postgresql.JSONB, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_version")),
        sa.UniqueConstraint("kind", "key", "number", name=op.f("uq_setup_version_kind_key_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_setup_version_ulid")),
    )
    op.create_index(
        "uq_setup_version_waiting",
        "setup_version",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("in_force_at IS NULL"),
    )
    op.create_table(
        "shop_profile",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("origin_zip5", sa.String(length=5), nullable=False),
        sa.Column("post_office", sa.String(length=120), nullable=False),
        sa.Column("permit_number", sa.String(length=20), nullable=False),
        sa.Column("crid", sa.String(length=15), nullable=False),
        sa.Column("service_type_id", sa.String(length=3), nullable=False),
        sa.Column("allow_test_only", sa.Boolean(), nullable=False),
        sa.Column("pieces_per_segment", sa.BigInteger(), nullable=False),
        sa.Column("bars", sa.String(length=12), nullable=False),
        sa.Column("evidence_policy", sa.String(40), nullable=False),
        sa.Column("full_service", sa.Boolean(), nullable=False),
        sa.Column("seamless_crid", sa.String(length=15), nullable=False),
        sa.Column("payment_account", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "evidence_policy IN ('stop', 'rerate')", name=op.f("ck_shop_profile_evidence_policy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_profile")),
    )
    op.create_table(
        "shop_rule",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("value", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_shop_rule")),
    )
    op.create_table(
        "sort_agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=200), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("writing", sa.String(length=200), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sort_agreement")),
    )
    op.create_table(
        "step_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("step_key", sa.String(length=110), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_claim")),
        sa.UniqueConstraint("step_key", name=op.f("uq_step_claim_step_key")),
    )
    op.create_index(
        "ix_step_claim_open",
        "step_claim",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purge_rule", sa.String(length=40), nullable=True),
        sa.Column("purge_run", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_index(
        "ix_stored_file_purge_run",
        "stored_file",
        ["purge_run"],
        unique=False,
        postgresql_where=sa.text("purge_run IS NOT NULL"),
    )
    op.create_table(
        "usage_unit",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_usage_unit")),
    )
    op.create_table(
        "verify_mark",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("whole_on", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_verify_mark_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verify_mark")),
    )
    op.create_table(
        "work_center",
        sa.Column("work_center_class", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_work_center")),
    )
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("sign_in_name", sa.String(length=120), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("approval_limit", sa.BigInteger(), nullable=True),
        sa.Column("stand_in_id", sa.BigInteger(), nullable=True),
        sa.Column("stand_in_from", sa.Date(), nullable=True),
        sa.Column("stand_in_until", sa.Date(), nullable=True),
        sa.Column("toured_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_app_user_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["app_user.id"], name=op.f("fk_app_user_stand_in_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_app_user_sign_in_name")),
        sa.UniqueConstraint("ulid", name=op.f("uq_app_user_ulid")),
    )
    op.create_index(op.f("ix_app_user_agency_id"), "app_user", ["agency_id"], unique=False)
    op.create_index(op.f("ix_app_user_stand_in_id"), "app_user", ["stand_in_id"], unique=False)
    op.create_table(
        "budget_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("bill_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("accounting_string", sa.String(length=200), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_budget_unit_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_unit")),
        sa.UniqueConstraint("agency_id", "bill_code", name=op.f("uq_budget_unit_agency_id_bill_code")),
        sa.UniqueConstraint("ulid", name=op.f("uq_budget_unit_ulid")),
    )
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
        "mailer_id",
        sa.Column("mailer_id", sa.String(length=9), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("mailer_id ~ '^([0-8][0-9]{5}|9[0-9]{8})$'", name=op.f("ck_mailer_id_digits")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_mailer_id_agency_id_agency")),
        sa.PrimaryKeyConstraint("mailer_id", name=op.f("pk_mailer_id")),
    )
    op.create_table(
        "mailing_file",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_file_mailing_id_mailing")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_mailing_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "role", name=op.f("pk_mailing_file")),
    )
    op.create_table(
        "meter_sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opening_ascending", sa.BigInteger(), nullable=False),
        sa.Column("opening_descending", sa.BigInteger(), nullable=False),
        sa.Column("closing_ascending", sa.BigInteger(), nullable=True),
        sa.Column("closing_descending", sa.BigInteger(), nullable=True),
        sa.Column("refill", sa.BigInteger(), nullable=False),
        sa.Column("gaps", postgresql.JSONB(), nullable=False),
        sa.Column("supervisor_note", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["lot.id"], name=op.f("fk_meter_sheet_id_lot")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.id"], name=op.f("fk_meter_sheet_meter_id_meter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_sheet")),
        sa.UniqueConstraint("meter_id", "day", name=op.f("uq_meter_sheet_meter_id_day")),
    )
    op.create_table(
        "nonprofit_authorization",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=10), nullable=False),
        sa.Column("zip5", sa.String(length=5), nullable=False),
        sa.Column("post_office", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_nonprofit_authorization_days")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_nonprofit_authorization_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonprofit_authorization")),
        sa.UniqueConstraint(
            "agency_id", "zip5", "number", name=op.f("uq_nonprofit_authorization_agency_id_zip5_number")
        ),
    )
    op.create_table(
        "operation_type",
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("work_center_class", sa.String(length=40), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("takes", sa.String(length=40), nullable=False),
        sa.Column("gives", sa.String(length=40), nullable=False),
        sa.Column("usage_unit", sa.String(length=40), nullable=True),
        sa.Column("usage_times", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.String(length=120), nullable=False),
        sa.Column("spoil_reasons", postgresql.JSONB(), nullable=False),
        sa.Column("setup_minutes", sa.BigInteger(), nullable=True),
        sa.Column("per_hour", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "place IN ('floor', 'system', 'mailroom', 'dock')", name=op.f("ck_operation_type_place")
        ),
        sa.CheckConstraint("per_hour > 0 AND setup_minutes >= 0", name=op.f("ck_operation_type_standard")),
        sa.ForeignKeyConstraint(
            ["usage_unit"], ["usage_unit.code"], name=op.f("fk_operation_type_usage_unit_usage_unit")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_operation_type")),
    )
    op.create_table(
        "presort_stream",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.String(length=20), nullable=False),
        sa.Column("weight_oz", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("thickness_in", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("pages_per_piece", sa.BigInteger(), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=True),
        sa.Column("plan_sha256", sa.String(length=64), nullable=True),
        sa.Column("mailer_id", sa.String(length=9), nullable=True),
        sa.Column("service_type_id", sa.String(length=3), nullable=True),
        sa.Column("first_serial", sa.BigInteger(), nullable=True),
        sa.Column("residual_service_type_id", sa.String(length=3), nullable=True),
        sa.Column("residual_first_piece", sa.BigInteger(), nullable=True),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["lot.id"], name=op.f("fk_presort_stream_id_lot")),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_presort_stream_mailing_id_mailing")
        ),
        sa.ForeignKeyConstraint(
            ["plan_sha256"], ["stored_file.sha256"], name=op.f("fk_presort_stream_plan_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presort_stream")),
    )
    op.create_index(op.f("ix_presort_stream_mailing_id"), "presort_stream", ["mailing_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("components", postgresql.JSONB(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("grades", postgresql.JSONB(), nullable=False),
        sa.Column("least_quantity", sa.BigInteger(), nullable=True),
        sa.Column("most_quantity", sa.BigInteger(), nullable=True),
        sa.Column("most_pages", sa.BigInteger(), nullable=True),
        sa.Column("unders_percent", sa.BigInteger(), nullable=False),
        sa.Column("overs_percent", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "least_quantity > 0 AND least_quantity <= most_quantity", name=op.f("ck_product_quantity")
        ),
        sa.CheckConstraint(
            "unders_percent BETWEEN 0 AND 99 AND overs_percent >= 0", name=op.f("ck_product_tolerance")
        ),
        sa.ForeignKeyConstraint(["route"], ["route.code"], name=op.f("fk_product_route_route")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product")),
    )
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
        sa.ForeignKeyConstraint(["unit"], ["usage_unit.code"], name=op.f("fk_rate_line_unit_usage_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_line")),
        sa.UniqueConstraint("card_id", "unit", name=op.f("uq_rate_line_card_id_unit")),
    )
    op.create_index("ix_rate_line_unit", "rate_line", ["unit"], unique=False)
    op.create_table(
        "received_maildat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_received_maildat_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_maildat")),
        sa.UniqueConstraint("sha256", name=op.f("uq_received_maildat_sha256")),
        sa.UniqueConstraint("ulid", name=op.f("uq_received_maildat_ulid")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.String(length=60), nullable=False),
        sa.Column("rules_sha256", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", postgresql.JSONB(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["proof_sha256"], ["stored_file.sha256"], name=op.f("fk_retention_run_proof_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("ulid", name=op.f("uq_retention_run_ulid")),
    )
    op.create_index(
        "ix_retention_run_open",
        "retention_run",
        ["id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_retention_run_proof_sha256", "retention_run", ["proof_sha256"], unique=False)
    op.create_table(
        "stock",
        sa.Column("grade", sa.String(length=40), nullable=False),
        sa.Column("basis_lb", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("basic_width_in", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("basic_height_in", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("caliper_in", sa.Numeric(precision=8, scale=4), nullable=True),
        sa.Column("sheets", postgresql.JSONB(), nullable=False),
        sa.Column("usage_unit", sa.String(length=40), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["usage_unit"], ["usage_unit.code"], name=op.f("fk_stock_usage_unit_usage_unit")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_stock")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_api_key_agency_id_agency")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_api_key_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
        sa.UniqueConstraint("ulid", name=op.f("uq_api_key_ulid")),
    )
    op.create_index(op.f("ix_api_key_agency_id"), "api_key", ["agency_id"], unique=False)
    op.create_index(op.f("ix_api_key_user_id"), "api_key", ["user_id"], unique=False)
    op.create_table(
        "customer_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_customer_order_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["app_user.id"], name=op.f("fk_customer_order_requester_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_order")),
        sa.UniqueConstraint("ulid", name=op.f("uq_customer_order_ulid")),
    )
    op.create_index(op.f("ix_customer_order_agency_id"), "customer_order", ["agency_id"], unique=False)
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
        "meter_import",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["meter_sheet.id"], name=op.f("fk_meter_import_sheet_id_meter_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_import")),
        sa.UniqueConstraint("sha256", name=op.f("uq_meter_import_sha256")),
    )
    op.create_index(op.f("ix_meter_import_sheet_id"), "meter_import", ["sheet_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(40), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("words", postgresql.JSONB, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('requester', 'approver', 'print_operator', 'mail_operator', 'billing_clerk', 'administrator', 'planner', 'messenger', 'director')",
            name=op.f("ck_notice_role"),
        ),
        sa.CheckConstraint("(person_id IS NULL) <> (role IS NULL)", name=op.f("ck_notice_for_whom")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_notice_agency_id_agency")),
        sa.ForeignKeyConstraint(["person_id"], ["app_user.id"], name=op.f("fk_notice_person_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
        sa.UniqueConstraint("ulid", name=op.f("uq_notice_ulid")),
    )
    op.create_index("ix_notice_agency_id_role_id", "notice", ["agency_id", "role", "id"], unique=False)
    op.create_index(
        "ix_notice_not_posted", "notice", ["id"], unique=False, postgresql_where=sa.text("posted_at IS NULL")
    )
    op.create_index(
        "ix_notice_open_about",
        "notice",
        ["about"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index("ix_notice_person_id_id", "notice", ["person_id", "id"], unique=False)
    op.create_table(
        "notice_choice",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("on_page", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.String(40), nullable=False),
        sa.CheckConstraint("by_mail IN ('once', 'daily', 'never')", name=op.f("ck_notice_choice_by_mail")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_choice_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "notice_hours",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_until", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_hours_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_hours")),
    )
    op.create_table(
        "notice_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("by_mail", sa.String(40), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.CheckConstraint("by_mail IN ('once', 'daily', 'never')", name=op.f("ck_notice_mail_by_mail")),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_notice_mail_end")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_mail_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_mail_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notice_mail_message_id")),
        sa.UniqueConstraint("ulid", name=op.f("uq_notice_mail_ulid")),
    )
    op.create_index(op.f("ix_notice_mail_person_id"), "notice_mail", ["person_id"], unique=False)
    op.create_table(
        "operation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("ticket", sa.String(length=24), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("needs", postgresql.JSONB(), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=True),
        sa.Column("first_piece", sa.BigInteger(), nullable=True),
        sa.Column("last_piece", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("usage_times", sa.BigInteger(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("good", sa.BigInteger(), nullable=True),
        sa.Column("spoiled", sa.BigInteger(), nullable=True),
        sa.Column("operator", sa.String(length=200), nullable=True),
        sa.Column("work_center", sa.String(length=60), nullable=True),
        sa.Column("planned_minutes", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'running', 'done', 'failed', 'skipped', 'outcome_unknown')",
            name=op.f("ck_operation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_operation_file_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_operation_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["type"], ["operation_type.code"], name=op.f("fk_operation_type_operation_type")
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_operation_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("ticket", name=op.f("uq_operation_ticket")),
        sa.UniqueConstraint("ulid", name=op.f("uq_operation_ulid")),
    )
    op.create_index("ix_operation_lot_id_step", "operation", ["lot_id", "step"], unique=False)
    op.create_index("ix_operation_state_type", "operation", ["state", "type"], unique=False)
    op.create_index(
        "ix_operation_work_center_finished_at", "operation", ["work_center", "finished_at"], unique=False
    )
    op.create_table(
        "period_total",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("suspense", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_period_total_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_period_total_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["billing_period.id"], name=op.f("fk_period_total_period_id_billing_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_total")),
    )
    op.create_index(op.f("ix_period_total_agency_id"), "period_total", ["agency_id"], unique=False)
    op.create_index(op.f("ix_period_total_budget_unit_id"), "period_total", ["budget_unit_id"], unique=False)
    op.create_index(
        "ix_period_total_period_id_agency_id", "period_total", ["period_id", "agency_id"], unique=False
    )
    op.create_table(
        "route_step",
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("needs", postgresql.JSONB(), nullable=False),
        sa.Column("when_option", sa.String(length=40), nullable=True),
        sa.Column("when_is", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation"], ["operation_type.code"], name=op.f("fk_route_step_operation_operation_type")
        ),
        sa.ForeignKeyConstraint(["route"], ["route.code"], name=op.f("fk_route_step_route_route")),
        sa.PrimaryKeyConstraint("route", "step", name=op.f("pk_route_step")),
    )
    op.create_table(
        "serial_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("mailer_id", sa.String(length=9), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "int8range(mailer_id::bigint * 1000000000 + first, mailer_id::bigint * 1000000000 + last, '[]')"
                ),
                "&&",
            ),
            (sa.text("daterange(mail_date, mail_date + 45, '[]')"), "&&"),
            using="gist",
            name="ex_serial_block_no_repeat",
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_serial_block_run")),
        sa.CheckConstraint("first >= 0", name=op.f("ck_serial_block_first")),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_serial_block_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["mailer_id"], ["mailer_id.mailer_id"], name=op.f("fk_serial_block_mailer_id_mailer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serial_block")),
    )
    op.create_index(op.f("ix_serial_block_lot_id"), "serial_block", ["lot_id"], unique=False)
    op.create_index("ix_serial_block_mailer_id_first", "serial_block", ["mailer_id", "first"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_sign_in_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("ulid", name=op.f("uq_sign_in_ulid")),
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "sorter_run",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("bins", sa.BigInteger(), nullable=False),
        sa.Column("passes", sa.BigInteger(), nullable=False),
        sa.Column("stacker_pieces", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("density_sha256", sa.String(length=64), nullable=True),
        sa.Column("density_words", sa.String(length=255), nullable=False),
        sa.Column("plan_sha256", sa.String(length=64), nullable=True),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["density_sha256"], ["stored_file.sha256"], name=op.f("fk_sorter_run_density_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_sorter_run_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["plan_sha256"], ["stored_file.sha256"], name=op.f("fk_sorter_run_plan_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_sorter_run")),
    )
    op.create_table(
        "tray",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=20), nullable=False),
        sa.Column("tray_type", sa.String(length=20), nullable=False),
        sa.Column("first_piece", sa.BigInteger(), nullable=False),
        sa.Column("last_piece", sa.BigInteger(), nullable=False),
        sa.Column("line_1", sa.String(length=60), nullable=False),
        sa.Column("line_2", sa.String(length=60), nullable=False),
        sa.Column("line_3", sa.String(length=60), nullable=False),
        sa.Column("content_id", sa.String(length=3), nullable=True),
        sa.Column("barcode", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_tray_lot_id_presort_stream")
        ),
        sa.PrimaryKeyConstraint("lot_id", "number", name=op.f("pk_tray")),
    )
    op.create_index(op.f("ix_tray_barcode"), "tray", ["barcode"], unique=False)
    op.create_table(
        "tray_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("mailer_id", sa.String(length=9), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "int8range(mailer_id::bigint * 1000000000 + first, mailer_id::bigint * 1000000000 + last, '[]')"
                ),
                "&&",
            ),
            (sa.text("daterange(mail_date, mail_date + 45, '[]')"), "&&"),
            using="gist",
            name="ex_tray_block_no_repeat",
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_tray_block_run")),
        sa.CheckConstraint("first >= 0", name=op.f("ck_tray_block_first")),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_tray_block_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["mailer_id"], ["mailer_id.mailer_id"], name=op.f("fk_tray_block_mailer_id_mailer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tray_block")),
    )
    op.create_index(op.f("ix_tray_block_lot_id"), "tray_block", ["lot_id"], unique=False)
    op.create_index("ix_tray_block_mailer_id_first", "tray_block", ["mailer_id", "first"], unique=False)
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "role IN ('requester', 'approver', 'print_operator', 'mail_operator', 'billing_clerk', 'administrator', 'planner', 'messenger', 'director')",
            name=op.f("ck_user_role_role"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_role_user_id_app_user")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('mailing', 'print', 'meter_run', 'brought_in')", name=op.f("ck_job_kind")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'needs_fix', 'proof_ready', 'approved', 'in_production', 'produced', 'dispatched', 'delivered', 'billed', 'closed', 'cancelled')",
            name=op.f("ck_job_state"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_job_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_job_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(["product"], ["product.code"], name=op.f("fk_job_product_product")),
        sa.ForeignKeyConstraint(["requester_id"], ["app_user.id"], name=op.f("fk_job_requester_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_job_id_kind")),
        sa.UniqueConstraint("number", name=op.f("uq_job_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_job_ulid")),
    )
    op.create_index("ix_job_agency_id_id", "job", ["agency_id", "id"], unique=False)
    op.create_index("ix_job_agency_id_state", "job", ["agency_id", "state"], unique=False)
    op.create_index(op.f("ix_job_order_id"), "job", ["order_id"], unique=False)
    op.create_index("ix_job_state_id", "job", ["state", "id"], unique=False)
    op.create_table(
        "lot_range",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('printed', 'inserted', 'withdrawn', 'sorted', 'done')",
            name=op.f("ck_lot_range_status"),
        ),
        sa.CheckConstraint("first >= 1 AND first <= last", name=op.f("ck_lot_range_range")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_range_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_lot_range_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_range")),
    )
    op.create_index("ix_lot_range_lot_id_status", "lot_range", ["lot_id", "status"], unique=False)
    op.create_index(op.f("ix_lot_range_operation_id"), "lot_range", ["operation_id"], unique=False)
    op.create_table(
        "notice_post",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("by_mail", sa.String(40), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("by_mail IN ('once', 'daily', 'never')", name=op.f("ck_notice_post_by_mail")),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["notice_mail.id"],
            name=op.f("fk_notice_post_mail_id_notice_mail"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_post_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_post_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_post")),
    )
    op.create_index(op.f("ix_notice_post_mail_id"), "notice_post", ["mail_id"], unique=False)
    op.create_index(op.f("ix_notice_post_person_id"), "notice_post", ["person_id"], unique=False)
    op.create_index(
        "ix_notice_post_waiting",
        "notice_post",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("mail_id IS NULL"),
    )
    op.create_table(
        "notice_read",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_read_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_read_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("person_id", "notice_id", name=op.f("pk_notice_read")),
    )
    op.create_index(op.f("ix_notice_read_notice_id"), "notice_read", ["notice_id"], unique=False)
    op.create_table(
        "sorter_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reads_sha256", sa.String(length=64), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'taken', 'refused', 'discarded')", name=op.f("ck_sorter_log_state")
        ),
        sa.ForeignKeyConstraint(
            ["reads_sha256"], ["stored_file.sha256"], name=op.f("fk_sorter_log_reads_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sorter_run.lot_id"], name=op.f("fk_sorter_log_run_id_sorter_run")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_sorter_log_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sorter_log")),
        sa.UniqueConstraint("ulid", name=op.f("uq_sorter_log_ulid")),
    )
    op.create_index(
        "ix_sorter_log_once",
        "sorter_log",
        ["sha256"],
        unique=True,
        postgresql_where=sa.text("state IN ('reading', 'taken')"),
    )
    op.create_index("ix_sorter_log_run_id", "sorter_log", ["run_id"], unique=False)
    op.create_table(
        "spoil",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("replacement_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_spoil_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_spoil_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["operation.id"], name=op.f("fk_spoil_replacement_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoil")),
        sa.UniqueConstraint("lot_id", "piece", "attempt", name=op.f("uq_spoil_lot_id_piece_attempt")),
    )
    op.create_index(op.f("ix_spoil_operation_id"), "spoil", ["operation_id"], unique=False)
    op.create_index(op.f("ix_spoil_replacement_id"), "spoil", ["replacement_id"], unique=False)
    op.create_index(
        "ix_spoil_unreplaced",
        "spoil",
        ["lot_id"],
        unique=False,
        postgresql_where=sa.text("replacement_id IS NULL"),
    )
    op.create_table(
        "address_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("is_certified", sa.Boolean(), nullable=False),
        sa.Column("software", sa.String(length=200), nullable=False),
        sa.Column("processed_on", sa.Date(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('cass', 'move_update')", name=op.f("ck_address_evidence_kind")),
        sa.CheckConstraint("method <> '' AND software <> ''", name=op.f("ck_address_evidence_named")),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_address_evidence_file_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_address_evidence_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_evidence")),
        sa.UniqueConstraint(
            "job_id", "revision", "kind", name=op.f("uq_address_evidence_job_id_revision_kind")
        ),
    )
    op.create_table(
        "address_match",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("adapter", sa.String(40), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("report_sha256", sa.String(length=64), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("refusal", postgresql.JSONB(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "adapter IN ('in-file', 'usps', 'exchange')", name=op.f("ck_address_match_adapter")
        ),
        sa.ForeignKeyConstraint(
            ["input_sha256"], ["stored_file.sha256"], name=op.f("fk_address_match_input_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_address_match_job_id_job")),
        sa.ForeignKeyConstraint(
            ["report_sha256"], ["stored_file.sha256"], name=op.f("fk_address_match_report_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["result_sha256"], ["stored_file.sha256"], name=op.f("fk_address_match_result_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_match")),
        sa.UniqueConstraint("job_id", "revision", name=op.f("uq_address_match_job_id_revision")),
        sa.UniqueConstraint("ulid", name=op.f("uq_address_match_ulid")),
    )
    op.create_index(
        "ix_address_match_open",
        "address_match",
        ["id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.Column("hashes", postgresql.JSONB(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_approval_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_job_id"), "approval", ["job_id"], unique=False)
    op.create_table(
        "charge_split",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_charge_split_weight")),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_charge_split_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_charge_split_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", "budget_unit_id", name=op.f("pk_charge_split")),
    )
    op.create_index(op.f("ix_charge_split_budget_unit_id"), "charge_split", ["budget_unit_id"], unique=False)
    op.create_table(
        "component",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_component_quantity")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_component_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("job_id", "position", name=op.f("uq_component_job_id_position")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exception", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_delivery_job_id_job")),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_delivery_mailing_id_mailing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("ulid", name=op.f("uq_delivery_ulid")),
    )
    op.create_index("ix_delivery_job_id", "delivery", ["job_id"], unique=False)
    op.create_index(op.f("ix_delivery_mailing_id"), "delivery", ["mailing_id"], unique=False)
    op.create_index(
        "ix_delivery_on_the_way",
        "delivery",
        ["ulid"],
        unique=False,
        postgresql_where=sa.text("received_at IS NULL"),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("stops", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "stops IN ('production', 'leaving', 'billing', 'removal')", name=op.f("ck_hold_stops")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_hold_job_id_job")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_hold_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(
        "ix_hold_open_job", "hold", ["job_id"], unique=False, postgresql_where=sa.text("lifted_at IS NULL")
    )
    op.create_index(
        "ix_hold_open_lot", "hold", ["lot_id"], unique=False, postgresql_where=sa.text("lifted_at IS NULL")
    )
    op.create_table(
        "job_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("details", postgresql.JSONB, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_event_job_id_job")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_job_event_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_job_event_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_event")),
    )
    op.create_index("ix_job_event_job_id_id", "job_event", ["job_id", "id"], unique=False)
    op.create_index("ix_job_event_lot_id_id", "job_event", ["lot_id", "id"], unique=False)
    op.create_index(op.f("ix_job_event_operation_id"), "job_event", ["operation_id"], unique=False)
    op.create_table(
        "job_file",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_file_job_id_job")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_job_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("job_id", "revision", "role", name=op.f("pk_job_file")),
    )
    op.create_table(
        "job_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("places", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_finding_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_finding")),
    )
    op.create_index("ix_job_finding_job_id_revision", "job_finding", ["job_id", "revision"], unique=False)
    op.create_table(
        "job_mail",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("mail_class", sa.String(length=20), nullable=False),
        sa.Column("envelope", sa.String(length=20), nullable=False),
        sa.Column("content", sa.String(length=20), nullable=False),
        sa.Column("mail_shape", sa.String(length=20), nullable=True),
        sa.Column("sort_plan", sa.String(length=60), nullable=True),
        sa.Column("weight_oz", sa.Numeric(precision=8, scale=4), nullable=True),
        sa.Column("thickness_in", sa.Numeric(precision=8, scale=4), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('mailing', 'brought_in')", name=op.f("ck_job_mail_kind")),
        sa.ForeignKeyConstraint(
            ["job_id", "kind"], ["job.id", "job.kind"], name=op.f("fk_job_mail_job_id_kind_job")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_job_mail_lot_id_lot")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_mail")),
        sa.UniqueConstraint("job_id", "kind", name=op.f("uq_job_mail_job_id_kind")),
    )
    op.create_index(
        "ix_job_mail_lot_id",
        "job_mail",
        ["lot_id"],
        unique=False,
        postgresql_where=sa.text("lot_id IS NOT NULL"),
    )
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
    op.create_index(op.f("ix_job_total_agency_id"), "job_total", ["agency_id"], unique=False)
    op.create_index(op.f("ix_job_total_budget_unit_id"), "job_total", ["budget_unit_id"], unique=False)
    op.create_index(op.f("ix_job_total_job_id"), "job_total", ["job_id"], unique=False)
    op.create_index("ix_job_total_period_id_agency_id", "job_total", ["period_id", "agency_id"], unique=False)
    op.create_table(
        "job_word",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.String(length=60, collation="C"), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_job_word_agency_id_agency")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_word_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", "word", name=op.f("pk_job_word")),
    )
    op.create_index("ix_job_word_agency_id_word", "job_word", ["agency_id", "word"], unique=False)
    op.create_index("ix_job_word_word", "job_word", ["word"], unique=False)
    op.create_table(
        "lot_share",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_lot_share_quantity")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_lot_share_job_id_job")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_share_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", "position", name=op.f("pk_lot_share")),
    )
    op.create_index(op.f("ix_lot_share_job_id"), "lot_share", ["job_id"], unique=False)
    op.create_table(
        "meter_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=False),
        sa.Column("mail_class", sa.String(length=40), nullable=False),
        sa.Column("mail_shape", sa.String(length=20), nullable=False),
        sa.Column("weight_step", sa.String(length=20), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("ascending_before", sa.BigInteger(), nullable=True),
        sa.Column("ascending_after", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("pieces > 0 AND amount > 0", name=op.f("ck_meter_run_counts")),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_meter_run_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_meter_run_job_id_job")),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_meter_run_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["meter_sheet.id"], name=op.f("fk_meter_run_sheet_id_meter_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_run")),
    )
    op.create_index(op.f("ix_meter_run_budget_unit_id"), "meter_run", ["budget_unit_id"], unique=False)
    op.create_index(op.f("ix_meter_run_job_id"), "meter_run", ["job_id"], unique=False)
    op.create_index(op.f("ix_meter_run_lot_id"), "meter_run", ["lot_id"], unique=False)
    op.create_index("ix_meter_run_sheet_id", "meter_run", ["sheet_id"], unique=False)
    op.create_table(
        "order_draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("base_revision", sa.BigInteger(), nullable=True),
        sa.Column("answers", postgresql.JSONB, nullable=False),
        sa.Column("typed", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_order_draft_agency_id_agency")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_order_draft_job_id_job")),
        sa.ForeignKeyConstraint(["product"], ["product.code"], name=op.f("fk_order_draft_product_product")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_order_draft_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_draft")),
        sa.UniqueConstraint("ulid", name=op.f("uq_order_draft_ulid")),
    )
    op.create_index(op.f("ix_order_draft_agency_id"), "order_draft", ["agency_id"], unique=False)
    op.create_index(op.f("ix_order_draft_job_id"), "order_draft", ["job_id"], unique=False)
    op.create_index(
        "ix_order_draft_user_id",
        "order_draft",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "proof_page",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("source_row", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_proof_page_job_id_job")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_proof_page_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_page")),
        sa.UniqueConstraint(
            "job_id", "revision", "position", name=op.f("uq_proof_page_job_id_revision_position")
        ),
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("postage", sa.BigInteger(), nullable=False),
        sa.Column("single_piece_postage", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_quote_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("job_id", "revision", name=op.f("uq_quote_job_id_revision")),
    )
    op.create_table(
        "usage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("natural_key", sa.String(length=160), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("usage_date", sa.Date(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_usage_quantity")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_usage_agency_id_agency")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_usage_job_id_job")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_usage_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_usage_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(["unit"], ["usage_unit.code"], name=op.f("fk_usage_unit_usage_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage")),
        sa.UniqueConstraint("natural_key", name=op.f("uq_usage_natural_key")),
        sa.UniqueConstraint("ulid", name=op.f("uq_usage_ulid")),
    )
    op.create_index("ix_usage_job_id", "usage", ["job_id"], unique=False)
    op.create_index(op.f("ix_usage_lot_id"), "usage", ["lot_id"], unique=False)
    op.create_index(op.f("ix_usage_operation_id"), "usage", ["operation_id"], unique=False)
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
    op.create_index(op.f("ix_charge_budget_unit_id"), "charge", ["budget_unit_id"], unique=False)
    op.create_index("ix_charge_job_id", "charge", ["job_id"], unique=False)
    op.create_index("ix_charge_journal_id", "charge", ["journal_id"], unique=False)
    op.create_index(
        "ix_charge_suspense", "charge", ["id"], unique=False, postgresql_where=sa.text("account = 'suspense'")
    )
    op.create_index(
        "uq_charge_usage_id_budget_unit_id_round",
        "charge",
        ["usage_id", "budget_unit_id", "round"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("reverses_id IS NULL"),
    )
    op.create_table(
        "delivered_stream",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivered_stream_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_delivered_stream_lot_id_presort_stream")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_delivered_stream")),
    )
    op.create_index(
        op.f("ix_delivered_stream_delivery_id"), "delivered_stream", ["delivery_id"], unique=False
    )
    op.create_table(
        "job_letters",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("duplex", sa.Boolean(), nullable=False),
        sa.Column("accept_findings", sa.Boolean(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("rows_in", sa.BigInteger(), nullable=True),
        sa.Column("rows_to_fix", sa.BigInteger(), nullable=True),
        sa.Column("repeats_joined", sa.BigInteger(), nullable=True),
        sa.Column("households_joined", sa.BigInteger(), nullable=True),
        sa.Column("military_pieces", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind = 'mailing'", name=op.f("ck_job_letters_kind")),
        sa.ForeignKeyConstraint(
            ["job_id", "kind"],
            ["job_mail.job_id", "job_mail.kind"],
            name=op.f("fk_job_letters_job_id_kind_job_mail"),
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_letters")),
    )
    op.create_table(
        "open_usage",
        sa.Column("usage_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("usage_date", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["usage_id"], ["usage.id"], name=op.f("fk_open_usage_usage_id_usage")),
        sa.PrimaryKeyConstraint("usage_id", name=op.f("pk_open_usage")),
    )
    op.create_index(op.f("ix_open_usage_job_id"), "open_usage", ["job_id"], unique=False)
    op.create_index(op.f("ix_open_usage_usage_date"), "open_usage", ["usage_date"], unique=False)
    op.create_table(
        "presort_share",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("accepted_sha256", sa.String(length=64), nullable=False),
        sa.Column("mailed", sa.BigInteger(), nullable=True),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("level_cents", sa.BigInteger(), nullable=True),
        sa.Column("alone_cents", sa.BigInteger(), nullable=True),
        sa.Column("share_cents", sa.BigInteger(), nullable=True),
        sa.Column("metered_cents", sa.BigInteger(), nullable=True),
        sa.Column("stamped_cents", sa.BigInteger(), nullable=True),
        sa.Column("incentive_cents", sa.BigInteger(), nullable=True),
        sa.Column("alone_levels", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "(share_cents IS NULL) = (alone_cents IS NULL) AND (share_cents IS NULL) = (level_cents IS NULL)",
            name=op.f("ck_presort_share_shares"),
        ),
        sa.CheckConstraint("mailed >= 0", name=op.f("ck_presort_share_mailed")),
        sa.ForeignKeyConstraint(
            ["accepted_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_presort_share_accepted_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id", "position"],
            ["lot_share.lot_id", "lot_share.position"],
            name=op.f("fk_presort_share_lot_id_position_lot_share"),
        ),
        sa.PrimaryKeyConstraint("lot_id", "position", name=op.f("pk_presort_share")),
    )
    op.create_table(
        "print_item",
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.String(length=40), nullable=False),
        sa.Column("sheet_width_in", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("sheet_height_in", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("sides", sa.BigInteger(), nullable=True),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_print_item_component_id_component")
        ),
        sa.ForeignKeyConstraint(["stock"], ["stock.code"], name=op.f("fk_print_item_stock_stock")),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_print_item")),
    )
    op.create_table(
        "sorter_drop",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("counted_by", sa.String(length=10), nullable=False),
        sa.Column("total_weight_oz", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("hand_sorted", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("counted_by IN ('count', 'weight')", name=op.f("ck_sorter_drop_counted_by")),
        sa.CheckConstraint("kind = 'brought_in'", name=op.f("ck_sorter_drop_kind")),
        sa.CheckConstraint(
            "counted > 0 AND hand_sorted >= 0 AND returned >= 0", name=op.f("ck_sorter_drop_counts")
        ),
        sa.ForeignKeyConstraint(
            ["job_id", "kind"],
            ["job_mail.job_id", "job_mail.kind"],
            name=op.f("fk_sorter_drop_job_id_kind_job_mail"),
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_sorter_drop")),
    )


def downgrade() -> None:
    for table in (
        "sorter_drop",
        "print_item",
        "presort_share",
        "open_usage",
        "job_letters",
        "delivered_stream",
        "charge",
        "usage",
        "quote",
        "proof_page",
        "order_draft",
        "meter_run",
        "lot_share",
        "job_word",
        "job_total",
        "job_mail",
        "job_finding",
        "job_file",
        "job_event",
        "hold",
        "delivery",
        "component",
        "charge_split",
        "approval",
        "address_match",
        "address_evidence",
        "spoil",
        "sorter_log",
        "notice_read",
        "notice_post",
        "lot_range",
        "job",
        "user_role",
        "tray_block",
        "tray",
        "sorter_run",
        "sign_in",
        "serial_block",
        "route_step",
        "period_total",
        "operation",
        "notice_mail",
        "notice_hours",
        "notice_choice",
        "notice",
        "meter_import",
        "journal_line",
        "customer_order",
        "api_key",
        "stock",
        "retention_run",
        "received_maildat",
        "rate_line",
        "product",
        "presort_stream",
        "operation_type",
        "nonprofit_authorization",
        "meter_sheet",
        "mailing_file",
        "mailer_id",
        "journal",
        "export_run",
        "export_document",
        "budget_unit",
        "app_user",
        "work_center",
        "verify_mark",
        "usage_unit",
        "stored_file",
        "step_claim",
        "sort_agreement",
        "shop_rule",
        "shop_profile",
        "setup_version",
        "route",
        "recipient",
        "rate_card",
        "plant_stamp",
        "outbox",
        "meter",
        "mailing",
        "maildat_settings",
        "lot",
        "idempotency_key",
        "counter",
        "billing_period",
        "audit_head",
        "audit_entry",
        "agreement",
        "agency",
    ):
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in (
        "refuse_change",
        "refuse_unbalanced",
        "refuse_closed_period",
        "outbox_wake",
        "usage_opens",
        "usage_is_charged",
        "charges_count",
        "charges_count_by_job",
        "words_of",
        "title_has_words",
        "make_recipient_month",
        "drop_recipient_month",
    ):
        op.execute(f"DROP FUNCTION {function}")
