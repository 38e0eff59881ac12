"""What the acts of an operation ask of the person at the machine."""

from __future__ import annotations

from pydantic import Field

from production.asked import Asked, Count, Line, Paragraph

_NUMBERS = "As in 1-500, 502-2000."


class Act(Asked):
    """Something done at a machine, perhaps told later. ``work_center``: at which, where there are several."""

    work_center: Line = Field("", title="Machine", max_length=60)
    occurred: Line = Field(
        "",
        title="When, if it was not now",
        description="Only after an outage: time at the shop, as in 09:10 or 2026-11-30 09:10.",
        max_length=30,
    )


class Start(Asked):
    """Where it begins, and why before the wait is over."""

    work_center: Line = Field(title="Machine or bench", max_length=60)
    reason: Line = Field("", title="Why it can begin now", max_length=200)
    occurred: Line = Act.model_fields["occurred"]  # type: ignore[assignment]


class FirstGood(Act):
    """The first good piece, as it was measured."""

    CODE = "FIRST_PIECE"
    measured: dict[str, Line] = Field(default_factory=dict, title="Measured")


class Allow(Asked):
    """A second person lets it run as it is."""

    why: Line = Field(title="Why it may run so", max_length=200)


class Pause(Act):
    """Why it stands: one of the step's reasons, or one's own words."""

    CODE = "REASON"
    reason: Line = Field("", title="Why", max_length=60)
    own: Line = Field("", title="In your own words", max_length=50)


class SecondMachine(Asked):
    """Another machine works at it too."""

    CODE = "WORK_CENTER"
    machine: Line = Field(title="Second machine", max_length=60)


class Finish(Act):
    """The end of a run."""

    CODE = "COUNT"
    good: Count | None = Field(None, title="Good by the machine's counter")
    pieces: Paragraph = Field("", title="Spoiled pieces", max_length=20_000)
    reason: Line = Field("", title="Why spoiled", max_length=60)
    numbers: Line = Field("", title="Numbers of the good ones", description=_NUMBERS, max_length=2000)


class Spoils(Asked):
    """Pieces found spoiled."""

    pieces: Paragraph = Field(title="Pieces", max_length=20_000)
    reason: Line = Field(title="Why spoiled", max_length=60)
    own_reason: Line = Field("", title="In your own words", max_length=60)


class Part(Asked):
    """A part of a run, counted while it runs or corrected afterwards."""

    CODE = "COUNT"
    good: Count | None = Field(None, title="Good", description="Of this part alone.")
    spoiled: Count | None = Field(None, title="Spoiled")
    held: Count | None = Field(None, title="Held", description="Set aside until somebody decides.")
    taken: Count | None = Field(None, title="Put in", description="More than was planned, at a first step.")
    numbers: Line = Field("", title="Numbers of the good ones", description=_NUMBERS, max_length=2000)
    reason: Line = Field("", title="Reason", max_length=60)
    center: Line = Field("", title="At another machine", max_length=60)
    takes_back: bool = Field(default=False, title="Take these back: they were counted by mistake")
    occurred: Line = Act.model_fields["occurred"]  # type: ignore[assignment]


class WithReason(Asked):
    """A verb that needs a reason and nothing else."""

    reason: Line = Field(title="Why", max_length=200)


class SendFile(Asked):
    """Sending a print file, for the second time with a reason."""

    reason: Line = Field(
        "",
        title="Sent before. Why again?",
        description="A second file in the folder can be printed twice.",
        max_length=200,
    )
