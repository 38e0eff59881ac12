"""what printers of the set-up said that they can"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"


def upgrade() -> None:
    op.create_table(
        "printer_offer",
        sa.Column("printer", sa.String(60), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("printer", name=op.f("pk_printer_offer")),
    )
    op.execute("ALTER TABLE printer_offer ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE printer_offer FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY plant ON printer_offer USING ({PLANT})"
    )  # the shop's machines concern no agency


def downgrade() -> None:
    op.drop_table("printer_offer")
