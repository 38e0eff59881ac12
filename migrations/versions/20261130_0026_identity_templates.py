"""identity templates of agencies, a row each version"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"


def upgrade() -> None:
    op.create_table(
        "identity_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ulid", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("product", sa.String(40), nullable=False),
        sa.Column("stock", sa.String(40), nullable=False),
        sa.Column("background_sha256", sa.String(64), nullable=False),
        sa.Column("design", postgresql.JSONB(), nullable=False),
        sa.Column("entered_by", sa.String(200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(200), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(200), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_identity_template_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["background_sha256"],
            ["stored_file.sha256"],
            name=op.f("fk_identity_template_background_sha256_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["product"], ["product.code"], name=op.f("fk_identity_template_product_product")
        ),
        sa.ForeignKeyConstraint(["stock"], ["stock.code"], name=op.f("fk_identity_template_stock_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_template")),
        sa.UniqueConstraint("ulid", name=op.f("uq_identity_template_ulid")),
        sa.UniqueConstraint(
            "agency_id", "name", "number", name=op.f("uq_identity_template_agency_id_name_number")
        ),
    )
    for column in ("product", "stock", "background_sha256"):
        op.create_index(op.f(f"ix_identity_template_{column}"), "identity_template", [column])
    op.execute("ALTER TABLE identity_template ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE identity_template FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY agency ON identity_template USING ({SCOPE} = 'plant' OR agency_id::text = {SCOPE})"
    )


def downgrade() -> None:
    op.drop_table("identity_template")
