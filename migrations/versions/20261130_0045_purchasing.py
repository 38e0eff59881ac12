"""purchasing: vendors, decisions to make or buy, requests for bids, sealed bids, awards"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
OPENED = "opened_at IS NOT NULL"
# The vendor whose link it is, and what keeps the plant (backups), see a bid that is not opened yet.
OWN = "token_hash = current_setting('indicia.bidder', true)"
KEEPING = "current_setting('indicia.keeping', true) = 'on'"
PLANT_ONLY = ("vendor", "make_or_buy", "bid_request", "bid_invitation", "bid_question", "bid_award")
NEVER_CHANGED = ("make_or_buy", "bid", "bid_award")
ACTS = "'close_period', 'rate_card', 'meter_register', 'setup'"
NEW_ACTS = f"{ACTS}, 'make_or_buy', 'award'"
KEY = {
    "make_or_buy": {"job_id": "job.id", "operation_id": "operation.id"},
    "bid_request": {"job_id": "job.id", "decision_id": "make_or_buy.id"},
    "bid_invitation": {"request_id": "bid_request.id", "vendor_id": "vendor.id"},
    "bid_question": {"invitation_id": "bid_invitation.id"},
    "bid": {"invitation_id": "bid_invitation.id"},
    "bid_award": {"request_id": "bid_request.id", "bid_id": "bid.id", "vendor_id": "vendor.id"},
}
TIME = sa.DateTime(timezone=True)


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _said(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _maybe(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=True)


def _keys(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [column], [other], name=op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
            )
            for column, other in KEY.get(table, {}).items()
        ),
    ]


def _once(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "vendor",
        _id(),
        _said("code", sa.String(20)),
        _said("name", sa.String(200)),
        _said("contact", sa.String(200)),
        _said("email", sa.String(200)),
        _said("phone", sa.String(40)),
        _said("address", sa.Text()),
        _said("does", postgresql.ARRAY(sa.String(40))),
        _said("certifications", sa.String(400)),
        _said("contract_number", sa.String(60)),
        _said("pay_to", sa.Text()),
        _said("tax_number", sa.String(40)),
        _said("vendor_number", sa.String(40)),
        _said("note", sa.Text()),
        _said("is_active", sa.Boolean()),
        *_keys("vendor"),
        _once("vendor", "code"),
    )
    op.create_table(
        "make_or_buy",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("job_id", sa.BigInteger()),
        _maybe("operation_id", sa.BigInteger()),
        _said("choice", sa.String(40)),
        _said("why", sa.String(40)),
        _said("note", sa.Text()),
        _maybe("house_price", sa.BigInteger()),
        _maybe("outside_price", sa.BigInteger()),
        _maybe("house_day", sa.Date()),
        _said("capacity", sa.Text()),
        _said("waiver_number", sa.String(60)),
        _said("rules_of", sa.Date()),
        _said("needs_second", sa.Boolean()),
        _said("actor", sa.String(200)),
        _said("at", TIME),
        *_keys("make_or_buy"),
        _once("make_or_buy", "ulid"),
        _check("make_or_buy", "choice", "choice IN ('make', 'buy', 'waiver')"),
        _check(
            "make_or_buy",
            "why",
            "why IN ('capacity', 'equipment', 'skill', 'price', 'day', 'confidential', 'other')",
        ),
    )
    op.create_table(
        "bid_request",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("number", sa.String(12)),
        _said("job_id", sa.BigInteger()),
        _said("decision_id", sa.BigInteger()),
        _said("sheet", postgresql.JSONB()),
        _said("note", sa.Text()),
        _said("deliver_by", sa.Date()),
        _said("least_bids", sa.BigInteger()),
        _said("posting_days", sa.BigInteger()),
        _said("rules_of", sa.Date()),
        _said("posted_at", TIME),
        _said("posted_by", sa.String(200)),
        _said("closes_at", TIME),
        _maybe("opened_at", TIME),
        _said("opened_by", sa.String(200)),
        _maybe("canceled_at", TIME),
        _said("cancel_reason", sa.String(200)),
        *_keys("bid_request"),
        _once("bid_request", "ulid"),
        _once("bid_request", "number"),
        _check("bid_request", "opened_at", "opened_at >= closes_at"),
        _check("bid_request", "closes_at", "closes_at > posted_at"),
    )
    op.create_table(
        "bid_invitation",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("request_id", sa.BigInteger()),
        _said("vendor_id", sa.BigInteger()),
        _said("handling", sa.BigInteger()),
        _said("turn", sa.BigInteger()),
        _maybe("token_hash", sa.String(64)),
        _maybe("revoked_at", TIME),
        _maybe("declined_at", TIME),
        _said("out_reason", sa.String(200)),
        _said("out_by", sa.String(200)),
        *_keys("bid_invitation"),
        _once("bid_invitation", "ulid"),
        _once("bid_invitation", "token_hash"),
        _once("bid_invitation", "request_id", "vendor_id"),
    )
    op.create_table(
        "bid_question",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("invitation_id", sa.BigInteger()),
        _said("question", sa.Text()),
        _said("asked_at", TIME),
        _said("answer", sa.Text()),
        _said("answered_by", sa.String(200)),
        _maybe("answered_at", TIME),
        *_keys("bid_question"),
        _once("bid_question", "ulid"),
    )
    op.create_table(
        "bid",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("invitation_id", sa.BigInteger()),
        _said("price", sa.BigInteger()),
        _said("freight", sa.BigInteger()),
        _said("samples", sa.BigInteger()),
        _said("delivers_on", sa.Date()),
        _said("comment", sa.Text()),
        _said("way", sa.String(40)),
        _said("signed_by", sa.String(200)),
        _said("entered_by", sa.String(200)),
        _said("received_at", TIME),
        _said("recorded_at", TIME),
        *_keys("bid"),
        _once("bid", "ulid"),
        _check("bid", "way", "way IN ('link', 'mail', 'email', 'phone', 'hand')"),
        _check("bid", "money", "price > 0 AND freight >= 0 AND samples >= 0"),
    )
    op.create_table(
        "bid_award",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("request_id", sa.BigInteger()),
        _said("bid_id", sa.BigInteger()),
        _said("vendor_id", sa.BigInteger()),
        _said("total", sa.BigInteger()),
        _said("is_cheapest", sa.Boolean()),
        _said("reason", sa.String(200)),
        _said("few_reason", sa.String(200)),
        _said("needs_second", sa.Boolean()),
        _said("actor", sa.String(200)),
        _said("at", TIME),
        *_keys("bid_award"),
        _once("bid_award", "ulid"),
    )
    for table, columns in (
        ("make_or_buy", ["operation_id"]),
        ("make_or_buy", ["job_id", "id"]),
        ("bid_request", ["job_id"]),
        ("bid_request", ["decision_id"]),
        ("bid_request", ["closes_at", "id"]),
        ("bid_invitation", ["vendor_id"]),
        ("bid_question", ["invitation_id"]),
        ("bid", ["invitation_id", "id"]),
        ("bid_award", ["request_id"]),
        ("bid_award", ["bid_id"]),
        ("bid_award", ["vendor_id"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    for table in NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in (*PLANT_ONLY, "bid"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for table in PLANT_ONLY:
        op.execute(f"CREATE POLICY agency ON {table} USING ({SCOPE} = 'plant')")
    asked = "FROM bid_invitation JOIN bid_request ON bid_request.id = request_id WHERE bid_invitation.id = invitation_id"
    op.execute(
        "CREATE POLICY sealed ON bid FOR SELECT USING "
        f"({SCOPE} = 'plant' AND ({KEEPING} OR EXISTS (SELECT 1 {asked} AND ({OPENED} OR {OWN}))))"
    )
    op.execute(
        "CREATE POLICY comes_in ON bid FOR INSERT WITH CHECK "
        f"({SCOPE} = 'plant' AND EXISTS (SELECT 1 {asked} AND opened_at IS NULL))"
    )
    _allow_acts(NEW_ACTS)


def _allow_acts(listed: str) -> None:
    op.drop_constraint(op.f("ck_agreement_act"), "agreement", type_="check")
    op.create_check_constraint(op.f("ck_agreement_act"), "agreement", f"act IN ({listed})")


def downgrade() -> None:
    op.execute("DELETE FROM agreement WHERE act IN ('make_or_buy', 'award')")
    _allow_acts(ACTS)
    for table in (
        "bid_award",
        "bid",
        "bid_question",
        "bid_invitation",
        "bid_request",
        "make_or_buy",
        "vendor",
    ):
        op.drop_table(table)
