"""Whom people ask when they are stuck: a named person of the shop, on every page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from production.asked import Line
from production.people.setup import Kind
from production.people.setup_fields import Name, Row, looks_like


class ContactValue(Row):
    """Who helps, and when they are there."""

    name: Name = Field(title="Name", description="A person, such as Sam Service.")
    phone: Annotated[Line, Field(max_length=40)] = Field(default="", title="Phone")
    email: Annotated[
        Line, looks_like(r"[^@\s<>]{1,60}@[^@\s<>]{1,60}", "An address looks like sam@example.gov.")
    ] = Field(default="", title="E-mail")
    hours: Annotated[Line, Field(max_length=80)] = Field(
        default="",
        title="Hours",
        description="When somebody answers, such as Monday to Friday, 7:30 to 4:30.",
    )


class Contacts(Kind[ContactValue]):
    """There is one."""

    code, name, names = "contact", "Help contact", "Help contact"
    lead = "Whom people ask when they are stuck. Stands at the foot of every page and on the help pages."
    value, is_one = ContactValue, True


CONTACTS = Contacts()
