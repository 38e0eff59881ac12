"""acts that need a second person; rate cards that begin as drafts"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
BEFORE, NOW = "('published', 'withdrawn')", "('draft', 'approved', 'published', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=200), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "act IN ('close_period', 'rate_card', 'meter_register')", name=op.f("ck_agreement_act")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(
        "uq_agreement_open", "agreement", ["act", "subject"], unique=True,
        postgresql_where=sa.text("agreed_at IS NULL"),
    )  # fmt: skip
    op.execute("ALTER TABLE agreement ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE agreement FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON agreement USING ({PLANT})")
    op.drop_constraint(op.f("ck_rate_card_state"), "rate_card", type_="check")
    op.create_check_constraint(op.f("ck_rate_card_state"), "rate_card", f"state IN {NOW}")


def downgrade() -> None:
    op.execute("UPDATE rate_card SET state = 'withdrawn' WHERE state IN ('draft', 'approved')")
    op.drop_constraint(op.f("ck_rate_card_state"), "rate_card", type_="check")
    op.create_check_constraint(op.f("ck_rate_card_state"), "rate_card", f"state IN {BEFORE}")
    op.drop_table("agreement")
