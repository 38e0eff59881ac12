"""What an agency says of its coded list, and where the answer stands: order, review, job, stream."""

from __future__ import annotations

from kernel import clock
from tests.web import ordering
from workers.runtime import drain

TODAY = clock.today().isoformat()
SAID = {
    "all-matched_on": TODAY, "all-matched_by": "Coder 5.1", "all-updated_on": TODAY, "all-updated_by": "NCOALink",
}  # fmt: skip


def coded_list(rows=3) -> bytes:
    lines = ordering.address_list(rows).decode().splitlines()
    return "\r\n".join([f"{lines[0]},DPV", *(f"{line},Y" for line in lines[1:])]).encode()


def test_a_coded_list_is_certified_from_the_order_to_the_job(sign_in, plant):
    rita = sign_in("requester")
    url = ordering.step(ordering.upload(rita, ordering.order(rita), rows=coded_list()).location, "columns")
    answer = ordering.confirm_columns(rita, url, **SAID)
    assert "Coder 5.1" in rita.get(url).text
    review = ordering.keep_boxes(rita, answer.location).location
    assert "Coder 5.1 (the whole list)" in rita.get(review).text
    number = rita.submit(review, review).location.rsplit("/", 1)[1]
    drain(plant)
    page = rita.get(f"/jobs/{number}").text
    assert f"CASS, Coder 5.1, {TODAY}" in page
    assert f"NCOALink, Coder 5.1, {TODAY}" in page


def test_a_list_nobody_coded_is_not_certified_and_says_so(sign_in, plant, mailing):
    rita = sign_in("requester")
    page = rita.get(f"/jobs/{mailing}").text
    assert (
        page.count("not certified") == 2
    )  # both facts; the assumptions stand where the shop can act on them


def test_a_matcher_the_shop_does_not_have_is_refused(sign_in, plant):
    rita = sign_in("requester")
    url = ordering.upload(rita, ordering.order(rita)).location
    answer = ordering.confirm_columns(rita, url, matching="exchange")
    assert answer.status_code == 422
