"""What must hold of the walls between agencies, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from production.people.models import Agency
from store.keeping.verify import Check, Open, Survey
from store.row_security import OPEN_TABLES


def agencies_are_walled(survey: Survey) -> Iterator[Open]:
    """Row-level security binds this role: on every table and partition, and no row of another agency is seen."""
    bypass = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    if survey.session.scalar(text(bypass)):
        yield Open("the database role is a superuser or bypasses row-level security")
    tables = list(survey.each(survey.session.execute(text(_WALLS), {"open": list(OPEN_TABLES)})))
    for table, _, is_on, is_forced, policies in tables:
        if not (is_on and is_forced and policies):
            yield Open(f"table {table} is not behind row-level security", (table,))
    for agency_id in survey.session.scalars(select(Agency.id).order_by(Agency.id).limit(2)).all():
        for table, has_agency, *_ in tables:
            if has_agency and _sees_others(survey.session, table, agency_id):
                yield Open(f"table {table} shows an agency rows of another", (table,))


_WALLS = """
    SELECT c.relname, a.attname IS NOT NULL AND NOT c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
           EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND c.relname <> ALL (:open)
     ORDER BY 1"""


def _sees_others(session: Session, table: str, agency_id: int) -> bool:
    """Ask as the agency, inside the check's own transaction."""
    scope = text("SELECT set_config('indicia.scope', :scope, true)")
    session.execute(scope, {"scope": str(agency_id)})
    try:
        query = text(f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE agency_id <> :agency)')  # noqa: S608  # a name of the catalog
        return bool(session.scalar(query, {"agency": agency_id}))
    finally:
        session.execute(scope, {"scope": "plant"})


CHECKS: tuple[Check, ...] = (agencies_are_walled,)
