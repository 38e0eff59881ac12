"""notices: what people are told, who has read it, and how each wants to hear of it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
PLANT = f"{SCOPE} = 'plant'"
ROLES = (
    "'requester', 'approver', 'print_operator', 'mail_operator', 'billing_clerk', 'administrator', 'planner', "
    "'messenger', 'director'"
)
# An agency sees what is for its people; it may write what is for the plant, and never sees that.
WALLS = {
    "notice": f"agency_id::text = {SCOPE}",
    "notice_read": "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = person_id)",  # its own policy applies inside
    "notice_choice": "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = person_id)",
    "notice_hours": "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = person_id)",
    "notice_mail": "false",  # the plant sends
    "notice_post": "false",
}


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("about", sa.String(120), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(40), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_notice_role")),
        sa.CheckConstraint("(person_id IS NULL) <> (role IS NULL)", name=op.f("ck_notice_for_whom")),
        sa.ForeignKeyConstraint(["person_id"], ["app_user.id"], name=op.f("fk_notice_person_id_app_user")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_notice_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("ulid", name=op.f("uq_notice_ulid")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index("ix_notice_person_id_id", "notice", ["person_id", "id"])
    op.create_index("ix_notice_agency_id_role_id", "notice", ["agency_id", "role", "id"])
    op.create_index(
        "ix_notice_open_about", "notice", ["about"], postgresql_where=sa.text("answered_at IS NULL")
    )
    op.create_index("ix_notice_not_posted", "notice", ["id"], postgresql_where=sa.text("posted_at IS NULL"))
    op.create_table(
        "notice_read",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_read_person_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_read_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "notice_id", name=op.f("pk_notice_read")),
    )
    op.create_index(op.f("ix_notice_read_notice_id"), "notice_read", ["notice_id"])
    op.create_table(
        "notice_choice",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("on_page", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.String(40), nullable=False),
        sa.CheckConstraint("by_mail IN ('once', 'daily', 'never')", name=op.f("ck_notice_choice_by_mail")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_choice_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "notice_hours",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("quiet_from", sa.String(5), nullable=False),
        sa.Column("quiet_until", sa.String(5), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_hours_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_hours")),
    )
    op.create_table(
        "notice_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("message_id", sa.String(200), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("by_mail", sa.String(40), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(200), nullable=True),
        sa.CheckConstraint("by_mail IN ('once', 'daily', 'never')", name=op.f("ck_notice_mail_by_mail")),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_notice_mail_end")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_mail_person_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_mail")),
        sa.UniqueConstraint("ulid", name=op.f("uq_notice_mail_ulid")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_mail_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notice_mail_message_id")),
    )
    op.create_index(op.f("ix_notice_mail_person_id"), "notice_mail", ["person_id"])
    op.create_table(
        "notice_post",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("by_mail", sa.String(40), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("by_mail IN ('once', 'daily', 'never')", name=op.f("ck_notice_post_by_mail")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_post_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app_user.id"], name=op.f("fk_notice_post_person_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["notice_mail.id"],
            name=op.f("fk_notice_post_mail_id_notice_mail"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_post")),
    )
    op.create_index(op.f("ix_notice_post_mail_id"), "notice_post", ["mail_id"])
    op.create_index(
        "ix_notice_post_waiting", "notice_post", ["person_id"], postgresql_where=sa.text("mail_id IS NULL")
    )
    op.create_index(op.f("ix_notice_post_person_id"), "notice_post", ["person_id"])
    op.add_column("app_user", sa.Column("email", sa.String(200), nullable=True))
    for table, rule in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")
    op.execute(f"CREATE POLICY adding ON notice FOR INSERT WITH CHECK ({SCOPE} <> '')")


def downgrade() -> None:
    op.drop_column("app_user", "email")
    for table in ("notice_post", "notice_mail", "notice_hours", "notice_choice", "notice_read", "notice"):
        op.drop_table(table)
