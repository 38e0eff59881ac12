"""States, provinces and country names as people write them in lists."""

from __future__ import annotations

import re

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

# Provinces: USPS International Mail Manual, country listing for Canada.
PROVINCES = frozenset(
    "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()  # noqa: SIM905
    + "ALBERTA,BRITISH COLUMBIA,MANITOBA,NEW BRUNSWICK,NEWFOUNDLAND,NOVA SCOTIA,ONTARIO".split(",")  # noqa: SIM905
    + "PRINCE EDWARD ISLAND,QUEBEC,QUÉBEC,SASKATCHEWAN,YUKON".split(",")  # noqa: SIM905
)
UNITED_STATES = frozenset(
    {
        "",
        "US",
        "U.S.",
        "USA",
        "U.S.A.",
        "U S A",
        "UNITED STATES",
        "UNITED STATES OF AMERICA",
        "840",
        "PR",
        "PUERTO RICO",
        "ESTADOS UNIDOS",
    }
)
CANADIAN_POSTAL_CODE = re.compile(r"[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d")


def state_code(text: str) -> str:
    """'La.' or 'louisiana' to 'LA'; empty for anything that is no state."""
    return STATE_CODES.get(text.upper().replace(".", "").strip(), "")
