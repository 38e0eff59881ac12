"""Hand one print file to a printer: intent, act, receipt."""

from __future__ import annotations

from functools import partial

from kernel.errors import ShopError
from production.floor.printers import printing
from production.floor.printers.models import Phase
from production.floor.printers.setup import reached
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("printing")


def print_on_device(plant: Plant, work: Work) -> Record:
    """Nothing where it has its answer already; else what the printer answered."""
    with plant.db.unit_of_work(ACTOR) as uow:
        begun = printing.begin(uow, work.subject)
    if begun is None:
        return lambda _uow: None
    job, sha256, was_begun = begun
    file = plant.files.checked_path(sha256)
    try:
        with plant.db.read_only(ACTOR) as session:
            printer = reached(session, job.printer, plant.settings.data_dir)
    except ShopError as error:
        answer = printing.Answer(Phase.UNKNOWN if was_begun else Phase.AWAY, error.sentence)
        return partial(printing.record, ulid=work.subject, answer=answer)
    work.beat()
    answer = printing.hand_over(job, printer, file, was_begun=was_begun)
    return partial(printing.record, ulid=work.subject, answer=answer)
