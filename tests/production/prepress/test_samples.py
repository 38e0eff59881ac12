"""The sample in docs works as its page says: fields read, no conflict, a merge that checks out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from docs.samples.make_letter import make_letter
from kernel.findings import Severity
from production.prepress.merge import fields as fields_module
from production.prepress.merge import fonts
from production.prepress.merge.fields import load_fields
from production.prepress.merge.print_file import (
    PageMarks,
    Part,
    compile_template,
    merge_segment,
    text_findings,
)
from production.prepress.merge.read_back import check_print_file
from production.prepress.preflight.pdf import preflight_pdf
from production.prepress.preflight.zones import find_conflicts
from tests.production.prepress.letters import make_imb, make_table

DOCS = Path(__file__).resolve().parents[3] / "docs"
LETTER, FIELDS = DOCS / "samples" / "letter.pdf", DOCS / "samples" / "fields.json"


@pytest.fixture
def sample_fields():
    found, findings = load_fields(
        FIELDS.read_bytes(), columns=["Account No", "Amount Due"], page_sizes=[(612, 792)] * 2
    )
    assert findings == []
    return found


def test_the_letter_is_what_its_script_makes(tmp_path):
    make_letter(tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == LETTER.read_bytes()


def test_the_letter_passes_preflight_and_zones(sample_fields):
    report = preflight_pdf(LETTER, "letter.pdf")
    assert report.pages == 2
    assert report.findings == []
    assert [
        f for f in find_conflicts(compile_template(LETTER, sample_fields)) if f.severity is Severity.STOP
    ] == []


def test_the_letter_merges(tmp_path, sample_fields):
    table = make_table(50, **{"Account No": [f"A-{k:06d}" for k in range(50)], "Amount Due": ["$12.00"] * 50})
    compiled = compile_template(LETTER, sample_fields)
    assert text_findings(compiled, table) == []
    marks = PageMarks(7, np.arange(1, 51))
    made = merge_segment(compiled, table, make_imb(50), marks, tmp_path / "o.pdf")
    assert made.pages == 100
    part = Part(compiled, table, np.arange(50))
    assert check_print_file(made.path, [part], make_imb(50), marks) == []


def test_the_page_names_every_key_kind_and_font():
    page = (DOCS / "fields.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `([a-z_]+)`", page, re.MULTILINE))
    assert rows >= set(fields_module._READERS)
    assert all(name in page for name in fonts.FILES)
    assert all(
        f'"{kind}"' in page for kind in (*fields_module.Kind, *fields_module.Fit, *fields_module.Align)
    )
    codes = set(re.findall(r'"(TEMPLATE_[A-Z]+)"', Path(fields_module.__file__).read_text("utf-8")))
    assert codes == set(re.findall(r"`(TEMPLATE_[A-Z]+)`", page))
