"""files as their agency has filed them"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"


def upgrade() -> None:
    op.create_table(
        "library_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("form_number", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("filed_by", sa.String(200), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_library_entry_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_library_entry_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_entry")),
        sa.UniqueConstraint("agency_id", "sha256", name=op.f("uq_library_entry_agency_id_sha256")),
    )
    op.create_index("ix_library_entry_sha256", "library_entry", ["sha256"])
    op.execute("ALTER TABLE library_entry ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE library_entry FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY agency ON library_entry USING ({SCOPE} = 'plant' OR agency_id::text = {SCOPE})"
    )


def downgrade() -> None:
    op.drop_table("library_entry")
