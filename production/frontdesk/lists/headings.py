"""Headings of address lists: the words by which they name parts of an address, and which row they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from production.frontdesk.lists.shapes import Found

# Words of a heading (lower case, letters and digits) that name a field; earlier entries are surer.
HEADING_WORDS: dict[str, list[str]] = {
    field: words.split()
    for field, words in {
        "delivery_point": "deliverypoint deliverypointcode dpbc dpc dp delpt deliverypt dpcode dpcd deliverypointcd",
        "plus4": "plus4 zip4 zipplus4addon zipaddon addon zip4code plus4code zip4cd plus4cd zipext"
        " zipextension zipplus4",
        "zip": "zip zipcode zip5 postalcode postcode zippostalcode zipplus4 zipcode5 zip9 zip11 zipcd postalcd zipcode9"
        " zip5cd zipcodeplus4",
        "state": "state st stateprovince statecode province stateabbr statecd stcd stateabbreviation stabbr",
        "city": "city town municipality cityname locality citynm",
        "last_line": "citystatezip citystzip citystatezipcode csz lastline citystate citystatezipplus4 cityzip",
        "street2": "address2 addressline2 addr2 street2 suite unit apt apartment secondary line2 add2 addrline2 addrln2"
        " adr2 streetline2 deliveryline2 streetaddress2 aptsuite aptunit suiteapt aptno aptnum unitno unitnum ste",
        "street": "street address1 addressline1 addr1 street1 streetaddress address addr addressline"
        " line1 add1 primaryaddress addrline1 addrln1 adr1 streetline1 deliveryline1 streetaddress1 deliveryaddress"
        " deliveryline streetname stname pobox",
        "full_address": "fulladdress addressraw completeaddress addressblock addressfull rawaddress",
        "company": "company organization organisation business firm employer building orgname agency",
        "recipient": "recipient addressee fullname name customername contactname contact attention attn"
        " client clientname taxpayer resident membername name1 nameline1 fullnm",
        "country": "country countrycode nation countrycd",
        "dpv": "dpv dpvcode dpvconfirmation dpvconfirm dpvflag dpvind dpvstatus dpvmatchcode",
        "carrier_route": "carrierroute carrierrt crrt crrtcode crrtid carroute carrt route",
        "matched_on": "cassdate casson casscertdate matchdate matchedon dateofcass zip4date",
        "matched_by": "casssoftware cassvendor cassengine cassby matchedby casscertifier",
        "updated_on": "ncoadate ncoalinkdate moveupdatedate ncoaon updatedon",
        "updated_by": "moveupdatemethod moveupdate ncoamethod ncoatype updatedby",
    }.items()
}
# Parts of a name, a street line and a unit that have columns of their own, in the order in which they are written.
NAME_PARTS = {
    "title": "title prefix nametitle nameprefix salutation honorific courtesytitle",
    "first": "firstname first fname givenname forename firstnm firstname1 first1",
    "middle": "middlename middle middleinitial mi mname middlenm",
    "last": "lastname last lname surname familyname lastnm lastname1 last1",
    "suffix": "suffix namesuffix generation generationalsuffix sfx",
}
STREET_PARTS = {
    "number": "streetno streetnum streetnumber streetnbr housenumber houseno housenum housenbr house hnum stno stnum"
    " addressnumber addressno addrno addrnum number no num",
    "before": "predir predirection predirectional streetpredir streetdirection streetdir direction dir",
    "name": "",
    "kind": "streettype sttype streetsuffix stsuffix roadtype streettyp suffix",
    "after": "postdir postdirection postdirectional streetpostdir",
}
UNIT_PARTS = {
    "kind": "unittype unittyp unitdesignator unitdesig apttype suitetype secondarydesignator secondarytype",
    "number": "unitnumber unitno unitnum unitnbr unit aptnumber aptno aptnum apt suitenumber suiteno secondarynumber"
    " secondarynum",
}
_IGNORED_WORDS = frozenset(
    {"mail", "mailing", "mailto", "the", "of", "recipients", "postal", "home", "ship", "to"}
)
_ALL_WORDS = frozenset(
    word
    for words in [*HEADING_WORDS.values(), *(parts.split() for parts in NAME_PARTS.values())]
    for word in words
)
# A heading with a word of the first line is about the address or the name, unless it has one of the second.
_ABOUT = {
    what: frozenset(words.split())
    for what, words in {
        "addresses": "address addr adr street str apt apartment unit suite ste bldg building floor room lot box pobox"
        " house zip zip4 plus4 postcode delivery dpc dpbc city town state suffix name2 name3 first1 first2 firstname2"
        " lastname2 spouse",
        "others": "email phone fax cell mobile web url site ip date type status id key county district parish lat"
        " long latitude longitude file user case account birth program plan event year amount count total price per"
        " budget business size report source batch code fips census since updated created valid verified flag",
    }.items()
}
_ROWS_ABOVE = 30


def heading_words(heading: str) -> list[str]:
    """'MailCity', 'mail_city', 'City (mailing)' to ['city']."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", heading.replace("+", " plus "))
    lowered = [word.lower() for word in words]
    if "".join(lowered) in _ALL_WORDS:
        return lowered
    return [word for word in lowered if word not in _IGNORED_WORDS] or lowered


def is_about_addresses(heading: str) -> bool:
    """Does a heading speak of an address or a name, whatever part of it?"""
    words = heading_words(heading)
    stems = {word.rstrip("0123456789") or word for word in words} | {"".join(words)}
    return bool(stems & _ABOUT["addresses"]) and not stems & _ABOUT["others"]


def part_columns(headings: Sequence[str], parts: dict[str, str]) -> dict[str, int]:
    """Which column is named as which of the parts; an earlier word of a part outdoes a later one."""
    keys = ["".join(heading_words(heading)) for heading in headings]
    found = {
        part: next((keys.index(word) for word in words.split() if word in keys), -1)
        for part, words in parts.items()
    }
    return {part: i for part, i in found.items() if i >= 0}


def _named(row: Sequence[str]) -> int:
    return sum("".join(heading_words(cell)) in _ALL_WORDS for cell in row)


def names_address(row: Sequence[str]) -> bool:
    """Are these the headings of an address list?"""
    return _named(row) >= 3


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """Index of the row that holds the headings: the first with content, or one below title lines.

    Only a row that names three parts of an address is taken from below, and only if the first names less than two.
    """
    first = next(i for i, row in enumerate(rows) if any(cell.strip() for cell in row))
    if _named(rows[first]) >= 2:
        return first
    below = range(first + 1, min(first + _ROWS_ABOVE, len(rows)))
    return next((i for i in below if names_address(rows[i])), first)


def header_below(row: int) -> Found:
    """What is said of headings that stand below other rows; ``row`` from 1."""
    return Found("HEADER_BELOW", detail=f"They are in row {row}.", row=row)
