"""what becomes of overs and which count is charged, kept with each order; the ledger of overs"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
WORDS = {"overs": ("keep", "deliver", "recycle"), "billed": ("ordered", "delivered", "capped")}
USUAL = {"overs": "deliver", "billed": "capped"}
COUNTS = ("ordered", "good", "delivered", "kept", "recycled", "charged")


def _check(name: str) -> str:
    return f"{name} IN ({', '.join(repr(one) for one in WORDS[name])})"


def upgrade() -> None:
    for name, usual in USUAL.items():
        op.add_column("print_item", sa.Column(name, sa.String(40), nullable=False, server_default=usual))
        op.alter_column("print_item", name, server_default=None)
        op.create_check_constraint(op.f(f"ck_print_item_{name}"), "print_item", _check(name))
    op.create_table(
        "overs_line",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.String(40), nullable=False) for name in WORDS),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(_check(name), name=op.f(f"ck_overs_line_{name}")) for name in WORDS),
        sa.CheckConstraint("good = delivered + kept + recycled", name=op.f("ck_overs_line_sum")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_overs_line_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_overs_line")),
    )
    op.execute("ALTER TABLE overs_line ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE overs_line FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON overs_line USING ({PLANT} OR {OF_OWN_JOB})")
    op.execute(
        "CREATE TRIGGER overs_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON overs_line"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("overs_line")
    for name in USUAL:
        op.drop_column("print_item", name)
