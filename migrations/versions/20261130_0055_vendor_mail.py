"""e-mails to vendors"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "vendor_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.String(200), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("link_of", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("begun_at", TIME, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("given_up_at", TIME, nullable=True),
        sa.Column("failure", sa.String(200), nullable=True),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_vendor_mail_end")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_mail_vendor_id_vendor")),
        sa.ForeignKeyConstraint(
            ["link_of"], ["bid_invitation.id"], name=op.f("fk_vendor_mail_link_of_bid_invitation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_mail")),
        sa.UniqueConstraint("ulid", name=op.f("uq_vendor_mail_ulid")),
        sa.UniqueConstraint("message_id", name=op.f("uq_vendor_mail_message_id")),
    )
    for column in ("vendor_id", "link_of"):
        op.create_index(op.f(f"ix_vendor_mail_{column}"), "vendor_mail", [column])
    op.execute("ALTER TABLE vendor_mail ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE vendor_mail FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY agency ON vendor_mail USING (current_setting('indicia.scope', true) = 'plant')")


def downgrade() -> None:
    op.drop_table("vendor_mail")
