"""States, provinces and country names as people write them in lists."""

from __future__ import annotations

import re
import unicodedata

# Two-letter codes: USPS Publication 28, appendix B.
STATE_NAMES: dict[str, str] = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AS": "American Samoa",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "FM": "Federated States of Micronesia",
    "GA": "Georgia",
    "GU": "Guam",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MH": "Marshall Islands",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MP": "Northern Mariana Islands",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PW": "Palau",
    "PA": "Pennsylvania",
    "PR": "Puerto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VI": "Virgin Islands",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
    "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe",
    "AP": "Armed Forces Pacific",
}
STATE_CODES = {code: code for code in STATE_NAMES} | {
    name.upper(): code for code, name in STATE_NAMES.items()
}

# States that share a border on land: only there does a ZIP Code reach across. Source: the map.
_BORDERS = """
AL-FL AL-GA AL-MS AL-TN AR-LA AR-MO AR-MS AR-OK AR-TN AR-TX AZ-CA AZ-CO AZ-NM AZ-NV AZ-UT CA-NV CA-OR CO-KS CO-NE CO-NM
CO-OK CO-UT CO-WY CT-MA CT-NY CT-RI DC-MD DC-VA DE-MD DE-NJ DE-PA FL-GA GA-NC GA-SC GA-TN IA-IL IA-MN IA-MO IA-NE IA-SD
IA-WI ID-MT ID-NV ID-OR ID-UT ID-WA ID-WY IL-IN IL-KY IL-MO IL-WI IN-KY IN-MI IN-OH KS-MO KS-NE KS-OK KY-MO KY-OH KY-TN
KY-VA KY-WV LA-MS LA-TX MA-NH MA-NY MA-RI MA-VT MD-PA MD-VA MD-WV ME-NH MI-OH MI-WI MN-ND MN-SD MN-WI MO-NE MO-OK MO-TN
MS-TN MT-ND MT-SD MT-WY NC-SC NC-TN NC-VA ND-SD NE-SD NE-WY NH-VT NJ-NY NJ-PA NM-OK NM-TX NM-UT NV-OR NV-UT NY-PA NY-VT
OH-PA OH-WV OK-TX OR-WA PA-WV SD-WY TN-VA UT-WY VA-WV
"""
_NEIGHBORS = {frozenset(pair.split("-")) for pair in _BORDERS.split()}

# Provinces: USPS International Mail Manual, country listing for Canada.
PROVINCES = frozenset(
    "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()  # noqa: SIM905
    + "ALBERTA,BRITISH COLUMBIA,MANITOBA,NEW BRUNSWICK,NEWFOUNDLAND,NOVA SCOTIA,ONTARIO".split(",")  # noqa: SIM905
    + "PRINCE EDWARD ISLAND,QUEBEC,QUÉBEC,SASKATCHEWAN,YUKON".split(",")  # noqa: SIM905
)
# Names and codes (ISO 3166-1) of the United States and of what has its mail: territories and the freely associated
# states. Letters and digits only; a cell is one of them, or several ("United States (USA)", "Virgin Islands, U.S.").
_UNITED_STATES = frozenset(
    {
        "US", "USA", "UNITEDSTATES", "UNITEDSTATESOFAMERICA", "THEUNITEDSTATES", "THEUNITEDSTATESOFAMERICA", "AMERICA",
        "840", "ESTADOSUNIDOS", "ESTADOSUNIDOSDEAMERICA", "EEUU", "EUA", "ETATSUNIS", "UM", "USTERRITORY",
        "PR", "PRI", "630", "PUERTORICO", "GU", "GUM", "316", "GUAM", "AS", "ASM", "016", "16", "AMERICANSAMOA",
        "VI", "VIR", "850", "USVI", "VIRGINISLANDS", "USVIRGINISLANDS", "VIRGINISLANDSUS", "VIRGINISLANDSOFTHEUS",
        "UNITEDSTATESVIRGINISLANDS", "VIRGINISLANDSOFTHEUNITEDSTATES", "MP", "MNP", "580", "CNMI", "NORTHERNMARIANAS",
        "NORTHERNMARIANAISLANDS", "COMMONWEALTHOFTHENORTHERNMARIANAISLANDS", "FM", "FSM", "583", "MICRONESIA",
        "FEDERATEDSTATESOF", "FEDERATEDSTATESOFMICRONESIA", "MH", "MHL", "584", "MARSHALLISLANDS",
        "REPUBLICOFTHEMARSHALLISLANDS", "PW", "PLW", "585", "PALAU", "REPUBLICOFPALAU",
    }
)  # fmt: skip
_BETWEEN_NAMES = re.compile(r"[(),;/|\[\]]| - ")


def is_united_states(country: str) -> bool:
    """Whether every name in the cell is one of the United States or of a place with its mail; not an empty cell."""
    plain = unicodedata.normalize("NFKD", country.upper())
    names = ["".join(filter(str.isalnum, part)) for part in _BETWEEN_NAMES.split(plain)]
    names = [name for name in names if name]
    return bool(names) and _UNITED_STATES.issuperset(names)


def state_code(text: str) -> str:
    """'La.' or 'louisiana' to 'LA'; empty for anything that is no state."""
    return STATE_CODES.get(text.upper().replace(".", "").strip(), "")


def are_neighbors(state: str, other: str) -> bool:
    """Whether two states, as two letters, have a border."""
    return frozenset((state, other)) in _NEIGHBORS
