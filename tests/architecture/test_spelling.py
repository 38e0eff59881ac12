"""Plain US English in everything people read, the source with it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPELLING = re.compile(
    r"(?i:colour|grey|licence|neighbour|behaviour|favour|honour|rumour|judgement|levelled|\blabell(?:ed|ing)\b|cancelling|towards"
    r"|centre|metre\b|cheque|catalogue|programme[^rd]|organis|recognis|summaris|normalis|serialis|authoris|finalis"
    r"|\bmend(?:s|ed|ing)?\b|\bshall\b|dearer"
    r"|\bfulfil\b|\bdefence\b)|Cancelled"
)
# Words that stand as they are: (file, word): why.
KEPT: Mapping[tuple[str, str], str] = {
    ("production/prepress/merge/fields.py", "colour"): "boxes kept by earlier versions",
    ("docs/fields.md", "colour"): "boxes kept by earlier versions",
    ("tests/production/prepress/merge/test_fields.py", "colour"): "boxes kept by earlier versions",
    ("production/frontdesk/lists/headings.py", "organis"): "headings of other people's lists",
    ("scripts/browser_assets.py", "licence"): "a key of manifests that are installed",
    ("tests/web/test_assets.py", "licence"): "a key of manifests that are installed",
    ("tests/cases/test_pdfs.py", "colour"): "names of the case files",
    ("production/catalog/products/data/standards.toml", "colour"): "a key of the print contract",
    ("production/frontdesk/estimates/search.py", "colour"): "a key of the print contract",
    ("production/catalog/products/spec.py", "colour"): "a key of the print contract",
    ("production/catalog/products/standards.py", "colour"): "a key of the print contract",
    ("production/catalog/press_room/rows.py", "colour"): "a key of the print contract",
    ("production/frontdesk/stationery/ordering.py", "colour"): "a key of the print contract",
    ("tests/production/catalog/test_press_room.py", "colour"): "a key of the print contract",
    ("tests/production/catalog/products/orders.py", "colour"): "keys of the print contract",
    ("tests/production/catalog/products/test_spec.py", "colour"): "keys of the print contract",
    ("production/frontdesk/choosing/answers.py", "colour"): "keys of the print contract",
    ("tests/web/test_order_run.py", "colour"): "keys of the print contract",
    ("tests/production/frontdesk/preparation/test_opened.py", "colour"): "a key of the print contract",
    ("tests/production/frontdesk/preparation/test_pace.py", "colour"): "a key of the print contract",
    ("tests/web/test_learned.py", "colour"): "a key of the print contract",
    ("bench/estimate.py", "colour"): "a key of the print contract",
    ("tests/production/frontdesk/estimates/test_estimate.py", "colour"): "a code of the print contract",
    ("docs/reference/errors.md", "colour"): "a code of the print contract",
    ("production/catalog/data/preflight.toml", "colour"): "a code of the print contract",
    ("production/prepress/preflight/against_order.py", "colour"): "a code of the print contract",
    ("production/prepress/preflight/press_report.py", "colour"): "a code of the print contract",
    ("production/prepress/fixes/names.py", "colour"): "a code of the print contract",
    ("production/frontdesk/artwork/words.py", "colour"): "a code of the print contract",
    ("tests/web/test_artwork.py", "colour"): "a key of the print contract",
    ("tests/production/prepress/preflight/test_against_order.py", "colour"): "a code of the print contract",
    ("tests/web/test_preflight_command.py", "colour"): "a key of the print contract",
    ("production/floor/schedule/problem.py", "centre"): "keys of the print contract",
    ("production/floor/schedule/answer.py", "centre"): "a key of the print contract",
    ("docs/reference/errors.md", "centre"): "a code of the print contract",
    ("tests/architecture/test_documents.py", "centre"): "a code of the print contract",
    ("tests/production/floor/shops.py", "centre"): "keys of the print contract",
    ("tests/production/floor/test_schedule.py", "centre"): "keys of the print contract",
    ("web/commands/promise.py", "centre"): "a key of the print contract",
    ("production/scheduling/promising.py", "centre"): "keys of the print contract",
    ("production/scheduling/work.py", "centre"): "keys of the print contract",
    ("tests/production/scheduling/test_work.py", "centre"): "a code of the print contract",
    ("docs/schedule.md", "centre"): "a code of the print contract",
    ("tests/store/test_settings.py", "colour"): "a setting that there is not",
}
_OURS = ("*.py", "*.html", "*.md", "*.js", "*.css", "*.toml", "Makefile")
_THEIRS = ("CHANGELOG.md", "LICENSE", "docs/adr/", "static/vendor/", "tests/architecture/test_spelling.py")


def spellings(text: str) -> set[str]:
    """The words that a reader in Louisiana would spell otherwise. Each word is looked at once."""
    words = set(re.findall(r"\w+", text.replace("drawCentredString", "")))
    return {found.lower() for found in SPELLING.findall("".join(f"{word} " for word in words))}


def test_the_looking_glass_sees_what_it_is_for():
    assert spellings("Mend the colour; it shall be mended in the centre") == {
        *("mend", "colour", "shall", "mended", "centre")
    }
    assert not spellings("Recommended: an amendment, a commendable center, programmed by Shallow")


def test_no_word_is_spelled_as_overseas():
    listed = subprocess.run(
        ["git", "ls-files", *_OURS], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    found = {
        (name, word)
        for name in listed
        if not name.startswith(_THEIRS)
        for word in spellings((ROOT / name).read_text("utf-8"))
    }
    assert found - set(KEPT) == set()
    assert set(KEPT) - found == set(), "no longer there"
