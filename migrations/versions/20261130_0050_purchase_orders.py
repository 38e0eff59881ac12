"""purchase orders: revisions and receipts that nobody changes, invoices and what differs in them; steps done outside"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
PLANT_ONLY = (
    "purchase_order", "purchase_line", "purchase_revision", "purchase_receipt", "vendor_invoice", "invoice_case",
    "stock_coming",
)  # fmt: skip
# An agency sees when its step is due back, not from whom.
RULES = {
    **dict.fromkeys(PLANT_ONLY, PLANT),
    "outside_step": f"{PLANT} OR EXISTS (SELECT 1 FROM operation WHERE operation.id = operation_id)",
}
NEVER_CHANGED = ("purchase_revision", "purchase_receipt")
OLD_ACTS = "'close_period', 'rate_card', 'meter_register', 'setup', 'make_or_buy', 'award'"
ACTS = f"{OLD_ACTS}, 'purchase_order'"
KEY = {
    "outside_step": {"operation_id": "operation.id"},
    "stock_coming": {"item_id": "stock_item.id"},
    "purchase_order": {"vendor_id": "vendor.id", "award_id": "bid_award.id"},
    "purchase_line": {
        "order_id": "purchase_order.id", "operation_id": "operation.id", "item_id": "stock_item.id"
    },
    "purchase_revision": {"order_id": "purchase_order.id"},
    "purchase_receipt": {"line_id": "purchase_line.id", "lot_id": "stock_lot.id"},
    "vendor_invoice": {"order_id": "purchase_order.id", "vendor_id": "vendor.id"},
    "invoice_case": {"invoice_id": "vendor_invoice.id"},
}  # fmt: skip
INDEXED = (
    ("purchase_order", "vendor_id"), ("purchase_line", "item_id"), ("purchase_receipt", "line_id"),
    ("purchase_receipt", "lot_id"), ("vendor_invoice", "order_id"),
)  # fmt: skip
TIME = sa.DateTime(timezone=True)
NAME = sa.String(200)


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _said(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _maybe(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=True)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, *key: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint(*(key or ("id",)), name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [column], [other], name=op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
            )
            for column, other in KEY[table].items()
        ),
    ]


def upgrade() -> None:
    _of_other_rooms()
    _orders()
    _invoices()
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for table in NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({rule})")
    _acts(ACTS)


def _of_other_rooms() -> None:
    op.create_table(
        "outside_step",
        _said("operation_id", sa.BigInteger()),
        _said("due", sa.Date()),
        _said("ordered_at", TIME),
        _maybe("planned", postgresql.JSONB()),
        *_keys("outside_step", "operation_id"),
    )
    op.create_table(
        "stock_coming",
        _said("item_id", sa.BigInteger()),
        _said("order", sa.String(12)),
        _said("quantity", sa.BigInteger()),
        _said("due", sa.Date()),
        _check("stock_coming", "quantity", "quantity > 0"),
        *_keys("stock_coming", "item_id", "order"),
    )


def _orders() -> None:
    op.create_table(
        "purchase_order",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("number", sa.String(12)),
        _said("vendor_id", sa.BigInteger()),
        _maybe("award_id", sa.BigInteger()),
        _said("revision", sa.BigInteger()),
        _said("issued", sa.BigInteger()),
        _said("made_by", NAME),
        _said("made_at", TIME),
        _said("issued_by", NAME),
        _maybe("issued_at", TIME),
        _said("canceled_by", NAME),
        _maybe("canceled_at", TIME),
        _said("cancel_reason", NAME),
        _maybe("settled_at", TIME),
        _check("purchase_order", "issued", "issued <= revision"),
        sa.UniqueConstraint("ulid", name=op.f("uq_purchase_order_ulid")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
        *_keys("purchase_order"),
    )
    op.create_index(
        "uq_purchase_order_award_id", "purchase_order", ["award_id"], unique=True,
        postgresql_where=sa.text("canceled_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_purchase_order_open", "purchase_order", ["id"],
        postgresql_where=sa.text("canceled_at IS NULL AND settled_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "purchase_line",
        _id(),
        _said("order_id", sa.BigInteger()),
        _said("position", sa.BigInteger()),
        _maybe("operation_id", sa.BigInteger()),
        _maybe("item_id", sa.BigInteger()),
        _said("words", NAME),
        _said("unit", sa.String(20)),
        _said("is_closed", sa.Boolean()),
        _said("is_canceled", sa.Boolean()),
        _check("purchase_line", "need", "operation_id IS NULL OR item_id IS NULL"),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_purchase_line_order_id_position")),
        *_keys("purchase_line"),
    )
    op.create_index(
        "uq_purchase_line_operation_id", "purchase_line", ["operation_id"], unique=True,
        postgresql_where=sa.text("NOT is_canceled"),
    )  # fmt: skip
    op.create_table(
        "purchase_revision",
        _said("order_id", sa.BigInteger()),
        _said("number", sa.BigInteger()),
        _said("terms", postgresql.JSONB()),
        _said("changes", postgresql.JSONB()),
        _said("reason", NAME),
        _said("made_by", NAME),
        _said("made_at", TIME),
        *_keys("purchase_revision", "order_id", "number"),
    )
    op.create_table(
        "purchase_receipt",
        _id(),
        _said("line_id", sa.BigInteger()),
        _said("good", sa.BigInteger()),
        _said("damaged", sa.BigInteger()),
        _said("reason", sa.String(60)),
        _said("note", NAME),
        _said("is_last", sa.Boolean()),
        _maybe("lot_id", sa.BigInteger()),
        _said("actor", NAME),
        _said("at", TIME),
        _check(
            "purchase_receipt", "counted", "good >= 0 AND damaged >= 0 AND (good + damaged > 0 OR is_last)"
        ),
        _check("purchase_receipt", "reason", "damaged = 0 AND NOT is_last OR reason <> ''"),
        *_keys("purchase_receipt"),
    )


def _invoices() -> None:
    op.create_table(
        "vendor_invoice",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("order_id", sa.BigInteger()),
        _said("vendor_id", sa.BigInteger()),
        _said("number", sa.String(40)),
        _said("dated", sa.Date()),
        _said("lines", postgresql.JSONB()),
        _said("freight", sa.BigInteger()),
        _said("total", sa.BigInteger()),
        _said("entered_by", NAME),
        _said("entered_at", TIME),
        _said("matched_by", NAME),
        _maybe("matched_at", TIME),
        sa.UniqueConstraint("ulid", name=op.f("uq_vendor_invoice_ulid")),
        *_keys("vendor_invoice"),
    )
    op.create_index(
        "uq_vendor_invoice_vendor_id_number",
        "vendor_invoice",
        ["vendor_id", sa.text("lower(number)")],
        unique=True,
    )
    op.create_index(
        "ix_vendor_invoice_open", "vendor_invoice", ["id"], postgresql_where=sa.text("matched_at IS NULL")
    )
    op.create_table(
        "invoice_case",
        _id(),
        _said("ulid", sa.Uuid()),
        _said("invoice_id", sa.BigInteger()),
        _said("aspect", sa.String(40)),
        _said("position", sa.BigInteger()),
        _said("expected", sa.String(40)),
        _said("invoiced", sa.String(40)),
        _said("over", sa.BigInteger()),
        _said("owner", NAME),
        _maybe("outcome", sa.String(40)),
        _said("credit", sa.BigInteger()),
        _said("reason", sa.Text()),
        _said("settled_by", NAME),
        _maybe("settled_at", TIME),
        _check("invoice_case", "aspect", "aspect IN ('price', 'quantity', 'freight')"),
        _check("invoice_case", "outcome", "outcome IN ('paid', 'credited', 'came')"),
        _check("invoice_case", "credit", "credit >= 0"),
        sa.UniqueConstraint("ulid", name=op.f("uq_invoice_case_ulid")),
        sa.UniqueConstraint(
            "invoice_id", "aspect", "position", name=op.f("uq_invoice_case_invoice_id_aspect_position")
        ),
        *_keys("invoice_case"),
    )


def _acts(known: str) -> None:
    op.execute("ALTER TABLE agreement DROP CONSTRAINT ck_agreement_act")
    op.execute(f"ALTER TABLE agreement ADD CONSTRAINT ck_agreement_act CHECK (act IN ({known}))")


def downgrade() -> None:
    op.execute("DELETE FROM agreement WHERE act = 'purchase_order'")
    _acts(OLD_ACTS)
    for table in ("invoice_case", "vendor_invoice", "purchase_receipt", "purchase_revision", "purchase_line",
                  "purchase_order", "stock_coming", "outside_step"):  # fmt: skip
        op.drop_table(table)
