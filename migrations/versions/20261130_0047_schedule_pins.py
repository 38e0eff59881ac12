"""runs pinned by people, and the schedule before their last change"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "schedule_pin",
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("pinned_at", MOMENT, nullable=False),
        sa.Column("pinned_by", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_schedule_pin_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_schedule_pin_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_schedule_pin")),
    )
    op.create_index(op.f("ix_schedule_pin_work_center"), "schedule_pin", ["work_center"])
    op.execute("ALTER TABLE schedule_pin ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE schedule_pin FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON schedule_pin USING ({PLANT})")
    op.add_column("schedule", sa.Column("before", JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("schedule", "before")
    op.drop_table("schedule_pin")
