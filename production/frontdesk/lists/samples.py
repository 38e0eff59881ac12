"""Made-up address lists: synthetic names and delivery points on real ZIP Codes, for demonstrations and tests.

Nobody lives here: names are drawn from two lists, house numbers and ZIP+4 at random. ZIP Code and city are
real. Four pieces in five go to Louisiana, crowded enough that 5-digit groups of 150 and more appear.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from postal.address.zip_codes import fixed_digits
from postal.data.zips import zip_cities

COLUMNS = (
    "Account No",
    "Name",
    "Organization",
    "Street",
    "Unit",
    "City",
    "State",
    "ZIP+4",
    "Delivery Point",
    "Amount Due",
    "Due Date",
)
SAMPLE_MAPPING = {
    "recipient": "Name",
    "company": "Organization",
    "street": "Street",
    "street2": "Unit",
    "city": "City",
    "state": "State",
    "zip": "ZIP+4",
    "delivery_point": "Delivery Point",
}
_HOME_STATE, _HOME_SHARE, _HOME_ZIPS = "LA", 0.8, 60
_BIG_CITIES = ("BATON ROUGE", "NEW ORLEANS", "SHREVEPORT", "LAFAYETTE", "LAKE CHARLES", "METAIRIE", "MONROE")


def _words(text: str, *, mark: str = " ") -> list[str]:
    return text.split(mark)


_FIRST_NAMES = _words(
    "Aaliyah Amélie Andre Antoine Béatrice Benjamin Camille Carlos Céline Charlotte Claude Darnell Denise "
    "Desirée Dominique Earl Élodie Emma Étienne Fernand Francisco François Gabriel Geneviève Gloria "
    "Hélène Hyun-woo Inès Isabella Jamal Jean-Luc Jérôme Jesús José Keisha Khadija Latoya Léonie Linh "
    "Lucía Madison Marcel María Maurice Mónica Nadège Noël Octavia Odile Olivia Patrick Percy Priya "
    "Quentin Rashad Raúl Renée Roland Rosalie Sébastien Simone Sofía Tamika Terrence Thérèse Tyrone "
    "Ulysses Valentín Vivian Wei Xavier Yolanda Yvette Zachary Zoë"
)
_LAST_NAMES = _words(
    "Acosta Alvarez-Núñez Arceneaux Babineaux Barrios Batiste Benoît Bergeron Blanchard Boudreaux "
    "Bourgeois Breaux Broussard Castille Champagne Chauvin Comeaux Cormier D'Aquin D'Angelo Daigle "
    "Delacroix Desormeaux Doucet Dugas Durand Edwards Fontenot Fuselier Garcia Gautreaux Guidry Guillory "
    "Gutiérrez Hébert Hernández Hollins Jackson Johnson Kowalski Lacombe Landry Lapeyrouse LeBlanc Ledet "
    "Leger MacAllister McDonald Melançon Mouton Muñoz Nguyen O'Brien O'Neal Ortego Patel Peña Pérez Pham "
    "Pitre Prejean Quebedeaux Richard Robichaux Robinson Rodríguez Romero Saint-Cyr Savoie Schexnayder "
    "Smith Soileau St.Pierre Theriot Thibodeaux Tran Trahan Vidrine Villareal Washington Williams "
    "Zeringue"
)
_LONG_NAMES = (
    "Marie-Thérèse Evangeline Alexandrine Quebedeaux-Schexnayder",
    "Maximilian Bartholomew Featherstonehaugh-Lapeyrouse III",
    "The Estate of Josephine Antoinette Desormeaux Boudreaux",
)
_ORGANIZATIONS = (
    "Pelican Dental Group",
    "Bayou State Credit Union",
    "O'Neal & Sons Hardware",
    "Crescent Marine Supply, LLC",
    "Théâtre du Vieux Carré",
)
_STREETS = _words(
    "Acadian Thruway, Azalea Dr, Bayou Rd, Camellia Ave, Canal St, Cane River Ln, Cypress St, Evangeline "
    "Blvd, Florida Blvd, Government St, Highland Rd, Jefferson Hwy, Lafitte St, Laurel St, Live Oak Dr, "
    "Magnolia St, Main St, Mulberry Ct, N Foster Dr, Old Hammond Hwy, Palmetto St, Pecan Grove Rd, "
    "Perkins Rd, Pinhook Rd, Plank Rd, Rampart St, S Broad Ave, Saint Charles Ave, Sherwood Forest Blvd, "
    "Sugar Mill Rd, Tchoupitoulas St, University Ave, Veterans Blvd, W Prien Lake Rd",
    mark=", ",
)
_UNIT_KINDS = ("Apt", "Unit", "Ste", "Lot")

Int64s = npt.NDArray[np.int64]


def write_sample_list(path: str | Path, pieces: int, *, seed: int = 2026) -> None:
    """A CSV of ``pieces`` complete addresses with 11-digit routing; the same seed gives the same bytes."""
    pyarrow.csv.write_csv(sample_table(pieces, seed=seed), str(path))


def sample_table(pieces: int, *, seed: int = 2026) -> pa.Table:
    """The sample list as Arrow string columns named as in ``COLUMNS``."""
    random = np.random.default_rng(seed)
    zips, places = _zips(random, pieces), zip_cities()
    row_of_zip = pa.array(places.row_of_zip[zips])
    house = random.integers(1, 9_900, pieces)
    street, point = _streets(random, house)
    plus4 = np.where(
        random.random(pieces) < 0.05, random.integers(1, 1_000, pieces), random.integers(1_000, 9_000, pieces)
    )
    cents = np.round(random.lognormal(8.5, 1.1, pieces)).astype(np.int64) + 100
    due = np.datetime64("2027-01-15") + 15 * random.integers(0, 4, pieces)
    columns = {
        "Account No": pc.binary_join_element_wise("A", fixed_digits(100_000_000 + np.arange(pieces), 9), ""),
        "Name": _names(random, pieces),
        "Organization": _sometimes(random, pieces, _ORGANIZATIONS, share=0.06),
        "Street": street,
        "Unit": _units(random, pieces),
        "City": _title(places.names).take(row_of_zip),
        "State": pa.array(places.state).take(row_of_zip),
        "ZIP+4": pc.binary_join_element_wise(fixed_digits(zips, 5), fixed_digits(plus4, 4), "-"),
        "Delivery Point": fixed_digits(point, 2),
        "Amount Due": pc.binary_join_element_wise(
            pc.cast(pa.array(cents // 100), pa.string()), fixed_digits(cents % 100, 2), "."
        ),
        "Due Date": pc.cast(pa.array(due.astype("datetime64[D]")), pa.string()),
    }
    return pa.table(columns)


def _zips(random: np.random.Generator, pieces: int) -> Int64s:
    """A crowded home state (weights falling as 1, 1/2, 1/3 ...) and the rest of the country evenly."""
    places = zip_cities()
    every = np.flatnonzero(places.row_of_zip >= 0)
    rows = places.row_of_zip[every]
    state, city = places.state[rows], np.array(places.names)[rows]
    usable = places.is_active[rows] & ~np.isin(state, ("AA", "AE", "AP"))
    home = every[usable & (state == _HOME_STATE)]
    is_big = np.isin(city[usable & (state == _HOME_STATE)], _BIG_CITIES)
    crowded = np.concatenate([home[is_big], home[~is_big]])[:_HOME_ZIPS]
    weights = 1 / np.arange(1, len(crowded) + 1)
    at_home = random.random(pieces) < _HOME_SHARE
    chosen = random.choice(every[usable], pieces)
    chosen[at_home] = random.choice(crowded, int(at_home.sum()), p=weights / weights.sum())
    return chosen.astype(np.int64)


def _pick(random: np.random.Generator, pieces: int, words: Any) -> pa.Array:
    return pa.array(list(words), pa.string()).take(pa.array(random.integers(0, len(words), pieces)))


def _sometimes(random: np.random.Generator, pieces: int, words: Any, *, share: float) -> pa.Array:
    return pc.if_else(pa.array(random.random(pieces) < share), _pick(random, pieces, words), "")


def _names(random: np.random.Generator, pieces: int) -> pa.Array:
    plain = pc.binary_join_element_wise(
        _pick(random, pieces, _FIRST_NAMES), _pick(random, pieces, _LAST_NAMES), " "
    )
    long = pa.array(random.random(pieces) < 0.002)
    return pc.if_else(long, _pick(random, pieces, _LONG_NAMES), plain)


def _streets(random: np.random.Generator, house: Int64s) -> tuple[pa.Array, Int64s]:
    """House and street, or a box; and the delivery point, which follows the number's last two digits."""
    number = pc.cast(pa.array(house), pa.string())
    streets = pc.binary_join_element_wise(number, _pick(random, len(house), _STREETS), " ")
    boxes = pc.binary_join_element_wise("PO Box", number, " ")
    return pc.if_else(pa.array(random.random(len(house)) < 0.04), boxes, streets), house % 100


