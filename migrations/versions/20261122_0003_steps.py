"""attempts, delays and failures of steps; a wake-up call for the relay"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WAKE = """
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column("outbox", sa.Column("step_key", sa.String(length=110), nullable=True))
    op.execute("UPDATE outbox SET step_key = regexp_replace(key, '-[0-9]+$', '')")
    op.alter_column("outbox", "step_key", nullable=False)
    op.add_column("outbox", sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("outbox", "failures", server_default=None)
    op.add_column("outbox", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "uq_outbox_open_step",
        "outbox",
        ["step_key"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.add_column("step_claim", sa.Column("attempt", sa.BigInteger(), nullable=False, server_default="1"))
    op.alter_column("step_claim", "attempt", server_default=None)
    op.execute(WAKE)
    op.execute(
        "CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER outbox_wake ON outbox")
    op.execute("DROP FUNCTION outbox_wake()")
    op.drop_column("step_claim", "attempt")
    op.drop_index("uq_outbox_open_step", table_name="outbox", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_column("outbox", "not_before")
    op.drop_column("outbox", "failures")
    op.drop_column("outbox", "step_key")
