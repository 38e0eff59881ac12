"""Write the Mail.dat of a mailing; read one that was made elsewhere."""

from __future__ import annotations

from sqlalchemy import select

from production.mailings.models import Mailing
from production.mailroom.maildat import kept, received
from production.mailroom.maildat.put_together import read_facts
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work


def maildat(plant: Plant, work: Work) -> Record:
    """Described, tied to plans and trays, written and checked."""
    with plant.db.read_only(system_actor("maildat")) as session:
        facts = read_facts(session, session.scalars(select(Mailing).filter_by(ulid=work.subject)).one())
    made = kept.make_maildat(
        plant.files,
        facts,
        work.folder,
        version=str(work.arguments["version"]).replace("_", "-"),
        pieces=str(work.arguments["rows"]),
        is_ready=bool(work.arguments["ready"]),
    )
    return lambda uow: kept.record_maildat(uow, made)


def read_maildat(plant: Plant, work: Work) -> Record:
    """Read in a child process under limits."""
    with plant.db.read_only(system_actor("maildat")) as session:
        row = received.find_received(session, work.subject)
        is_allowed = received.allows_test_only(session)
    result = received.read_received(plant.files, row.sha256, allow_test_only=is_allowed)

    def record(uow: UnitOfWork) -> None:
        received.record_result(uow, work.subject, result)

    return record
