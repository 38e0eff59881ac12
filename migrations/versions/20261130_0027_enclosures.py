"""what goes into the envelopes of a mailing"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job_letters", sa.Column("encloses_id", sa.BigInteger(), nullable=True))
    op.add_column("job_letters", sa.Column("enclosed_oz", sa.Numeric(8, 4), nullable=True))
    op.add_column("job_letters", sa.Column("enclosed_in", sa.Numeric(8, 4), nullable=True))
    op.create_foreign_key(
        op.f("fk_job_letters_encloses_id_job"), "job_letters", "job", ["encloses_id"], ["id"]
    )
    op.create_index(op.f("ix_job_letters_encloses_id"), "job_letters", ["encloses_id"])
    op.create_check_constraint(
        op.f("ck_job_letters_enclosed"),
        "job_letters",
        "num_nulls(encloses_id, enclosed_oz, enclosed_in) IN (0, 3)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_job_letters_enclosed"), "job_letters")
    op.drop_index(op.f("ix_job_letters_encloses_id"), "job_letters")
    op.drop_column("job_letters", "enclosed_in")
    op.drop_column("job_letters", "enclosed_oz")
    op.drop_column("job_letters", "encloses_id")
