"""jobs are found by the words of their titles"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OWN = (
    "current_setting('indicia.scope', true) = 'plant'"
    " OR agency_id::text = current_setting('indicia.scope', true)"
)
# One way to split, for what is kept and for what is looked for: small letters without accents.
WORDS_OF = r"""
CREATE FUNCTION words_of(said text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT left(word, 60)
    FROM regexp_split_to_table(
        lower(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g')), '[[:space:][:punct:]]+'
    ) AS word
    WHERE word <> ''
$$
"""
KEEP = """
CREATE FUNCTION title_has_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM job_word WHERE job_id = NEW.id;
    INSERT INTO job_word (job_id, agency_id, word) SELECT NEW.id, NEW.agency_id, words_of(NEW.title);
    RETURN NULL;
END $$;
CREATE TRIGGER title_has_words AFTER INSERT OR UPDATE OF title ON job
    FOR EACH ROW EXECUTE FUNCTION title_has_words();
"""


def upgrade() -> None:
    op.create_table(
        "job_word",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.String(length=60, collation="C"), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_job_word_agency_id_agency")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_word_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", "word", name=op.f("pk_job_word")),
    )
    op.create_index("ix_job_word_word", "job_word", ["word"])
    op.create_index("ix_job_word_agency_id_word", "job_word", ["agency_id", "word"])
    op.execute(WORDS_OF)
    op.execute("SELECT set_config('indicia.scope', 'plant', true)")  # the owner is behind the walls too
    op.execute(
        "INSERT INTO job_word (job_id, agency_id, word) SELECT id, agency_id, words_of(title) FROM job"
    )
    op.execute(KEEP)
    op.execute("ALTER TABLE job_word ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE job_word FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY agency ON job_word USING ({OWN})")


def downgrade() -> None:
    op.execute("DROP TRIGGER title_has_words ON job")
    op.execute("DROP FUNCTION title_has_words()")
    op.drop_table("job_word")
    op.execute("DROP FUNCTION words_of(text)")
