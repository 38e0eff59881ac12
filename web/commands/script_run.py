"""An order placed, approved and played through a script of the floor, the count ledger looked at after every event."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from kernel import clock
from kernel.errors import Corrupt, Fault, InvalidInput, ShopError
from production.catalog.products.spec import Spec
from production.floor.ledger.of_job import JobLedger, job_ledger
from production.frontdesk.orders.spec_order import FormAsked
from production.jobs.models import Operation
from store.plant import Plant
from web.commands.floor import as_contract
from web.commands.line import CONSOLE_ACTOR, Drain
from web.commands.order_files import write_files, write_results
from web.commands.plant import sharing
from web.commands.print_line import Made, approve, made_of_order, place
from web.commands.script import NAMED, Event, keys, read_arguments, refused
from web.commands.step_names import named_steps
from web.demo.guard import require_demonstration

_KEPT = ("job", "lot", "request", "closes_at", "order")  # of an answer, for later events to name


@dataclass(slots=True)
class Player:
    """Plays events for one job. ``names``: what a value with $ stands for; ``trail``: what each event did."""

    plant: Plant
    drain: Drain
    number: str = ""
    names: dict[str, Any] = field(default_factory=dict)
    trail: list[dict[str, Any]] = field(default_factory=list)
    moment: datetime | None = None
    stopped: dict[str, Any] = field(default_factory=dict)

    def begin(self, events: Sequence[Event]) -> None:
        """It all begins at the instant of the first event, where that says one. Conflict DEMO_PLANT for a script with
        times of its own beside real work.
        """
        if any(one.is_timed for one in events):
            with self.plant.db.read_only(CONSOLE_ACTOR) as session:
                require_demonstration(session)
        if events and isinstance(events[0].at, datetime):
            self.moment = events[0].at

    def play(self, events: Sequence[Event]) -> None:
        """One after the other, each with the steps that it asks for. A refusal carries the index of its event and where
        the steps of the job stand; what was done before it stays, and the trail says so.
        """
        for event in events:
            self.stopped = {"event": event.index, "do": event.do, "code": Fault.code}
            try:
                self._play(event)
                self.stopped = {}
            except ShopError as error:
                self.stopped |= {"code": error.instance_code, "message": error.sentence}
                steps = {name: row.state.value for name, row in self._steps().items()}
                error.details |= {"event": event.index, "do": event.do, "steps": steps}
                error.details |= {"remedy": error.remedy} if error.remedy else {}
                if isinstance(error, InvalidInput) and error.findings:
                    error.details["findings"] = [one.message for one in error.findings]
                raise

    def _play(self, event: Event) -> None:
        self._go_to(event)
        said = self._resolved(event)
        with sharing(self.plant), self.at_moment():
            at = clock.now()
            answer = _answer(event, said, self.drain)
            self.drain(self.plant)
            ledger = self._ledger()
        self.names |= {key: answer[key] for key in _KEPT if key in answer}
        told = as_contract(ledger) if ledger else None
        self.trail.append(
            {
                "event": event.index, "at": at.isoformat(), "do": event.do, "said": said, "answer": answer,
                "ledger": told,
            }
        )  # fmt: skip
        if ledger:
            _refuse_unbalanced(ledger)

    def _ledger(self) -> JobLedger | None:
        """None before the order is placed."""
        if not self.number:
            return None
        with self.plant.db.read_only(CONSOLE_ACTOR) as session:
            return job_ledger(session, self.number)

    def _go_to(self, event: Event) -> None:
        at = event.at
        if isinstance(at, str):
            at = datetime.fromisoformat(self._named(event, at, "at"))
        if event.after is not None:
            at = (self.moment or clock.now()) + event.after
        if at is not None and self.moment is not None and at < self.moment:
            raise refused(event.index, f"{at.isoformat()} is before the event before it.", field="at")
        self.moment = at or self.moment

    def at_moment(self) -> ExitStack:
        """In it the clock stands where the script is, if that says when."""
        stack = ExitStack()
        if self.moment is not None:
            stack.enter_context(clock.at(self.moment))
        return stack

    def _resolved(self, event: Event) -> dict[str, Any]:
        own = {"job": self.number} if "job" in keys(event.command) else {}
        return own | {key: self._value(event, value, key) for key, value in event.said.items()}

    def _value(self, event: Event, value: Any, key: str) -> Any:
        if isinstance(value, list):
            return [self._value(event, one, key) for one in value]
        return self._named(event, value, key) if isinstance(value, str) and value.startswith(NAMED) else value

    def _steps(self) -> Mapping[str, Operation]:
        if not self.number:
            return {}
        with self.plant.db.read_only(CONSOLE_ACTOR) as session:
            return named_steps(session, self.plant.files, self.number)

    def _named(self, event: Event, value: str, key: str) -> Any:
        """A step by its name, or what an answer told last under that key."""
        known = self.names | {name: row.ticket for name, row in self._steps().items()}
        name = value.removeprefix(NAMED)
        if name not in known:
            raise refused(event.index, f"nothing here is called {name}.", field=key, allowed=sorted(known))
        return known[name]


def play_order(
    player: Player, events: Sequence[Event], spec: Spec, folder: Path, form: FormAsked | None, out: Path
) -> Made:
    """Placed, approved and played, with all of it told in ``out``, also where an event is refused or something stops
    the order before its first.
    """
    plant, head = player.plant, list(takewhile(lambda one: one.is_before, events))
    player.begin(events)
    player.play(head)
    with player.at_moment():
        player.number = place(plant, player.drain, spec, folder, form)
        goes_on = approve(plant, player.number)
        player.drain(plant)
    write_files(plant, made_of_order(plant, player.number).files, out)
    try:
        player.play(events[len(head) :] if goes_on else ())
    finally:
        made = made_of_order(plant, player.number)
        trail = {
            "job": player.number,
            "balanced": all(one["ledger"]["balanced"] for one in player.trail if one["ledger"]),
            "stopped": player.stopped or None, "events": player.trail,
        }  # fmt: skip
        write_results(plant, made, trail, out)
    return made


def _answer(event: Event, said: Mapping[str, Any], drain: Drain) -> dict[str, Any]:
    """What the command tells a program; its refusals are raised."""
    context = read_arguments(event, said, {"drain": drain})
    with redirect_stdout(io.StringIO()) as told, context:
        try:
            context.command.invoke(context)
        except SystemExit as end:  # it has found something, which its answer tells
            if not end.code:
                raise
        except ShopError as error:
            if error.instance_code != event.refused:
                raise
            return {"refused": {"code": error.instance_code, "message": error.sentence}}
    if event.refused:
        raise refused(
            event.index, f"it was to be refused with {event.refused}, and was done.", field="refused"
        )
    found: dict[str, Any] = json.loads(told.getvalue().splitlines()[-1])
    return found


def _refuse_unbalanced(ledger: JobLedger) -> None:
    if not ledger.balanced:
        wrong = next(line for line in ledger.lines if not line.balance.holds)
        raise Corrupt(
            f"The count ledger of {ledger.job} does not balance at {wrong.ticket}: {wrong.balance}."
        )
