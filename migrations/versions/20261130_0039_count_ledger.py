"""lines of counts at steps of print runs, make-ups, and how steps feed one another"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
# Until now: spoils as events, and what came out on the operation. What a finished step did not give and nobody reported
# was spoiled as planned.
SPOILS = """
    INSERT INTO count_line (operation_id, good, spoiled, held, taken, reason, actor, occurred_at, recorded_at, work_center)
    SELECT operation.id, 0, (job_event.details->>'count')::bigint, 0, 0, left(coalesce(job_event.details->>'reason', ''), 60),
           job_event.actor, job_event.occurred_at, now(), operation.work_center
      FROM operation JOIN lot ON lot.id = operation.lot_id
                     JOIN job_event ON job_event.operation_id = operation.id AND job_event.event = 'spoiled'
     WHERE lot.kind = 'print_run' AND (job_event.details->>'count')::bigint > 0"""
GOOD = """
    INSERT INTO count_line (operation_id, good, spoiled, held, taken, reason, actor, occurred_at, recorded_at, work_center)
    SELECT id, good, waste, 0, greatest(0, more), CASE WHEN waste > 0 OR more > 0 THEN 'As counted before the ledger' ELSE '' END,
           coalesce(operator, 'system'), coalesce(finished_at, now()), now(), work_center
      FROM (SELECT operation.*, CASE WHEN needs IN ('[]', '{"value": [], "version": 1}') THEN
                   operation.good + coalesce(operation.spoiled, 0) - coalesce(given, quantity, 0) ELSE 0 END AS more,
                   greatest(0, coalesce(given, quantity, 0) - greatest(coalesce(quantity, 0), operation.good + coalesce(operation.spoiled, 0))) AS waste
              FROM operation JOIN lot ON lot.id = operation.lot_id
             WHERE lot.kind = 'print_run' AND operation.good IS NOT NULL) AS counted
     WHERE good > 0 OR waste > 0 OR more > 0"""


def upgrade() -> None:
    op.add_column("operation", sa.Column("setup_units", sa.BigInteger(), nullable=True))
    op.add_column("operation", sa.Column("unit", sa.String(20), nullable=True))
    op.add_column("operation", sa.Column("feeds", JSONB(), nullable=True))
    op.add_column("operation", sa.Column("lag_minutes", sa.BigInteger(), nullable=True))
    op.add_column("operation", sa.Column("made_as", JSONB(), nullable=True))
    op.create_table(
        "count_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("good", "spoiled", "held", "taken")),
        sa.Column("numbers", JSONB(), nullable=True),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=True),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "good <> 0 OR spoiled <> 0 OR held <> 0 OR taken <> 0", name=op.f("ck_count_line_counted")
        ),
        sa.CheckConstraint(
            "least(good, spoiled, held, taken) >= 0 OR reason <> ''", name=op.f("ck_count_line_reason")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_count_line_operation_id_operation")
        ),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_center.code"], name=op.f("fk_count_line_work_center_work_center")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_line")),
    )
    op.create_index("ix_count_line_operation_id_id", "count_line", ["operation_id", "id"])
    op.create_table(
        "make_up",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("of_lot_id", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("ordered_by", sa.String(200), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pieces > 0 AND lot_id <> of_lot_id", name=op.f("ck_make_up_pieces")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_make_up_lot_id_lot")),
        sa.ForeignKeyConstraint(["of_lot_id"], ["lot.id"], name=op.f("fk_make_up_of_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_make_up")),
    )
    op.create_index("ix_make_up_of_lot_id", "make_up", ["of_lot_id"])
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    for table in ("count_line", "make_up"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY plant ON {table} USING ({PLANT})")
    op.execute(SPOILS)
    op.execute(GOOD)
    op.execute(
        "CREATE TRIGGER count_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON count_line "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("make_up")
    op.drop_table("count_line")
    for name in ("setup_units", "unit", "feeds", "lag_minutes", "made_as"):
        op.drop_column("operation", name)
