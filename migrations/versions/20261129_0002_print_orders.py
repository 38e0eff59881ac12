"""print orders: what a job makes, its components, and what is printed for them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
OF_OWN_PART = "EXISTS (SELECT 1 FROM component WHERE component.id = component_id)"


def upgrade() -> None:
    op.add_column("job", sa.Column("product", sa.String(length=40), nullable=True))
    op.add_column("job", sa.Column("quantity", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("due", sa.Date(), nullable=True))
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute("UPDATE job SET product = 'letter' WHERE kind = 'mailing'")
    op.create_table(
        "component",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_component_quantity")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_component_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("job_id", "position", name=op.f("uq_component_job_id_position")),
    )
    op.create_table(
        "print_item",
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.String(length=40), nullable=False),
        sa.Column("sheet_width_in", sa.Numeric(8, 4), nullable=False),
        sa.Column("sheet_height_in", sa.Numeric(8, 4), nullable=False),
        sa.Column("sides", sa.BigInteger(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_print_item_component_id_component")
        ),
        sa.ForeignKeyConstraint(["stock"], ["stock.code"], name=op.f("fk_print_item_stock_stock")),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_print_item")),
    )
    for table, rule in (("component", OF_OWN_JOB), ("print_item", OF_OWN_PART)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")


def downgrade() -> None:
    op.drop_table("print_item")
    op.drop_table("component")
    for column in ("due", "quantity", "product"):
        op.drop_column("job", column)
