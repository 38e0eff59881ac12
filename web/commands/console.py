"""``indicia``: every command of the console. Errors are plain sentences; the exit code says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from kernel.errors import Fault, InvalidInput, ShopError
from web.commands.telling import to_json

if TYPE_CHECKING:
    from store.plant import Plant

EXIT_FINDINGS = 2
_IN_JSON = f"{__name__}.json"


# Loaded when used: ``indicia imb`` need not wait for the database's libraries.
COMMANDS = {
    "up": "running.up",
    "demo": "demo.demo",
    "migrate": "running.migrate",
    "preflight": "preflight.preflight",
    "mail": "mailing.mail",
    "order": "order.order",
    "catalog": "catalog.catalog",
    "estimate": "estimate.estimate_command",
    "schedule": "schedule.schedule_command",
    "promise": "promise.promise_command",
    "device": "device.device",
    "routes": "catalog.routes",
    "floor": "floor_acts.floor",
    "ledger": "floor.ledger",
    "stock": "stock.stock",
    "purchase": "purchase.purchase",
    "impose": "imposing.impose",
    "imb": "codes.imb",
    "maildat": "maildat.maildat",
    "pack": "packing.pack",
    "dock": "dock.dock",
    "evidence": "evidence.evidence",
    "postal": "postal.postal",
    "presort": "presort.presort",
    "impose-check": "fold_check.impose_check",
    "address": "address.address",
    "sorter": "sorter.sorter",
    "matching": "address_matching.matching",
    "serials": "serials.serials",
    "verify": "verifying.verify",
    "purge": "purging.purge",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "users": "people.users",
    "setup": "setup.setup",
    "standards": "standards.standards",
    "notices": "notices.notices",
}


class Console(click.Group):
    """Finds commands by name; turns the errors of the house into sentences and exit codes."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].rpartition(".")
        found: click.Command = getattr(import_module(f"web.commands.{module}"), attribute)
        return found

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Whoever asks for JSON is refused in JSON, too, even when no command could be read."""
        context.meta[_IN_JSON] = "--json" in args
        return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> Any:
        """2 for something the caller can fix, 1 for anything else; never a stack trace."""
        try:
            return super().invoke(context)
        except ShopError as error:
            tell_error(error)
            more = {"field": None} | error.details
            _tell_program(context, code=error.instance_code, message=error.sentence, **more)
            context.exit(1 if isinstance(error, Fault) else EXIT_FINDINGS)
        except click.UsageError as error:
            name = error.param.name if isinstance(error, click.BadParameter) and error.param else None
            _tell_program(context, code="USAGE", message=error.format_message(), field=name)
            raise
        except BrokenPipeError:
            context.exit(0)


def _tell_program(context: click.Context, *, code: str, message: str, **more: Any) -> None:
    """The refusal as one object on standard output; ``field``: the option or key that is at fault, where one is."""
    if context.meta[_IN_JSON]:
        click.echo(to_json({"error": {"code": code, "message": message} | more}))


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

    return indicia
