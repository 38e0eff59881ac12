"""an approver changes quantity or accounts; people name who stands in for them"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_PERSON = "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = person_id)"
ACTS = "act IN ('given', 'forwarded', 'asked', 'answered'{})"


def upgrade() -> None:
    _acts(", 'changed'")
    op.create_table(
        "stand_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("stand_in_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_stand_in_days")),
        sa.ForeignKeyConstraint(["person_id"], ["app_user.id"], name=op.f("fk_stand_in_person_id_app_user")),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["app_user.id"], name=op.f("fk_stand_in_stand_in_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in")),
    )
    op.create_index(op.f("ix_stand_in_person_id"), "stand_in", ["person_id"])
    op.create_index(op.f("ix_stand_in_stand_in_id"), "stand_in", ["stand_in_id"])
    op.execute("ALTER TABLE stand_in ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE stand_in FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON stand_in USING ({PLANT} OR {OF_OWN_PERSON})")


def downgrade() -> None:
    op.drop_table("stand_in")
    op.execute("DELETE FROM approval_act WHERE act = 'changed'")
    _acts("")


def _acts(more: str) -> None:
    op.drop_constraint(op.f("ck_approval_act_act"), "approval_act")
    op.create_check_constraint(op.f("ck_approval_act_act"), "approval_act", ACTS.format(more))
