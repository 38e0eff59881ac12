"""usage that counts for nothing: the act that wrote it was taken back"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

PLANT = "current_setting('indicia.scope', true) = 'plant'"
VOIDED = """
CREATE FUNCTION usage_is_void() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM charge WHERE usage_id = NEW.usage_id) THEN
        RAISE EXCEPTION 'usage % is charged', NEW.usage_id USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM open_usage WHERE usage_id = NEW.usage_id;
    RETURN NULL;
END $$;
CREATE TRIGGER void_closes_usage AFTER INSERT ON usage_void FOR EACH ROW EXECUTE FUNCTION usage_is_void();
CREATE TRIGGER usage_void_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON usage_void
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "usage_void",
        sa.Column("usage_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["usage_id"], ["usage.id"], name=op.f("fk_usage_void_usage_id_usage")),
        sa.PrimaryKeyConstraint("usage_id", name=op.f("pk_usage_void")),
    )
    op.execute("ALTER TABLE usage_void ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE usage_void FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY plant ON usage_void USING ({PLANT})")
    op.execute(VOIDED)


def downgrade() -> None:
    op.drop_table("usage_void")
    op.execute("DROP FUNCTION usage_is_void()")