def _units(random: np.random.Generator, pieces: int) -> pa.Array:
    number = pc.cast(pa.array(random.integers(1, 400, pieces)), pa.string())
    units = pc.binary_join_element_wise(_pick(random, pieces, _UNIT_KINDS), number, " ")
    return pc.if_else(pa.array(random.random(pieces) < 0.2), units, "")


def _title(names: pa.Array) -> pa.Array:
    return pc.utf8_title(names)


# -- a list with faults --------------------------------------------------------------------------------

# Row within the first rows of data, code expected, and what is done to the cells.
_FAULTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("ADDRESS_INCOMPLETE", {"Name": "", "Organization": ""}),
    ("ADDRESS_INCOMPLETE", {"Street": " "}),
    ("ADDRESS_INCOMPLETE", {"ZIP+4": ""}),
    ("ADDRESS_INCOMPLETE", {"City": ""}),
    ("ZIP_LEADING_ZERO", {"City": "Boston", "State": "MA", "ZIP+4": "2108"}),
    ("ZIP_INVALID", {"ZIP+4": "00000"}),
    ("ZIP_INVALID", {"ZIP+4": "7O112"}),
    ("ZIP_STATE", {"City": "Houston", "State": "TX", "ZIP+4": "70802-1234"}),
    ("ADDRESS_FOREIGN", {"City": "Montréal", "State": "QC", "ZIP+4": "H2X 1Y4"}),
    ("ID_FORMAT", {"ZIP+4": "7.08E+04"}),
    ("BAD_CHARACTER", {"Name": "Simone\x07 Landry"}),
    ("HIDDEN_CHARACTER", {"Name": "Zoë\u200b Batiste"}),
    ("HIDDEN_CHARACTER", {"Street": "12\u00a0Canal St"}),
    ("LINE_BREAK", {"Organization": "Bayou State\nCredit Union"}),
    ("IMB_ROUTING", {"Delivery Point": "7X"}),
    ("NO_DELIVERY_POINT", {"ZIP+4": "70801", "Delivery Point": ""}),
    ("", {"Name": "=HYPERLINK(\"x\")"}),
)  # fmt: skip


