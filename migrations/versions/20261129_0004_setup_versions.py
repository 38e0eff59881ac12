"""set-up: versions of its rows, and rules of the shop that no other table keeps"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
ACTS = "'close_period', 'rate_card', 'meter_register'"


def upgrade() -> None:
    op.create_table(
        "setup_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_version")),
        sa.UniqueConstraint("ulid", name=op.f("uq_setup_version_ulid")),
        sa.UniqueConstraint("kind", "key", "number", name=op.f("uq_setup_version_kind_key_number")),
    )
    op.create_index(
        "uq_setup_version_waiting",
        "setup_version",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("in_force_at IS NULL"),
    )
    op.create_table(
        "shop_rule",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_shop_rule")),
    )
    op.execute("ALTER TABLE setup_version ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE setup_version FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON setup_version USING ({PLANT})")
    _acts(f"{ACTS}, 'setup'")


def downgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute("DELETE FROM agreement WHERE act = 'setup'")
    _acts(ACTS)
    op.drop_table("shop_rule")
    op.drop_table("setup_version")


def _acts(known: str) -> None:
    op.drop_constraint(op.f("ck_agreement_act"), "agreement", type_="check")
    op.create_check_constraint(op.f("ck_agreement_act"), "agreement", f"act IN ({known})")
