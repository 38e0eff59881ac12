"""set-up: limits and stand-ins of approvers, meters out of use, roles of planner, messenger and director"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLES = "'requester', 'approver', 'print_operator', 'mail_operator', 'billing_clerk', 'administrator'"


def upgrade() -> None:
    op.add_column("app_user", sa.Column("approval_limit", sa.BigInteger(), nullable=True))
    op.add_column("app_user", sa.Column("stand_in_id", sa.BigInteger(), nullable=True))
    op.add_column("app_user", sa.Column("stand_in_from", sa.Date(), nullable=True))
    op.add_column("app_user", sa.Column("stand_in_until", sa.Date(), nullable=True))
    op.create_foreign_key(
        op.f("fk_app_user_stand_in_id_app_user"), "app_user", "app_user", ["stand_in_id"], ["id"]
    )
    op.create_index(op.f("ix_app_user_stand_in_id"), "app_user", ["stand_in_id"])
    op.add_column(
        "meter", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.text("true"))
    )
    op.alter_column("meter", "is_active", server_default=None)
    _roles(f"{ROLES}, 'planner', 'messenger', 'director'")


def downgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(f"DELETE FROM user_role WHERE role NOT IN ({ROLES})")
    _roles(ROLES)
    op.drop_column("meter", "is_active")
    op.drop_index(op.f("ix_app_user_stand_in_id"), "app_user")
    op.drop_constraint(op.f("fk_app_user_stand_in_id_app_user"), "app_user", type_="foreignkey")
    for column in ("stand_in_until", "stand_in_from", "stand_in_id", "approval_limit"):
        op.drop_column("app_user", column)


def _roles(known: str) -> None:
    op.drop_constraint(op.f("ck_user_role_role"), "user_role", type_="check")
    op.create_check_constraint(op.f("ck_user_role_role"), "user_role", f"role IN ({known})")
