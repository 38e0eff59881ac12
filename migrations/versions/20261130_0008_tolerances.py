"""how many fewer and more than ordered a product's orders take, and an order of something printed took"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PERCENT = ("unders_percent", "overs_percent")
BOUNDS = ("least", "most")


def upgrade() -> None:
    for column in PERCENT:
        op.add_column("product", sa.Column(column, sa.BigInteger(), server_default="0", nullable=False))
        op.alter_column("product", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_product_tolerance"), "product", "unders_percent BETWEEN 0 AND 99 AND overs_percent >= 0"
    )
    for column in BOUNDS:
        op.add_column("print_item", sa.Column(column, sa.BigInteger(), nullable=True))
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(
        "UPDATE print_item SET least = quantity, most = quantity FROM component WHERE component.id = component_id"
    )
    for column in BOUNDS:
        op.alter_column("print_item", column, nullable=False)


def downgrade() -> None:
    for column in BOUNDS:
        op.drop_column("print_item", column)
    op.drop_constraint(op.f("ck_product_tolerance"), "product")
    for column in PERCENT:
        op.drop_column("product", column)
