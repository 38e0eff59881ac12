"""orders filled from the shelf, and what an agency sees of it"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

SCOPE = "current_setting('indicia.scope', true)"
OF_JOB = f"{SCOPE} = 'plant' OR EXISTS (SELECT 1 FROM job WHERE job.id = job_id)"  # the policy of job applies inside
# What the shop keeps of a form of the agency; the policy of the register applies inside.
ITS_FORM = (
    "agency_id IS NULL AND EXISTS (SELECT 1 FROM form_revision WHERE form_revision.id = form_revision_id)"
)


def upgrade() -> None:
    op.create_table(
        "shelf_pick",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_shelf_pick")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_shelf_pick_job_id_job")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["stock_item.id"], name=op.f("fk_shelf_pick_item_id_stock_item")
        ),
    )
    op.create_index(op.f("ix_shelf_pick_item_id"), "shelf_pick", ["item_id"])
    op.execute("ALTER TABLE shelf_pick ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE shelf_pick FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON shelf_pick USING ({OF_JOB})")
    op.execute(f"CREATE POLICY agency ON stock_need FOR SELECT USING ({OF_JOB})")
    op.execute(f"CREATE POLICY its_form ON stock_item FOR SELECT USING ({ITS_FORM})")


def downgrade() -> None:
    op.execute("DROP POLICY its_form ON stock_item")
    op.execute("DROP POLICY agency ON stock_need")
    op.drop_table("shelf_pick")
