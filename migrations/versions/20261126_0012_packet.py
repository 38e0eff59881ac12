"""settings of the electronic documents, version by version; Mail.dat sets received from elsewhere"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edoc_settings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sender", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owners", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edoc_settings")),
    )
    op.execute(
        "CREATE TRIGGER edoc_settings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON edoc_settings "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "received_mail_dat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_received_mail_dat_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_mail_dat")),
        sa.UniqueConstraint("sha256", name=op.f("uq_received_mail_dat_sha256")),
        sa.UniqueConstraint("ulid", name=op.f("uq_received_mail_dat_ulid")),
    )


def downgrade() -> None:
    op.drop_table("received_mail_dat")
    op.drop_table("edoc_settings")
