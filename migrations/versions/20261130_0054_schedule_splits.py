"""operations split over machines, lots that weigh more, and why the plant could not be scheduled"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
MOMENT = sa.DateTime(timezone=True)
PARTED = ("scheduled_run", "schedule_pin")
TABLES = ("schedule_split", "lot_weight", "schedule_refusal")


def upgrade() -> None:
    for table in PARTED:
        op.add_column(table, sa.Column("part", sa.BigInteger(), server_default="0", nullable=False))
        op.alter_column(table, "part", server_default=None)
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.create_primary_key(op.f(f"pk_{table}"), table, ["operation_id", "part"])
    op.create_table(
        "schedule_split",
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("quantities", JSONB(none_as_null=True), nullable=False),
        sa.Column("split_at", MOMENT, nullable=False),
        sa.Column("split_by", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_schedule_split_operation_id_operation")
        ),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_schedule_split")),
    )
    op.create_table(
        "lot_weight",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("said_by", sa.String(200), nullable=False),
        sa.CheckConstraint("weight BETWEEN 0 AND 100", name=op.f("ck_lot_weight_weight")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_weight_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_lot_weight")),
    )
    op.create_table(
        "schedule_refusal",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("runs", JSONB(none_as_null=True), nullable=False),
        sa.Column("refused_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schedule_refusal_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_refusal")),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY plant ON {table} USING ({PLANT})")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for table in PARTED:
        op.execute(f"DELETE FROM {table} WHERE part > 0")
        op.drop_column(table, "part")
        op.create_primary_key(op.f(f"pk_{table}"), table, ["operation_id"])
