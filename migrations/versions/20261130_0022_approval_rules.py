"""rules of who approves what, and what is done on the way to a consent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
RULES = {
    "approval_rule": f"agency_id IS NULL AND {SCOPE} <> '' OR agency_id::text = {SCOPE}",
    "approval_act": "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)",  # job's own policy applies inside
}


def upgrade() -> None:
    op.create_table(
        "approval_rule",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_approval_rule_agency_id_agency")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_approval_rule")),
    )
    op.create_index(op.f("ix_approval_rule_agency_id"), "approval_rule", ["agency_id"])
    op.create_table(
        "approval_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("in_place_of", sa.String(200), nullable=True),
        sa.Column("goes_to", sa.String(200), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("hashes", postgresql.JSONB(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act IN ('given', 'forwarded', 'asked', 'answered')", name=op.f("ck_approval_act_act")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_approval_act_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_act")),
    )
    op.create_index("ix_approval_act_job_id_revision", "approval_act", ["job_id", "revision"])
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")
    op.add_column("approval", sa.Column("in_place_of", sa.String(200), nullable=True))
    op.add_column("approval", sa.Column("rule", sa.String(20), nullable=True))


def downgrade() -> None:
    op.drop_column("approval", "rule")
    op.drop_column("approval", "in_place_of")
    op.drop_table("approval_act")
    op.drop_table("approval_rule")
