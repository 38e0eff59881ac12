"""working time of operations: who made ready, ran, paused and helped at which machine"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
# What runs meanwhile goes on; how much of it was making ready nobody wrote down.
RUNNING = """
    INSERT INTO floor_spell (operation_id, work_center, person, kind, reason, began_at, began_recorded_at)
    SELECT id, work_center, coalesce(operator, 'system'), 'run', '', started_at, now()
      FROM operation WHERE state = 'running' AND work_center IS NOT NULL AND started_at IS NOT NULL"""


def upgrade() -> None:
    op.create_table(
        "floor_spell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.String(200), nullable=True),
        sa.CheckConstraint(
            "kind IN ('make_ready', 'run', 'pause', 'help')", name=op.f("ck_floor_spell_kind")
        ),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_floor_spell_order")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_recorded_at IS NULL)", name=op.f("ck_floor_spell_ended")
        ),
        sa.CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by IS NULL)", name=op.f("ck_floor_spell_taken_back")
        ),
        sa.CheckConstraint("kind <> 'pause' OR reason <> ''", name=op.f("ck_floor_spell_reason")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_floor_spell_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_floor_spell_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floor_spell")),
    )
    op.create_index("ix_floor_spell_operation_id_id", "floor_spell", ["operation_id", "id"])
    op.create_index("ix_floor_spell_work_center_began_at", "floor_spell", ["work_center", "began_at"])
    op.create_index(
        "uq_floor_spell_open",
        "floor_spell",
        ["operation_id", "work_center"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND taken_back_at IS NULL AND kind <> 'help'"),
    )
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.execute("ALTER TABLE floor_spell ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE floor_spell FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON floor_spell USING ({PLANT})")
    op.execute(RUNNING)


def downgrade() -> None:
    op.drop_table("floor_spell")
