"""What printers of the set-up say that they can: read when somebody asks, and kept, so that no page waits for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import ShopError
from production.floor.printers import ipp
from production.floor.printers.capabilities import FINISHINGS
from production.floor.printers.client import Attributes
from production.floor.printers.ipp import Attribute, GroupTag, Message
from production.floor.printers.models import PrinterOffer
from production.floor.printers.setup import printer_of, reached
from store.db import Actor, UnitOfWork
from store.plant import Plant

_GET_PRINTER = 0x000B
_SIDES = {"one-sided": "one side", "two-sided-long-edge": "both sides", "two-sided-short-edge": "both sides"}
_LISTED = 12  # papers named one by one; more are counted


def read_again(plant: Plant, actor: Actor, code: str) -> PrinterOffer:
    """Ask a printer what it can, no transaction open meanwhile, and keep that; why not, where it does not answer.
    NotFound for what is no printer of the set-up.
    """
    with plant.db.read_only(actor) as session:
        code = printer_of(session, code)
    offers, words = None, ""
    try:
        with plant.db.read_only(actor) as session:
            printer = reached(session, code, plant.settings.data_dir)
        offers = printer.capabilities()
    except ShopError as error:
        words = error.sentence
    with plant.db.unit_of_work(actor) as uow:
        return keep(uow, code, offers, words)


def keep(uow: UnitOfWork, code: str, offers: Attributes | None, words: str = "") -> PrinterOffer:
    """What it said, or why it said nothing: then what it said before stays."""
    row = uow.session.get(PrinterOffer, code, with_for_update=True)
    if row is None:
        row = PrinterOffer(printer=code, said=None, read_at=None)
        uow.session.add(row)
    row.tried_at, row.words = uow.now, words
    if offers is not None:
        said = tuple(Attribute(name, values) for name, values in offers.items())
        row.said = ipp.encode(Message(_GET_PRINTER, 1, ((GroupTag.PRINTER, said),)))
        row.read_at = uow.now
    return row


def kept(session: Session) -> Mapping[str, PrinterOffer]:
    """By the code of the printer."""
    return {row.printer: row for row in session.scalars(select(PrinterOffer))}


def offers_of(row: PrinterOffer | None) -> Attributes | None:
    """As values; None while nothing is known."""
    if row is None or row.said is None:
        return None
    return next(ipp.decode(row.said).of(GroupTag.PRINTER), {})


def told(offers: Attributes) -> Iterator[tuple[str, str]]:
    """What it can, in words for whoever stands before it: heading and sentence."""
    texts = {name: [one.of for one in values if isinstance(one.of, str)] for name, values in offers.items()}
    yield "Model", "".join(texts.get("printer-make-and-model", ())[:1]) or "not said"
    sizes = [one for one in texts.get("media-supported", ()) if not one.startswith("custom_")]
    more = f" and {len(sizes) - _LISTED} more" if len(sizes) > _LISTED else ""
    yield "Paper", ", ".join(map(_size, sizes[:_LISTED])) + more or "not said"
    if kinds := texts.get("media-type-supported"):
        yield "Kinds of paper", ", ".join(one.replace("-", " ") for one in kinds[:_LISTED])
    yield "Sides", ", ".join(dict.fromkeys(_SIDES.get(one, one) for one in texts.get("sides-supported", ())))
    numbers = {one.of for one in offers.get("finishings-supported", ())}
    done = [word.replace("-", " ") for word, number in FINISHINGS.items() if number in numbers]
    yield "Finishes in line", ", ".join(done) or "nothing"
    yield "Keeps an account", "yes" if "job-account-id-supported" in offers else "no"


def _size(word: str) -> str:
    """ "na_letter_8.5x11in" as "letter 8.5 x 11 in"."""
    _, _, rest = word.partition("_")
    name, _, measure = rest.rpartition("_")
    for unit in ("in", "mm"):
        if measure.endswith(unit):
            measure = f"{measure.removesuffix(unit).replace('x', ' x ')} {unit}"
    return f"{name.replace('-', ' ').replace('_', ' ')} {measure}".strip()
