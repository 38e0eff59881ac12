"""the mark that database and data folder share"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plant_stamp",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_stamp")),
        sa.CheckConstraint("id = 1", name=op.f("ck_plant_stamp_one")),
    )


def downgrade() -> None:
    op.drop_table("plant_stamp")
