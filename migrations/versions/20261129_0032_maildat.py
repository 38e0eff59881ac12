"""Mail.dat has one spelling: settings and received sets are named by it, and so are the files of a batch"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TABLES = (("edoc_settings", "maildat_settings"), ("received_mail_dat", "received_maildat"))
# Constraints, which carry the name of their table.
CONSTRAINTS = (
    ("maildat_settings", "pk_{}"),
    ("received_maildat", "pk_{}"),
    ("received_maildat", "uq_{}_sha256"),
    ("received_maildat", "uq_{}_ulid"),
    ("received_maildat", "fk_{}_sha256_stored_file"),
)
ROLES = (("mail-dat", "maildat"), ("mail-dat-report", "maildat-report"))


def upgrade() -> None:
    _rename(TABLES, ROLES)


def downgrade() -> None:
    back = tuple((new, old) for old, new in TABLES), tuple((new, old) for old, new in ROLES)
    _rename(*back)


def _rename(tables: tuple[tuple[str, str], ...], roles: tuple[tuple[str, str], ...]) -> None:
    for old, new in tables:
        op.rename_table(old, new)
        op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")
        for table, pattern in CONSTRAINTS:
            if table in (old, new):
                op.execute(
                    f"ALTER TABLE {new} RENAME CONSTRAINT {pattern.format(old)} TO {pattern.format(new)}"
                )
    settings_then, settings_now = tables[0]
    op.execute(
        f"ALTER TRIGGER {settings_then}_append_only ON {settings_now} RENAME TO {settings_now}_append_only"
    )
    for old, new in roles:
        op.execute(f"UPDATE batch_file SET role = '{new}' WHERE role = '{old}'")
