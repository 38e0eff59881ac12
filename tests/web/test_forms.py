from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from web.forms import errors_of


def finding(message, column=""):
    return Finding("ORDER", Severity.STOP, message, "Mend it.", Place(column=column))


def test_a_field_says_each_thing_once():
    found = [
        finding("No date.", "day"),
        finding("No date.", "day"),
        finding("Too late.", "day"),
        finding("Odd."),
    ]
    assert errors_of(InvalidInput("No.", findings=found)) == {
        "day": "No date. Mend it. Too late. Mend it.",
        "": "Odd. Mend it.",
    }
    assert errors_of(InvalidInput("No.")) == {"": "No."}
