"""proofs of vendors"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
NAME = sa.String(200)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "vendor_proof",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("note", NAME, nullable=False),
        sa.Column("came_by", NAME, nullable=False),
        sa.Column("came_at", TIME, nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("answer", NAME, nullable=False),
        sa.Column("answered_by", NAME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(is_approved IS NULL) = (answered_at IS NULL)", name=op.f("ck_vendor_proof_answered_at")
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_vendor_proof")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_vendor_proof_order_id_purchase_order")
        ),
    )
    op.execute("ALTER TABLE vendor_proof ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE vendor_proof FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON vendor_proof USING ({PLANT})")


def downgrade() -> None:
    op.drop_table("vendor_proof")
