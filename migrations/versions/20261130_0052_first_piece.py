"""what was measured of first pieces"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"


def upgrade() -> None:
    op.create_table(
        "first_piece",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("target", sa.Numeric(12, 4), nullable=True),
        sa.Column("tolerance", sa.Numeric(12, 4), nullable=False),
        sa.Column("measured", sa.Numeric(12, 4), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed_by", sa.String(200), nullable=True),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowed_why", sa.String(200), nullable=True),
        sa.CheckConstraint("allowed_by <> person AND allowed_why <> ''", name=op.f("ck_first_piece_allowed")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_first_piece_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_first_piece_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_piece")),
    )
    op.create_index("ix_first_piece_operation_id_id", "first_piece", ["operation_id", "id"])
    op.create_index("ix_first_piece_work_center", "first_piece", ["work_center"])
    op.execute("ALTER TABLE first_piece ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE first_piece FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON first_piece USING ({PLANT})")


def downgrade() -> None:
    op.drop_table("first_piece")