def write_messy_list(path: str | Path, pieces: int = 60, *, seed: int = 7) -> dict[str, list[int]]:
    """A small list with deliberate faults; returns code -> rows as a spreadsheet counts them.

    Needs at least 30 pieces. Also planted: a short row, a long row, a repeat, a blank row, a total row.
    """
    if pieces < 30:
        raise ValueError("a messy list needs at least 30 pieces")
    rows = [list(row.values()) for row in sample_table(pieces, seed=seed).to_pylist()]
    planted: dict[str, list[int]] = {}

    def plant(code: str, index: int) -> None:
        if code:
            planted.setdefault(code, []).append(index + 2)

    for index, (code, cells) in enumerate(_FAULTS):
        for name, cell in cells.items():
            rows[index][COLUMNS.index(name)] = cell
        plant(code, index)
    first = len(_FAULTS)
    rows[first] = rows[first][:-2]
    rows[first + 1] = [*rows[first + 1], "one cell too many"]
    rows[first + 3] = list(rows[first + 2])
    rows[first + 4] = [""] * len(COLUMNS)
    rows.append(["Total", "", "", "", "", "", "", "", "", "12,345.67", ""])
    for code, index in (
        ("ROW_WIDTH", first),
        ("ROW_WIDTH", first + 1),
        ("ROW_DUPLICATE", first + 3),
        ("ROW_BLANK", first + 4),
        ("TOTAL_ROW_SUSPECTED", len(rows) - 1),
    ):
        plant(code, index)
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return planted
