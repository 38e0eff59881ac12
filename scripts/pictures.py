"""The pictures of the README, made of a running demonstration: ``python scripts/pictures.py`` while ``make run`` is up.

Five PNG files in docs/pictures, each with few colors and under 120 kB.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

OUT = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1280, "height": 800}
COLORS, MOST_BYTES = 96, 120_000
# Name of the file, who looks, where they begin, and what they click to get there (by its text, or a selector).
PICTURES = (
    ("approve", "floyd", "/approvals", "Certificates ready for pick-up"),
    ("mailing", "mona", "/mailroom/mailings", "tr:has-text('700') a.ticket"),
    ("machine", "pat", "/floor", "Press 1"),
    ("mailroom", "mona", "/mailroom", ""),
    ("today", "polly", "/today", ""),
)


def main(arguments: list[str]) -> None:
    """``pictures.py [ADDRESS] [DATA_DIR]``."""
    address = arguments[0] if arguments else "http://127.0.0.1:8642"
    data = Path(arguments[1] if len(arguments) > 1 else "var")
    password = (data / "demo-password").read_text().strip()
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, person, start, click in PICTURES:
            picture = small(look(browser, address, password, person, start, click))
            (OUT / f"{name}.png").write_bytes(picture)
            print(f"{name}.png {len(picture):,} bytes")
        browser.close()


def look(browser: Browser, address: str, password: str, person: str, start: str, click: str) -> bytes:
    """A page as somebody sees it."""
    page = browser.new_context(base_url=address, viewport=SIZE).new_page()
    page.set_default_timeout(120_000)
    page.goto("/sign-in")
    page.get_by_label("Sign-in name").fill(person)
    page.get_by_label("Password").fill(password)
    page.locator("main button[type=submit]").click()
    page.locator(".person").wait_for()
    page.goto(start)
    if click:
        found = page.locator(click) if "a." in click else page.get_by_text(click, exact=True)
        found.first.click()
        page.wait_for_load_state()
    offer = page.get_by_role("button", name="No, thanks")
    if offer.count():
        offer.click()
        offer.wait_for(state="detached")
    page.evaluate("document.activeElement.blur()")
    return page.screenshot()


def small(picture: bytes) -> bytes:
    """The same with few colors."""
    out = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    if out.tell() > MOST_BYTES:
        raise SystemExit(f"The picture has {out.tell():,} bytes; {MOST_BYTES:,} at most.")
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
