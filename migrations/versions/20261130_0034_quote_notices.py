"""notices of a quote name it"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# Notices are kept half a year: those that were made before lead to the newest quote that their project was sent.
NAMED = """
    UPDATE notice SET words = words || jsonb_build_object('quote', (
        SELECT max(position)::text FROM written_quote JOIN job ON job.id = job_id WHERE job.number = notice.about))
     WHERE kind = 'quote_sent' AND NOT words ? 'quote'"""


def upgrade() -> None:
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")
    op.execute(NAMED)


def downgrade() -> None:
    pass
