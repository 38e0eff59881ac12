"""how a batch's postage is paid, the service type of residual pieces, agreements on the order of sorting"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "presort_batch", sa.Column("payment", sa.String(length=10), nullable=False, server_default="permit")
    )
    op.create_check_constraint(
        op.f("ck_presort_batch_payment"), "presort_batch", "payment IN ('permit', 'metered')"
    )
    op.add_column("presort_batch", sa.Column("residual_service_type_id", sa.String(length=3), nullable=True))
    op.add_column("presort_batch", sa.Column("residual_first_piece", sa.BigInteger(), nullable=True))
    op.create_table(
        "sort_agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=200), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("writing", sa.String(length=200), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sort_agreement")),
    )
    op.execute(
        "CREATE TRIGGER sort_agreement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sort_agreement "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE sort_agreement ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE sort_agreement FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY plant ON sort_agreement USING (current_setting('indicia.scope', true) = 'plant')"
    )


def downgrade() -> None:
    op.drop_table("sort_agreement")
    op.drop_column("presort_batch", "residual_first_piece")
    op.drop_column("presort_batch", "residual_service_type_id")
    op.drop_constraint(op.f("ck_presort_batch_payment"), "presort_batch", type_="check")
    op.drop_column("presort_batch", "payment")
