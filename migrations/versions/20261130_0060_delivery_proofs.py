"""proof of deliveries: signature, photo, place; what came back; pick-up codes; cartons inside others"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
MOMENT = sa.DateTime(timezone=True)
PROOF = {
    "carrier": sa.String(60), "proof_place": sa.String(200), "counted": sa.BigInteger(), "known_by": sa.String(200),
    "unscanned": sa.String(200), "signature_sha256": sa.String(64), "photo_sha256": sa.String(64),
    "came_back_at": MOMENT, "came_back_why": sa.String(200),
}  # fmt: skip


def _file_key(column: str) -> None:
    name = op.f(f"fk_delivery_{column}_stored_file")
    op.create_foreign_key(name, "delivery", "stored_file", [column], ["sha256"])


def upgrade() -> None:
    for name, kind in PROOF.items():
        op.add_column("delivery", sa.Column(name, kind, nullable=True))
    _file_key("signature_sha256")
    _file_key("photo_sha256")
    op.create_check_constraint(
        op.f("ck_delivery_came_back"), "delivery", "came_back_at IS NULL OR received_at IS NULL"
    )
    op.drop_index("ix_delivery_stop_id", "delivery")
    op.create_index("ix_delivery_stop_id", "delivery", ["stop_id"])
    op.create_index(
        "uq_delivery_stop_id", "delivery", ["stop_id"], unique=True,
        postgresql_where=sa.text("came_back_at IS NULL"),
    )  # fmt: skip
    op.add_column("carton", sa.Column("inside_id", sa.BigInteger(), nullable=True))
    op.add_column("carton", sa.Column("handed_at", MOMENT, nullable=True))
    op.create_foreign_key(op.f("fk_carton_inside_id_carton"), "carton", "carton", ["inside_id"], ["id"])
    op.create_index("ix_carton_inside_id", "carton", ["inside_id"])
    op.create_table(
        "pick_up_code",
        sa.Column("stop_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint("wrong >= 0", name=op.f("ck_pick_up_code_wrong")),
        sa.ForeignKeyConstraint(
            ["stop_id"], ["delivery_stop.id"], name=op.f("fk_pick_up_code_stop_id_delivery_stop"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_pick_up_code_job_id_job")),
        sa.PrimaryKeyConstraint("stop_id", name=op.f("pk_pick_up_code")),
    )  # fmt: skip
    op.create_index("ix_pick_up_code_job_id", "pick_up_code", ["job_id"])
    op.execute("ALTER TABLE pick_up_code ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE pick_up_code FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON pick_up_code USING ({PLANT} OR {OF_OWN_JOB})")


def downgrade() -> None:
    op.drop_table("pick_up_code")
    op.drop_column("carton", "handed_at")
    op.drop_column("carton", "inside_id")
    op.drop_index("uq_delivery_stop_id", "delivery")
    op.drop_index("ix_delivery_stop_id", "delivery")
    for name in reversed(PROOF):
        op.drop_column("delivery", name)
    op.create_index("ix_delivery_stop_id", "delivery", ["stop_id"], unique=True)
