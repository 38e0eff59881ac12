"""devices of the plant, shifts at them, and their numbered events"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
TABLES = ("shift_pin", "device", "device_shift", "device_event", "device_outcome")


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str = "id") -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [other], name=op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
    )


def upgrade() -> None:
    op.add_column("app_user", sa.Column("badge", sa.String(40), nullable=True))
    op.create_unique_constraint(op.f("uq_app_user_badge"), "app_user", ["badge"])
    op.add_column("sign_in", sa.Column("by_pin", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("sign_in", "by_pin", server_default=None)
    op.create_table(
        "shift_pin",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pin_hash", sa.String(200), nullable=False),
        _time("set_at"),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        _time("locked_until", nullable=True),
        _key("shift_pin", "user_id", "app_user.id"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_shift_pin")),
    )
    _devices()
    op.create_table(
        "device_shift",
        _id(),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sign_in", sa.Uuid(), nullable=False),
        _time("began_at"),
        _time("seen_at"),
        _time("ended_at", nullable=True),
        _key("device_shift", "device_id", "device.id"),
        _key("device_shift", "user_id", "app_user.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_shift")),
        sa.UniqueConstraint("ulid", name=op.f("uq_device_shift_ulid")),
        sa.UniqueConstraint("sign_in", name=op.f("uq_device_shift_sign_in")),
    )
    for column in ("device_id", "user_id"):
        op.create_index(op.f(f"ix_device_shift_{column}"), "device_shift", [column])
    _events()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY plant ON {table} USING ({PLANT})")


def _devices() -> None:
    op.create_table(
        "device",
        _id(),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("work_center", sa.String(40), nullable=True),
        sa.Column("code_hash", sa.String(64), nullable=True),
        _time("code_until", nullable=True),
        sa.Column("secret_hash", sa.String(64), nullable=True),
        sa.Column("made_by", sa.String(200), nullable=False),
        _time("made_at"),
        _time("enrolled_at", nullable=True),
        _time("seen_at", nullable=True),
        _time("revoked_at", nullable=True),
        sa.Column("revoked_by", sa.String(200), nullable=True),
        sa.Column("last_n", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.CheckConstraint("(code_hash IS NULL) = (code_until IS NULL)", name=op.f("ck_device_code")),
        sa.CheckConstraint("(secret_hash IS NULL) = (enrolled_at IS NULL)", name=op.f("ck_device_secret")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_device_revoked")),
        _key("device", "work_center", "work_center.code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("ulid", name=op.f("uq_device_ulid")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_device_code_hash")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_device_secret_hash")),
    )
    op.create_index(op.f("ix_device_work_center"), "device", ["work_center"])
    op.create_index(
        "uq_device_name_in_use",
        "device",
        ["name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _events() -> None:
    op.create_table(
        "device_event",
        _id(),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("line", postgresql.JSONB(), nullable=False),
        _time("recorded_at"),
        sa.CheckConstraint("n > 0", name=op.f("ck_device_event_n")),
        _key("device_event", "device_id", "device.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_event")),
        sa.UniqueConstraint("device_id", "n", "hash", name=op.f("uq_device_event_device_id_n_hash")),
    )
    op.execute(
        "CREATE TRIGGER device_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON device_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "device_outcome",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        _time("occurred_at"),
        sa.Column("has_wrong_clock", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        _time("at"),
        _time("settled_at", nullable=True),
        sa.Column("settled_by", sa.String(200), nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'applied', 'refused', 'forked')", name=op.f("ck_device_outcome_outcome")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)", name=op.f("ck_device_outcome_settled")
        ),
        _key("device_outcome", "event_id", "device_event.id"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_device_outcome")),
    )
    op.create_index(
        "ix_device_outcome_open",
        "device_outcome",
        ["event_id"],
        postgresql_where=sa.text("outcome <> 'applied' AND settled_at IS NULL"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("sign_in", "by_pin")
    op.drop_column("app_user", "badge")
