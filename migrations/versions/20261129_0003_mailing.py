"""a mailing is one object over its presort streams: what they share, and a number of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_STREAM = "EXISTS (SELECT 1 FROM presort_stream WHERE presort_stream.mailing_id = mailing.id)"
SHARED = ("mail_date", "mail_class", "mail_shape", "sort_plan", "policy", "payment")
# One for all streams that were held together, and one for each other stream; numbered in the order of their lots.
FILL = f"""
WITH opened AS (
    SELECT coalesce(together, lot.ulid) AS key, min(lot.id) AS first, min(lot.created_at) AS created_at
    FROM presort_stream JOIN lot USING (id) GROUP BY 1
), dated AS (
    SELECT *, extract(year FROM (created_at AT TIME ZONE 'America/Chicago') + interval '6 months')::int AS year
    FROM opened
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY year ORDER BY first) AS place FROM dated
)
INSERT INTO mailing (ulid, number, created_at, {", ".join(SHARED)})
SELECT key, 'M' || lpad((year % 100)::text, 2, '0') || '-' || lpad(place::text, 4, '0'), created_at,
    {", ".join(f"presort_stream.{name}" for name in SHARED)}
FROM numbered JOIN presort_stream ON presort_stream.id = numbered.first
ORDER BY year, place
"""
COUNT = """
INSERT INTO counter (name, last)
SELECT 'mailing-20' || substr(number, 2, 2), max(substr(number, 5)::int) FROM mailing GROUP BY 1
"""


def upgrade() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("mail_date", sa.Date(), nullable=False),
        sa.Column("mail_class", sa.String(length=20), nullable=False),
        sa.Column("mail_shape", sa.String(length=20), nullable=False),
        sa.Column("sort_plan", sa.String(length=60), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("payment", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("payment IN ('permit', 'metered')", name=op.f("ck_mailing_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("number", name=op.f("uq_mailing_number")),
        sa.UniqueConstraint("ulid", name=op.f("uq_mailing_ulid")),
    )
    op.create_index(op.f("ix_mailing_mail_date"), "mailing", ["mail_date"])
    op.add_column("presort_stream", sa.Column("mailing_id", sa.BigInteger(), nullable=True))
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(FILL)
    op.execute(COUNT)
    op.execute(
        "UPDATE presort_stream SET mailing_id = mailing.id FROM mailing, lot"
        " WHERE lot.id = presort_stream.id AND mailing.ulid = coalesce(together, lot.ulid)"
    )
    op.alter_column("presort_stream", "mailing_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_presort_stream_mailing_id_mailing"), "presort_stream", "mailing", ["mailing_id"], ["id"]
    )
    op.create_index(op.f("ix_presort_stream_mailing_id"), "presort_stream", ["mailing_id"])
    for column in ("together", *SHARED):
        op.drop_column("presort_stream", column)
    op.execute("ALTER TABLE mailing ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE mailing FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON mailing USING ({PLANT} OR {OF_OWN_STREAM})")


def downgrade() -> None:
    types = {"mail_date": sa.Date(), "sort_plan": sa.String(length=60), "payment": sa.String(length=10)}
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.add_column("presort_stream", sa.Column("together", sa.Uuid(), nullable=True))
    for name in SHARED:
        op.add_column("presort_stream", sa.Column(name, types.get(name, sa.String(length=20)), nullable=True))
    values = ", ".join(f"{name} = mailing.{name}" for name in SHARED)
    several = "(SELECT count(*) FROM presort_stream one WHERE one.mailing_id = mailing.id) > 1"
    op.execute(
        f"UPDATE presort_stream SET {values}, together = CASE WHEN {several} THEN mailing.ulid END"
        " FROM mailing WHERE mailing.id = presort_stream.mailing_id"
    )
    for name in SHARED:
        op.alter_column("presort_stream", name, nullable=False)
    op.alter_column("presort_stream", "payment", server_default="permit")
    op.create_check_constraint(
        "ck_presort_stream_payment", "presort_stream", "payment IN ('permit', 'metered')"
    )
    op.create_index(
        "ix_presort_stream_together",
        "presort_stream",
        ["together"],
        postgresql_where=sa.text("together IS NOT NULL"),
    )
    op.execute("DROP POLICY agency ON mailing")
    op.drop_column("presort_stream", "mailing_id")
    op.drop_table("mailing")
    op.execute("DELETE FROM counter WHERE name LIKE 'mailing-%'")
