"""kits of past orders; stops of orders that were taken in before"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
OF_OWN_KIT = "EXISTS (SELECT 1 FROM kit WHERE kit.id = kit_id)"  # kit's own policy applies inside
# What is printed and has not left yet: its one place, as it was quoted.
STOPS = """
    INSERT INTO delivery_stop (job_id, position, place, quantity, way)
    SELECT job.id, 1, print_item.place, job.quantity, 'deliver'
      FROM job JOIN component ON component.job_id = job.id AND component.position = 1
               JOIN print_item ON print_item.component_id = component.id
     WHERE job.quantity > 0 AND job.state NOT IN ('dispatched', 'delivered', 'billed', 'closed', 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM delivery_stop WHERE delivery_stop.job_id = job.id)"""


def upgrade() -> None:
    op.create_table(
        "kit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_kit_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit")),
        sa.UniqueConstraint("ulid", name=op.f("uq_kit_ulid")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_kit_agency_id_name")),
    )
    op.create_table(
        "kit_item",
        sa.Column("kit_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_kit_item_kit_id_kit")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_kit_item_job_id_job")),
        sa.PrimaryKeyConstraint("kit_id", "position", name=op.f("pk_kit_item")),
    )
    op.create_index("ix_kit_item_job_id", "kit_item", ["job_id"])
    for table, own in (("kit", f"agency_id::text = {SCOPE}"), ("kit_item", OF_OWN_KIT)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({SCOPE} = 'plant' OR {own})")
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.execute(STOPS)


def downgrade() -> None:
    op.drop_table("kit_item")
    op.drop_table("kit")
