"""Every benchmark in turn, each in a process of its own so that peak memory is its own: ``python -m bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
KEYS = ("name", "ours", "peer", "ratio", "unit")


def main() -> int:
    """Exit 1 when one of them failed; the others still run."""
    scripts = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("_"))
    codes = [run(script) for script in scripts]
    return int(any(codes))


def run(script: Path) -> int:
    """One script's measurements as they come, each line with the same five keys first; its exit code."""
    with subprocess.Popen(
        [sys.executable, script], cwd=HERE.parent, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            measured = json.loads(line)
            print(json.dumps({key: measured.pop(key, None) for key in KEYS} | measured), flush=True)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
