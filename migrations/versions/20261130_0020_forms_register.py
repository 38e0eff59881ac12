"""the forms register, and the form that a job is"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
OWN = f"agency_id::text = {SCOPE}"
OF_OWN_JOB = "EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # job's own policy applies inside
IN_USE = sa.text("state = 'in_use'")


def upgrade() -> None:
    op.create_table(
        "form_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("revision", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("edition", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("product", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("supersedes", sa.String(20), nullable=False),
        sa.Column("stock_policy", sa.String(40), nullable=False),
        sa.Column("authority", sa.String(200), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "state IN ('in_use', 'superseded', 'withdrawn')", name=op.f("ck_form_revision_state")
        ),
        sa.CheckConstraint(
            "stock_policy IN ('use_up', 'destroy', 'overprint')", name=op.f("ck_form_revision_stock_policy")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_form_revision_agency_id_agency")),
        sa.ForeignKeyConstraint(["product"], ["product.code"], name=op.f("fk_form_revision_product_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_revision")),
        sa.UniqueConstraint(
            "agency_id", "number", "revision", name=op.f("uq_form_revision_agency_id_number_revision")
        ),
    )
    op.create_index(
        "uq_form_revision_in_use",
        "form_revision",
        ["agency_id", "number"],
        unique=True,
        postgresql_where=IN_USE,
    )
    op.create_index("ix_form_revision_review_on", "form_revision", ["review_on"], postgresql_where=IN_USE)
    op.create_index(op.f("ix_form_revision_product"), "form_revision", ["product"])
    op.create_table(
        "job_form",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("form_revision_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_form_job_id_job")),
        sa.ForeignKeyConstraint(
            ["form_revision_id"],
            ["form_revision.id"],
            name=op.f("fk_job_form_form_revision_id_form_revision"),
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_form")),
    )
    op.create_index(op.f("ix_job_form_form_revision_id"), "job_form", ["form_revision_id"])
    for table, rule in (("form_revision", OWN), ("job_form", OF_OWN_JOB)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY agency ON {table} USING ({SCOPE} = 'plant' OR {rule})")


def downgrade() -> None:
    op.drop_table("job_form")
    op.drop_table("form_revision")
