"""the stockroom: items, lots, and movements that nobody changes"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
KINDS = "'paper', 'envelope', 'insert', 'plate', 'consumable', 'form'"
MOVES = "'receive', 'issue', 'return', 'count', 'scrap', 'transfer'"
# An agency sees what is its own; the policy of the table named applies inside.
RULES = {
    "stock_item": f"{SCOPE} = 'plant' OR agency_id::text = {SCOPE}",
    "stock_lot": f"{SCOPE} = 'plant' OR EXISTS (SELECT 1 FROM stock_item WHERE stock_item.id = item_id)",
    "stock_move": f"{SCOPE} = 'plant' OR EXISTS (SELECT 1 FROM stock_lot WHERE stock_lot.id = lot_id)",
}
KEY = {
    "stock_item": {"agency_id": "agency.id", "stock": "stock.code", "form_revision_id": "form_revision.id"},
    "stock_lot": {"item_id": "stock_item.id"},
    "stock_move": {"lot_id": "stock_lot.id", "job_id": "job.id", "operation_id": "operation.id"},
}


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _keys(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [column], [other], name=op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
            )
            for column, other in KEY[table].items()
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "stock_item",
        _id(),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("stock", sa.String(40), nullable=True),
        sa.Column("width_in", sa.Numeric(8, 4), nullable=True),
        sa.Column("height_in", sa.Numeric(8, 4), nullable=True),
        sa.Column("form_revision_id", sa.BigInteger(), nullable=True),
        sa.Column("bin", sa.String(20), nullable=False),
        sa.Column("reorder_point", sa.BigInteger(), nullable=True),
        sa.Column("lead_days", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Numeric(18, 4), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_stock_item_kind")),
        sa.CheckConstraint("on_hand >= 0 AND value >= 0", name=op.f("ck_stock_item_on_hand")),
        sa.UniqueConstraint("code", name=op.f("uq_stock_item_code")),
        *_keys("stock_item"),
    )
    for column in KEY["stock_item"]:
        op.create_index(op.f(f"ix_stock_item_{column}"), "stock_item", [column])
    op.create_table(
        "stock_lot",
        _id(),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bin", sa.String(20), nullable=False),
        sa.Column("unit_cost", sa.Numeric(12, 6), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("doubt", sa.BigInteger(), nullable=True),
        sa.Column("doubt_by", sa.String(200), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_lot_on_hand")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_lot_number")),
        *_keys("stock_lot"),
    )
    op.create_index("ix_stock_lot_item_id_id", "stock_lot", ["item_id", "id"])
    op.create_table(
        "stock_move",
        _id(),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Numeric(18, 4), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("agreed_by", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({MOVES})", name=op.f("ck_stock_move_kind")),
        *_keys("stock_move"),
    )
    for column in KEY["stock_move"]:
        op.create_index(op.f(f"ix_stock_move_{column}"), "stock_move", [column])
    op.execute(
        "CREATE TRIGGER stock_move_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_move "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({rule})")


def downgrade() -> None:
    for table in reversed(RULES):
        op.drop_table(table)
