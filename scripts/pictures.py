"""The pictures of README and help, of a running demonstration: ``python scripts/pictures.py`` while ``make run`` is up.

PNG files with few colors: whole pages in docs/pictures, the part that a topic of the help is about in static/img/help.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HOUSE = Path(__file__).resolve().parent.parent
COLORS = 96


class Shown(NamedTuple):
    """Where pictures of a kind lie, how large the window is, and how many bytes one has at most."""

    folder: Path
    window: tuple[int, int]
    most_bytes: int


class Picture(NamedTuple):
    """Name of the file, who looks, where they begin, what they click to get there (texts, or selectors of a row), and
    what of the page is shown: all, or from the corner of an element.
    """

    name: str
    person: str
    start: str
    clicks: tuple[str, ...] = ()
    corner: str = ""


README = Shown(HOUSE / "docs" / "pictures", (1280, 800), 120_000)
HELP = Shown(HOUSE / "static" / "img" / "help", (700, 900), 45_000)
PART = (700, 420)  # as the page of the help says
PICTURES = {
    README: (
        Picture("approve", "floyd", "/approvals", ("Certificates ready for pick-up",)),
        Picture("booklet", "rita", "/catalog/booklet"),
        Picture("schedule", "polly", "/schedule"),
        Picture("mailing", "mona", "/mailroom/mailings", ("tr:has-text('700') a.ticket",)),
        Picture("machine", "pat", "/floor", ("Press 1",)),
        Picture("mailroom", "mona", "/mailroom"),
        Picture("today", "polly", "/today"),
    ),
    HELP: (
        Picture("order", "rita", "/drafts/new/letter", corner="main form"),
        Picture(
            "fix", "theo", "/jobs?show=needs_fix", ("tr:has-text('Boat owners') a", "Fix the rows"), ".offer"
        ),
        Picture("approve", "floyd", "/approvals", ("Certificates ready for pick-up",), "main nav.film"),
        Picture("machine", "pat", "/floor", ("Press 1",), "main .page-head"),
        Picture("mailing", "mona", "/mailroom", corner="main .panel"),
        Picture("month", "bill", "/billing", corner="main .panel"),
        Picture("setup", "ada", "/setup", corner="main .panel"),
        Picture("today", "polly", "/today", corner="main .metrics"),
        Picture("dock", "marcus", "/dock", corner="main .metrics"),
        Picture("savings", "dora", "/overview", corner="main .panel"),
    ),
}  # fmt: skip


def main(arguments: list[str]) -> None:
    """``pictures.py [ADDRESS] [DATA_DIR] [NAME ...]``."""
    address = arguments[0] if arguments else "http://127.0.0.1:8642"
    data = Path(arguments[1] if len(arguments) > 1 else "var")
    password = (data / "demo-password").read_text().strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for kind, pictures in PICTURES.items():
            kind.folder.mkdir(exist_ok=True)
            for picture in pictures:
                path = kind.folder / f"{picture.name}.png"
                if not arguments[2:] or str(path.relative_to(HOUSE)) in arguments[2:]:
                    path.write_bytes(small(look(browser, address, password, kind, picture), kind.most_bytes))
                    print(f"{path.relative_to(HOUSE)} {path.stat().st_size:,} bytes")
        browser.close()


def look(browser: Browser, address: str, password: str, kind: Shown, picture: Picture) -> bytes:
    """A page as somebody sees it."""
    width, height = kind.window
    page = browser.new_context(base_url=address, viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(60_000)
    page.goto("/sign-in")
    page.get_by_label("Sign-in name").fill(picture.person)
    page.get_by_label("Password").fill(password)
    page.locator("main button[type=submit]").click()
    page.locator(".person").wait_for(state="attached")
    page.goto(picture.start)
    for click in picture.clicks:
        found = page.locator(click) if click.startswith("tr:") else page.get_by_text(click, exact=True)
        found.first.click()
        page.wait_for_load_state()
    decline_tour(page)
    page.evaluate("document.activeElement.blur()")
    if not picture.corner:
        return page.screenshot()
    page.evaluate("document.querySelectorAll('.masthead, .demonstration').forEach(one => one.remove())")
    top = page.locator(picture.corner).first.evaluate("one => one.getBoundingClientRect().top + scrollY - 12")
    wide, high = PART
    return page.screenshot(full_page=True, clip={"x": 0, "y": max(0, top), "width": wide, "height": high})


def decline_tour(page: Page) -> None:
    """Nobody new is here."""
    offer = page.get_by_role("button", name="No, thanks")
    if offer.count():
        offer.click()
        offer.wait_for(state="detached")


def small(picture: bytes, most_bytes: int) -> bytes:
    """The same with few colors."""
    out = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    if out.tell() > most_bytes:
        raise SystemExit(f"The picture has {out.tell():,} bytes; {most_bytes:,} at most.")
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
