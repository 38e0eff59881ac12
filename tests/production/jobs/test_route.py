"""The steps of a mailing's lots are those of the route that the catalog ships for it."""

from production.catalog.shipped import shipped_catalog
from production.jobs.route import ROUTE


def test_a_mailing_goes_the_way_the_catalog_says():
    (shipped,) = (
        one for one in shipped_catalog().rows if getattr(one, "steps", ()) and one.code == "mailing"
    )
    steps = {one.operation: (one.step, tuple(one.needs)) for one in shipped.steps}
    assert {code: ROUTE[code] for code in steps} == steps
