"""Steps of ordering a mailing as a browser sends them, for tests that need a job."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from kernel import clock
from postal.data.mail_days import next_mail_day
from store.settings import CHECKOUT

LETTER = CHECKOUT / "docs" / "samples" / "letter.pdf"
FIELDS = CHECKOUT / "docs" / "samples" / "fields.json"
HEADER = "Account No,Name,Organization,Street,Unit,City,State,ZIP+4,Delivery Point,Amount Due,Due Date"
GOOD = 'A-{0},Pat Example{0},,{0} MAIN ST,,BATON ROUGE,LA,70802-12{0:02d},{0:02d},"$1,200.00",2026-12-31'
BAD = "A-900,Nobody Here,,,,BATON ROUGE,LA,70802,,$5.00,2026-12-31"


def address_list(good: int = 5, bad: int = 0) -> bytes:
    """A list with so many rows that can be mailed, and so many without a street."""
    rows = [HEADER, *(GOOD.format(k) for k in range(1, good + 1)), *[BAD] * bad]
    return ("\r\n".join(rows) + "\r\n").encode()


SPLITS = {"DEX-100": "60", "DEX-200": "40"}


def order(browser, *, title="Renewal notices", splits=SPLITS, **more) -> str:
    """Step 1; gives the address of step 2."""
    day = next_mail_day(clock.today() + timedelta(days=7))
    typed = {
        "title": title, "mail_date": day.isoformat(), "mail_class": "first-class",
        "envelope": "window10", "duplex": "yes",
        **{f"splits-{code}": share for code, share in splits.items()},
    }  # fmt: skip
    answer = browser.submit("/drafts/new", **typed | more)
    assert answer.status_code == 303, answer.text
    return answer.location


def step(url: str, code: str) -> str:
    """The address of another step of the same draft."""
    return f"{url.rpartition('/')[0]}/{code}"


def upload(browser, files_url, *, letter=None, rows=None, fields=None, names=("letter.pdf", "list.csv")):
    """Step 2; the answer of the server."""
    sent = {
        "template": (io.BytesIO(LETTER.read_bytes() if letter is None else letter), names[0]),
        "list": (io.BytesIO(address_list() if rows is None else rows), names[1]),
    }
    if fields is not None:
        sent["fields"] = (io.BytesIO(fields), "fields.json")
    return browser.submit(files_url, content_type="multipart/form-data", **sent)


def confirm_columns(browser, url, **more):
    """Step 3 with the guessed columns, also where nobody is asked to look at them."""
    url = step(url, "columns")
    page = browser.get(url).text
    chosen = {}
    for name, body in re.findall(r'<select[^>]*name="(part-[^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found = re.search(r'<option value="([^"]*)" selected', body)
        chosen[name] = found[1].replace("&#34;", '"') if found else ""
    return browser.submit(url, go="confirm", **chosen | more)


def keep_boxes(browser, url):
    """Step 4 with the boxes of the sample fields file, also where nobody is asked for them."""
    return browser.submit(step(url, "letter"), go="keep", boxes=FIELDS.read_text("utf-8"))


def submit_mailing(browser, *, rows=None, title="Renewal notices", splits=SPLITS) -> str:
    """All steps; gives the job's number."""
    answer = upload(browser, order(browser, title=title, splits=splits), rows=rows)
    assert answer.status_code == 303, answer.text
    answer = confirm_columns(browser, answer.location)
    assert answer.status_code == 303, answer.text
    answer = keep_boxes(browser, answer.location)
    assert answer.status_code == 303, answer.text
    answer = browser.submit(answer.location, answer.location)
    assert answer.status_code == 303, answer.text
    return answer.location.rsplit("/", 1)[1]
