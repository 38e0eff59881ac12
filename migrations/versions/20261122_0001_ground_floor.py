"""ground floor"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Row-level security: the unit of work sets indicia.scope to an agency's key or to 'plant'; unset sees nothing.
SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
OWN = f"agency_id::text = {SCOPE}"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
OF_OWN_BATCH = "EXISTS (SELECT 1 FROM job WHERE job.batch_id = job_event.batch_id)"
AGENCY_ROWS = {
    "budget_unit": OWN,
    "customer_order": OWN,
    "job": OWN,
    "usage": OWN,
    "charge_split": OF_OWN_JOB,
    "job_file": OF_OWN_JOB,
    "job_finding": OF_OWN_JOB,
    "quote": OF_OWN_JOB,
    "proof_page": OF_OWN_JOB,
    "approval": OF_OWN_JOB,
    "batch_slice": OF_OWN_JOB,
    "recipient": OF_OWN_JOB,
    "meter_run": OF_OWN_JOB,
    "job_event": f"({OF_OWN_JOB} OR job_id IS NULL AND {OF_OWN_BATCH})",  # not of another agency's job in it
}
APPEND_ONLY = ["audit_entry", "job_event", "piece_range", "serial_block", "usage"]
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
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
        "audit_entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
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
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("actor", "route", "key", name=op.f("uq_idempotency_key_actor_route_key")),
    )
    op.create_table(
        "mailer_id",
        sa.Column("mailer_id", sa.String(length=9), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("mailer_id", name=op.f("pk_mailer_id")),
    )
    op.create_table(
        "meter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("serial_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("serial_number", name=op.f("uq_meter_serial_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_meter_ulid")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
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
    op.create_table(
        "recipient",
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("source_row", sa.BigInteger(), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("zip5", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("mail_date", "batch_id", "piece", name=op.f("pk_recipient")),
        postgresql_partition_by="RANGE (mail_date)",
    )
    op.create_index("ix_recipient_name_key", "recipient", ["name_key"], unique=False)
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_profile")),
    )
    op.create_table(
        "step_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("step_key", sa.String(length=110), nullable=False),
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
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("sign_in_name", sa.String(length=120), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_app_user_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_app_user_sign_in_name")),
        sa.UniqueConstraint("ulid", name=op.f("uq_app_user_ulid")),
    )
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
        "meter_sheet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("opening_ascending", sa.BigInteger(), nullable=False),
        sa.Column("opening_descending", sa.BigInteger(), nullable=False),
        sa.Column("closing_ascending", sa.BigInteger(), nullable=True),
        sa.Column("closing_descending", sa.BigInteger(), nullable=True),
        sa.Column("refill", sa.BigInteger(), nullable=False),
        sa.Column("gaps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("supervisor_note", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'checking', 'tied')", name=op.f("ck_meter_sheet_state")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.id"], name=op.f("fk_meter_sheet_meter_id_meter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_sheet")),
        sa.UniqueConstraint("meter_id", "day", name=op.f("uq_meter_sheet_meter_id_day")),
        sa.UniqueConstraint("ulid", name=op.f("uq_meter_sheet_ulid")),
    )
    op.create_table(
        "presort_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.Column("mail_class", sa.String(length=20), nullable=False),
        sa.Column("mail_shape", sa.String(length=20), nullable=False),
        sa.Column("envelope", sa.String(length=20), nullable=False),
        sa.Column("weight_oz", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("thickness_in", sa.Numeric(precision=8, scale=4), nullable=False),
        sa.Column("pages_per_piece", sa.BigInteger(), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=True),
        sa.Column("plan_sha256", sa.String(length=64), nullable=True),
        sa.Column("mailer_id", sa.String(length=9), nullable=True),
        sa.Column("service_type_id", sa.String(length=3), nullable=True),
        sa.Column("first_serial", sa.BigInteger(), nullable=True),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('planning', 'in_production', 'produced', 'dispatched', 'delivered', 'cancelled')",
            name=op.f("ck_presort_batch_state"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_sha256"], ["stored_file.sha256"], name=op.f("fk_presort_batch_plan_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presort_batch")),
        sa.UniqueConstraint("number", name=op.f("uq_presort_batch_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_presort_batch_ulid")),
    )
    op.create_index("ix_presort_batch_state_id", "presort_batch", ["state", "id"], unique=False)
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
    op.create_table(
        "serial_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("mailer_id", sa.String(length=9), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_serial_block_run")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_serial_block_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(
            ["mailer_id"], ["mailer_id.mailer_id"], name=op.f("fk_serial_block_mailer_id_mailer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serial_block")),
    )
    op.create_index("ix_serial_block_mailer_id_first", "serial_block", ["mailer_id", "first"], unique=False)
    op.create_table(
        "batch_file",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_batch_file_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_batch_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("batch_id", "role", name=op.f("pk_batch_file")),
    )
    op.create_table(
        "tray",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
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
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_tray_batch_id_presort_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_tray")),
    )
    op.create_index("ix_tray_barcode", "tray", ["barcode"], unique=False)
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "role IN ('requester', 'approver', 'print_operator', 'mail_operator', 'billing_clerk', 'administrator')",
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
        sa.Column("accept_findings", sa.Boolean(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=True),
        sa.Column("mail_class", sa.String(length=20), nullable=True),
        sa.Column("mail_shape", sa.String(length=20), nullable=True),
        sa.Column("envelope", sa.String(length=20), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("duplex", sa.Boolean(), nullable=True),
        sa.Column("weight_oz", sa.Numeric(precision=8, scale=4), nullable=True),
        sa.Column("thickness_in", sa.Numeric(precision=8, scale=4), nullable=True),
        sa.Column("rows_in", sa.BigInteger(), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('mailing', 'meter_run')", name=op.f("ck_job_kind")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'needs_fix', 'proof_ready', 'approved', 'in_production', 'produced', 'dispatched', 'delivered', 'billed', 'closed', 'cancelled')",
            name=op.f("ck_job_state"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_job_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_job_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_job_batch_id_presort_batch"), use_alter=True
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_job_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(["requester_id"], ["app_user.id"], name=op.f("fk_job_requester_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("number", name=op.f("uq_job_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_job_ulid")),
    )
    op.create_index("ix_job_agency_id_id", "job", ["agency_id", "id"], unique=False)
    op.create_index(
        "ix_job_batch_id", "job", ["batch_id"], unique=False, postgresql_where=sa.text("batch_id IS NOT NULL")
    )
    op.create_index("ix_job_state_id", "job", ["state", "id"], unique=False)
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.Column("hashes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_approval_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_table(
        "batch_slice",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted_sha256", sa.String(length=64), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_batch_slice_accepted_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_batch_slice_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_batch_slice_job_id_job")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_batch_slice")),
    )
    op.create_index("ix_batch_slice_job_id", "batch_slice", ["job_id"], unique=False)
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
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_delivery_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_delivery_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("ulid", name=op.f("uq_delivery_ulid")),
    )
    op.create_index("ix_delivery_batch_id", "delivery", ["batch_id"], unique=False)
    op.create_index("ix_delivery_job_id", "delivery", ["job_id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_hold_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_hold_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(
        "ix_hold_open_batch",
        "hold",
        ["batch_id"],
        unique=False,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index(
        "ix_hold_open_job", "hold", ["job_id"], unique=False, postgresql_where=sa.text("lifted_at IS NULL")
    )
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
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_finding_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_finding")),
    )
    op.create_index("ix_job_finding_job_id_revision", "job_finding", ["job_id", "revision"], unique=False)
    op.create_table(
        "meter_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("budget_unit_id", sa.BigInteger(), nullable=False),
        sa.Column("mail_class", sa.String(length=40), nullable=False),
        sa.Column("mail_shape", sa.String(length=20), nullable=False),
        sa.Column("weight_step", sa.String(length=20), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("pieces > 0 AND amount > 0", name=op.f("ck_meter_run_counts")),
        sa.ForeignKeyConstraint(
            ["budget_unit_id"], ["budget_unit.id"], name=op.f("fk_meter_run_budget_unit_id_budget_unit")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_meter_run_job_id_job")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["meter_sheet.id"], name=op.f("fk_meter_run_sheet_id_meter_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_run")),
    )
    op.create_index("ix_meter_run_sheet_id", "meter_run", ["sheet_id"], unique=False)
    op.create_table(
        "operation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("ticket", sa.String(length=24), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=True),
        sa.Column("first_piece", sa.BigInteger(), nullable=True),
        sa.Column("last_piece", sa.BigInteger(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("good", sa.BigInteger(), nullable=True),
        sa.Column("spoiled", sa.BigInteger(), nullable=True),
        sa.Column("operator", sa.String(length=200), nullable=True),
        sa.Column("work_center", sa.String(length=60), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('presort', 'merge', 'papers', 'print', 'fold_insert', 'reconcile', 'dispatch', 'deliver', 'meter')",
            name=op.f("ck_operation_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'running', 'done', 'failed', 'skipped', 'outcome_unknown')",
            name=op.f("ck_operation_state"),
        ),
        sa.CheckConstraint("(job_id IS NULL) <> (batch_id IS NULL)", name=op.f("ck_operation_owner")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_operation_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_operation_file_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_operation_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("ticket", name=op.f("uq_operation_ticket")),
        sa.UniqueConstraint("ulid", name=op.f("uq_operation_ulid")),
    )
    op.create_index("ix_operation_batch_id_step", "operation", ["batch_id", "step"], unique=False)
    op.create_index("ix_operation_job_id_step", "operation", ["job_id", "step"], unique=False)
    op.create_index("ix_operation_state_kind", "operation", ["state", "kind"], unique=False)
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
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_quote_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("job_id", "revision", name=op.f("uq_quote_job_id_revision")),
    )
    op.create_table(
        "job_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_job_event_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_event_job_id_job")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_job_event_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_event")),
    )
    op.create_index("ix_job_event_batch_id_id", "job_event", ["batch_id", "id"], unique=False)
    op.create_index("ix_job_event_job_id_id", "job_event", ["job_id", "id"], unique=False)
    op.create_table(
        "piece_range",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("first_piece", sa.BigInteger(), nullable=False),
        sa.Column("last_piece", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('printed', 'inserted', 'withdrawn')", name=op.f("ck_piece_range_status")
        ),
        sa.CheckConstraint("first_piece >= 1 AND first_piece <= last_piece", name=op.f("ck_piece_range_run")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_piece_range_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_piece_range_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piece_range")),
    )
    op.create_index("ix_piece_range_batch_id_status", "piece_range", ["batch_id", "status"], unique=False)
    op.create_table(
        "spoil",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("replacement_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_spoil_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_spoil_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["operation.id"], name=op.f("fk_spoil_replacement_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoil")),
        sa.UniqueConstraint("batch_id", "piece", "attempt", name=op.f("uq_spoil_batch_id_piece_attempt")),
    )
    op.create_index(
        "ix_spoil_unreplaced",
        "spoil",
        ["batch_id"],
        unique=False,
        postgresql_where=sa.text("replacement_id IS NULL"),
    )
    op.create_table(
        "usage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("natural_key", sa.String(length=160), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("usage_date", sa.Date(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_usage_quantity")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_usage_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["presort_batch.id"], name=op.f("fk_usage_batch_id_presort_batch")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_usage_job_id_job")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_usage_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage")),
        sa.UniqueConstraint("natural_key", name=op.f("uq_usage_natural_key")),
        sa.UniqueConstraint("ulid", name=op.f("uq_usage_ulid")),
    )
    op.create_index("ix_usage_job_id", "usage", ["job_id"], unique=False)
    op.execute("INSERT INTO audit_head (id, count, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, rule in AGENCY_ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")


def downgrade() -> None:
    for table in AGENCY_ROWS:
        op.execute(f"DROP POLICY agency ON {table}")
    op.drop_index("ix_usage_job_id", table_name="usage")
    op.drop_table("usage")
    op.drop_index(
        "ix_spoil_unreplaced", table_name="spoil", postgresql_where=sa.text("replacement_id IS NULL")
    )
    op.drop_table("spoil")
    op.drop_index("ix_piece_range_batch_id_status", table_name="piece_range")
    op.drop_table("piece_range")
    op.drop_index("ix_job_event_job_id_id", table_name="job_event")
    op.drop_index("ix_job_event_batch_id_id", table_name="job_event")
    op.drop_table("job_event")
    op.drop_table("quote")
    op.drop_table("proof_page")
    op.drop_index("ix_operation_state_kind", table_name="operation")
    op.drop_index("ix_operation_job_id_step", table_name="operation")
    op.drop_index("ix_operation_batch_id_step", table_name="operation")
    op.drop_table("operation")
    op.drop_index("ix_meter_run_sheet_id", table_name="meter_run")
    op.drop_table("meter_run")
    op.drop_index("ix_job_finding_job_id_revision", table_name="job_finding")
    op.drop_table("job_finding")
    op.drop_table("job_file")
    op.drop_index("ix_hold_open_job", table_name="hold", postgresql_where=sa.text("lifted_at IS NULL"))
    op.drop_index("ix_hold_open_batch", table_name="hold", postgresql_where=sa.text("lifted_at IS NULL"))
    op.drop_table("hold")
    op.drop_index("ix_delivery_job_id", table_name="delivery")
    op.drop_index("ix_delivery_batch_id", table_name="delivery")
    op.drop_table("delivery")
    op.drop_table("charge_split")
    op.drop_index("ix_batch_slice_job_id", table_name="batch_slice")
    op.drop_table("batch_slice")
    op.drop_table("approval")
    op.drop_index("ix_job_state_id", table_name="job")
    op.drop_index("ix_job_batch_id", table_name="job", postgresql_where=sa.text("batch_id IS NOT NULL"))
    op.drop_index("ix_job_agency_id_id", table_name="job")
    op.drop_table("job")
    op.drop_table("user_role")
    op.drop_index("ix_tray_barcode", table_name="tray")
    op.drop_table("tray")
    op.drop_table("batch_file")
    op.drop_index("ix_serial_block_mailer_id_first", table_name="serial_block")
    op.drop_table("serial_block")
    op.drop_table("customer_order")
    op.drop_index("ix_presort_batch_state_id", table_name="presort_batch")
    op.drop_table("presort_batch")
    op.drop_table("meter_sheet")
    op.drop_table("budget_unit")
    op.drop_table("app_user")
    op.drop_table("stored_file")
    op.drop_index("ix_step_claim_open", table_name="step_claim", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_table("step_claim")
    op.drop_table("shop_profile")
    op.drop_index("ix_recipient_name_key", table_name="recipient")
    op.drop_table("recipient")
    op.drop_index(
        "ix_outbox_unsent",
        table_name="outbox",
        postgresql_where=sa.text("sent_at IS NULL AND done_at IS NULL"),
    )
    op.drop_index("ix_outbox_open", table_name="outbox", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_table("outbox")
    op.drop_table("meter")
    op.drop_table("mailer_id")
    op.drop_table("idempotency_key")
    op.drop_table("counter")
    op.drop_table("audit_head")
    op.drop_table("audit_entry")
    op.drop_table("agency")
    op.execute("DROP FUNCTION refuse_change()")
