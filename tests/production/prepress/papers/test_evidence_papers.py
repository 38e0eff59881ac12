"""The sheets of an evidence packet, drawn by a process that has drawn nothing before, as a console command does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pypdf

ROOT = Path(__file__).resolve().parents[4]
DRAW = """
import sys
from pathlib import Path
from production.prepress.papers.evidence_papers import CoverSection, cover
cover("27-000001-6", "ab" * 32, [CoverSection("Files", rows=[("plan", "cd" * 32)], head=["What", "SHA-256"],
      widths=[100, 300], hashes={1})], Path(sys.argv[1]), caution=["A sentence."])
"""


def test_a_fresh_process_draws_the_cover(tmp_path):
    out = tmp_path / "cover.pdf"
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-600:]
    assert "Evidence of mailing" in pypdf.PdfReader(out).pages[0].extract_text()
