"""the catalog as rows: units, operation types, work centers, stocks, routes, products"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
TABLES = ("usage_unit", "operation_type", "work_center", "stock", "route", "route_step", "product")


def upgrade() -> None:
    _create("usage_unit")
    _create(
        "operation_type",
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("work_center_class", sa.String(length=40), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("takes", sa.String(length=40), nullable=False),
        sa.Column("gives", sa.String(length=40), nullable=False),
        sa.Column("usage_unit", sa.String(length=40), nullable=True),
        sa.Column("usage_times", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.String(length=120), nullable=False),
        sa.Column("spoil_reasons", JSON, nullable=False),
        _key("operation_type", "usage_unit", "usage_unit"),
        sa.CheckConstraint(
            "place IN ('floor', 'system', 'mailroom', 'dock')", name=op.f("ck_operation_type_place")
        ),
    )
    _create("work_center", sa.Column("work_center_class", sa.String(length=40), nullable=False))
    _create(
        "stock",
        sa.Column("grade", sa.String(length=40), nullable=False),
        sa.Column("basis_lb", sa.Numeric(8, 2), nullable=False),
        sa.Column("basic_width_in", sa.Numeric(8, 4), nullable=False),
        sa.Column("basic_height_in", sa.Numeric(8, 4), nullable=False),
        sa.Column("caliper_in", sa.Numeric(8, 4), nullable=True),
        sa.Column("sheets", JSON, nullable=False),
        sa.Column("usage_unit", sa.String(length=40), nullable=True),
        _key("stock", "usage_unit", "usage_unit"),
    )
    _create("route")
    op.create_table(
        "route_step",
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("needs", JSON, nullable=False),
        sa.Column("when_option", sa.String(length=40), nullable=True),
        sa.Column("when_is", JSON, nullable=False),
        _key("route_step", "route", "route"),
        _key("route_step", "operation", "operation_type"),
        sa.PrimaryKeyConstraint("route", "step", name=op.f("pk_route_step")),
    )
    _create(
        "product",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("components", JSON, nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("grades", JSON, nullable=False),
        sa.Column("least_quantity", sa.BigInteger(), nullable=True),
        sa.Column("most_quantity", sa.BigInteger(), nullable=True),
        sa.Column("most_pages", sa.BigInteger(), nullable=True),
        _key("product", "route", "route"),
        sa.CheckConstraint(
            "least_quantity > 0 AND least_quantity <= most_quantity", name=op.f("ck_product_quantity")
        ),
    )


def _create(table: str, *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        *more,
        sa.PrimaryKeyConstraint("code", name=op.f(f"pk_{table}")),
    )


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.code"], name=op.f(f"fk_{table}_{column}_{other}"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
