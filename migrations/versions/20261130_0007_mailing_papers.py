"""one set of papers a mailing, and one dispatch"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
OF_OWN_MAILING = "EXISTS (SELECT 1 FROM mailing WHERE mailing.id = delivery.mailing_id)"
OF_OWN_STREAM = "EXISTS (SELECT 1 FROM lot_share WHERE lot_share.lot_id = delivered_stream.lot_id)"
OF_OWN_LOT = "EXISTS (SELECT 1 FROM lot_share WHERE lot_share.lot_id = delivery.lot_id)"
# Papers that streams of one mailing each had stay, numbered behind the first's.
PAPERS = """
INSERT INTO mailing_file (mailing_id, role, sha256, given_name, pages)
SELECT mailing_id, left(role, 28) || CASE place WHEN 1 THEN '' ELSE '-' || place END, sha256, given_name, pages
FROM (SELECT s.mailing_id, f.*, row_number() OVER (PARTITION BY s.mailing_id, f.role ORDER BY s.id) AS place
      FROM batch_file f JOIN presort_stream s ON s.id = f.lot_id) AS one
"""


def upgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.create_table(
        "mailing_file",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_file_mailing_id_mailing")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_mailing_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "role", name=op.f("pk_mailing_file")),
    )
    op.execute(PAPERS)
    op.drop_table("batch_file")
    op.create_table(
        "delivered_stream",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_delivered_stream_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivered_stream_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_delivered_stream")),
    )
    op.create_index(op.f("ix_delivered_stream_delivery_id"), "delivered_stream", ["delivery_id"])
    op.add_column("delivery", sa.Column("mailing_id", sa.BigInteger(), nullable=True))
    op.add_column("delivery", sa.Column("exception", sa.String(length=500), nullable=True))
    op.execute("INSERT INTO delivered_stream SELECT lot_id, id FROM delivery WHERE lot_id IS NOT NULL")
    op.execute(
        "UPDATE delivery SET mailing_id = s.mailing_id FROM presort_stream s WHERE s.id = delivery.lot_id"
    )
    op.create_foreign_key(
        op.f("fk_delivery_mailing_id_mailing"), "delivery", "mailing", ["mailing_id"], ["id"]
    )
    op.create_index(op.f("ix_delivery_mailing_id"), "delivery", ["mailing_id"])
    op.execute("DROP POLICY agency ON delivery")
    op.drop_column("delivery", "lot_id")
    op.execute(
        f"CREATE POLICY agency ON delivery USING ({PLANT} OR {OF_OWN_JOB} OR job_id IS NULL AND {OF_OWN_MAILING})"
    )
    for table, rule in (("mailing_file", "false"), ("delivered_stream", OF_OWN_STREAM)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({PLANT} OR {rule})")


def downgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.create_table(
        "batch_file",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["presort_stream.id"], name=op.f("fk_batch_file_lot_id_presort_stream")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_batch_file_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("lot_id", "role", name=op.f("pk_batch_file")),
    )
    op.execute(
        "INSERT INTO batch_file SELECT min(s.id), role, sha256, given_name, pages FROM mailing_file"
        " JOIN presort_stream s USING (mailing_id) GROUP BY mailing_id, role, sha256, given_name, pages"
    )
    op.drop_table("mailing_file")
    op.execute("DROP POLICY agency ON delivery")
    op.add_column("delivery", sa.Column("lot_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE delivery SET lot_id = (SELECT min(lot_id) FROM delivered_stream s WHERE s.delivery_id = delivery.id)"
    )
    op.create_foreign_key(
        op.f("fk_delivery_lot_id_presort_stream"), "delivery", "presort_stream", ["lot_id"], ["id"]
    )
    op.create_index("ix_delivery_lot_id", "delivery", ["lot_id"])
    op.drop_table("delivered_stream")
    op.drop_column("delivery", "mailing_id")
    op.drop_column("delivery", "exception")
    op.execute(
        f"CREATE POLICY agency ON delivery USING ({PLANT} OR {OF_OWN_JOB} OR job_id IS NULL AND {OF_OWN_LOT})"
    )
    op.execute("ALTER TABLE batch_file ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE batch_file FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON batch_file USING ({PLANT} OR false)")
