"""files of meters: taken in once by content; registers around each of their runs"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meter_run", sa.Column("ascending_before", sa.BigInteger(), nullable=True))
    op.add_column("meter_run", sa.Column("ascending_after", sa.BigInteger(), nullable=True))
    op.create_table(
        "meter_import",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["meter_sheet.id"], name=op.f("fk_meter_import_sheet_id_meter_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_import")),
        sa.UniqueConstraint("sha256", name=op.f("uq_meter_import_sha256")),
    )


def downgrade() -> None:
    op.drop_table("meter_import")
    op.drop_column("meter_run", "ascending_after")
    op.drop_column("meter_run", "ascending_before")
