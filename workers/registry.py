"""The task table: every step a worker may be asked for. Orchestration only; rules live in the rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import UUID

from production.jobs.states import Stops
from store.db import UnitOfWork
from store.plant import Plant

QUEUES = ("interactive", "bulk", "devices")


@dataclass(frozen=True, slots=True)
class Work:
    """What a step gets: its subject, the ids asked with it, a heartbeat, a scratch folder removed afterwards.

    The lease is extended in the background; ``beat`` raises ClaimLost once somebody else has the step, so
    long loops call it now and then.
    """

    subject: UUID
    arguments: Mapping[str, str | int]
    beat: Callable[[], None]
    folder: Path


Record = Callable[[UnitOfWork], None]
Step = Callable[[Plant, Work], Record]


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of step. ``repeatable`` says why running it twice does no harm; ``stops``, what waits for it when it is
    parked: nothing where the step only writes down what happened.
    """

    name: str
    function: str  # dotted path of a Step
    queue: str
    subject: str  # what the ULID names
    repeatable: str
    lease: timedelta = field(default=timedelta(seconds=30))
    timeout: timedelta = field(default=timedelta(minutes=10))
    attempts: int = 3  # crashes and bugs before a person is asked
    stops: Stops | None = None

    def step(self) -> Step:
        """The function itself."""
        module, _, name = self.function.rpartition(".")
        found: Step = getattr(import_module(module), name)
        return found


def table(*tasks: Task) -> Mapping[str, Task]:
    """Tasks by name."""
    return {task.name: task for task in tasks}


TASKS = table(
    Task(
        "prepare", "workers.steps.prepare.prepare", "interactive", "job",
        "replaces the findings, quote and proof of one revision; files are kept by their hash",
        stops=Stops.PRODUCTION,
    ),
    Task(
        "release", "workers.steps.release.release", "interactive", "job",
        "an approved job is released once: the second time its state refuses",
        stops=Stops.PRODUCTION,
    ),
    Task(
        "reserve", "workers.steps.reserve.reserve", "interactive", "job",
        "what a job was planned with takes the place of what was reserved for it before",
    ),
    Task(
        "file_work", "workers.steps.file_work.file_work", "bulk", "file work",
        "the same file gives the same bytes, kept by their hash; what came of it is recorded once",
        timeout=timedelta(minutes=60),
    ),
    Task(
        "ticket", "workers.steps.ticket.ticket", "interactive", "print run",
        "what stands on it already gives no new issue; of two at once the second looks again",
    ),
    Task(
        "schedule", "workers.steps.schedule.schedule", "interactive", "schedule",
        "the schedule is replaced as a whole by what is open now",
        timeout=timedelta(minutes=30),
    ),
    Task(
        "match_addresses", "workers.steps.match_addresses.match_addresses", "bulk", "run",
        "looking an address up changes nothing; a request file is the same bytes under the same name",
        timeout=timedelta(minutes=30),
    ),
    Task(
        "presort", "workers.steps.presort.presort", "bulk", "mailing",
        "the plans are a pure function of the accepted lists; a lost attempt only leaves a gap in the serials",
        timeout=timedelta(minutes=30),
        stops=Stops.PRODUCTION,
    ),
    Task(
        "merge", "workers.steps.merge.merge", "bulk", "operation",
        "one segment; the same plan and template give the same bytes",
        timeout=timedelta(minutes=30),
        stops=Stops.PRODUCTION,
    ),
    Task(
        "papers", "workers.steps.papers.papers", "bulk", "mailing",
        "drawn from the plans alone; the same plans give the same bytes",
        stops=Stops.LEAVING,
    ),
    Task(
        "maildat", "workers.steps.maildat.maildat", "bulk", "mailing",
        "described from the plans and the settings; the same ones give the same bytes, kept by their hash",
        timeout=timedelta(minutes=30),
        stops=Stops.LEAVING,
    ),
    Task(
        "read_maildat", "workers.steps.maildat.read_maildat", "bulk", "received set",
        "reads a kept archive; the result is written over the same row",
    ),
    Task(
        "evidence", "workers.steps.evidence.evidence", "bulk", "mailing",
        "made from what is recorded; what has not changed gives the same bytes, kept by their hash",
        timeout=timedelta(minutes=30),
    ),
    Task(
        "meter_check", "workers.steps.meter_check.meter_check", "devices", "sheet",
        "register arithmetic; usage rows have natural keys",
    ),
    Task(
        "sorter_plan", "workers.steps.sorter.plan", "interactive", "stream",
        "the bin plan is a pure function of density and machine; a later wish makes an earlier one void",
        stops=Stops.PRODUCTION,
    ),
    Task(
        "sorter_log", "workers.steps.sorter.log", "bulk", "sorter log",
        "a log is taken in once by its content; its reads are kept by their hash",
    ),
    Task(
        "sorter_presort", "workers.steps.sorter.presort", "bulk", "stream",
        "the plan is a pure function of what was read; it is recorded once",
        timeout=timedelta(minutes=30),
        stops=Stops.PRODUCTION,
    ),
    Task(
        "charge", "workers.steps.charge.charge", "interactive", "job or stream",
        "a charge has the natural key of its usage row: posting twice is impossible",
        stops=Stops.BILLING,
    ),
    Task(
        "send_mail", "workers.steps.send_mail.send_mail", "interactive", "e-mail",
        "what was sent is not sent again; what may have been says so in its first line, under the same Message-ID",
        lease=timedelta(minutes=2),
    ),
    Task(
        "send_vendor_mail", "workers.steps.send_vendor_mail.send_vendor_mail", "interactive", "e-mail to a vendor",
        "as every e-mail; the link in it is the same each time",
        lease=timedelta(minutes=2),
    ),
    Task(
        "print_on_device", "workers.steps.print_on_device.print_on_device", "devices", "job on a printer",
        "what was begun is looked for on the printer by its name, and sent again only if it cannot have come there",
        lease=timedelta(minutes=2),
        timeout=timedelta(minutes=60),
    ),
    Task(
        "export", "workers.steps.export.export", "interactive", "export_run",
        "an export run is frozen when it is made; the same run gives the same bytes",
    ),
)  # fmt: skip
