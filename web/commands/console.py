"""``indicia``: every command of the console. Errors are plain sentences; the exit code says how it ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from kernel.errors import Fault, InvalidInput, ShopError
from store.plant import Plant
from web.commands import codes, demo, mailing, people, running, verifying

EXIT_FINDINGS = 2


class Console(click.Group):
    """Turns the errors of the house into sentences and exit codes."""

    def invoke(self, context: click.Context) -> Any:
        """2 for something the caller can mend, 1 for anything else; never a stack trace."""
        try:
            return super().invoke(context)
        except ShopError as error:
            tell_error(error)
            context.exit(1 if isinstance(error, Fault) else EXIT_FINDINGS)
        except BrokenPipeError:
            context.exit(0)


def tell_error(error: ShopError) -> None:
    """The sentence, everything found, and the remedy, on standard error."""
    click.echo(f"{error.sentence} [{error.instance_code}]", err=True)
    if isinstance(error, InvalidInput):
        for finding in error.findings:
            place = f"{finding.place}: " if str(finding.place) else ""
            click.echo(f"  {place}{finding.message} {finding.remedy} [{finding.code}]", err=True)
    if error.remedy:
        click.echo(error.remedy, err=True)


def make_console(*, drain: Callable[[Plant], object], run: Callable[..., None]) -> click.Group:
    """The command group; ``drain`` runs background steps in this process, ``run`` is the supervisor."""

    @click.group(
        cls=Console, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
    )
    @click.version_option(package_name="indicia")
    @click.pass_context
    def indicia(context: click.Context) -> None:
        """Print, presort, mail and charge back: the console of Indicia.

        The database is the embedded one in the data folder (INDICIA_DATA_DIR, default ./var), or DATABASE_URL.
        """
        context.obj = {"drain": drain, "run": run}

    for command in (
        running.up,
        running.migrate,
        demo.demo,
        mailing.mail,
        codes.imb,
        verifying.verify,
        people.users,
    ):
        indicia.add_command(command)
    return indicia


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
