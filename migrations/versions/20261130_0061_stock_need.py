"""what approved jobs will take of the stockroom"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"


def upgrade() -> None:
    op.create_table(
        "stock_need",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_need_quantity")),
        sa.PrimaryKeyConstraint("job_id", "item_id", name=op.f("pk_stock_need")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_stock_need_job_id_job")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["stock_item.id"], name=op.f("fk_stock_need_item_id_stock_item")
        ),
    )
    op.create_index(op.f("ix_stock_need_item_id"), "stock_need", ["item_id"])
    op.execute("ALTER TABLE stock_need ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE stock_need FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON stock_need USING ({PLANT})")


def downgrade() -> None:
    op.drop_table("stock_need")
