"""Every benchmark in turn, each in a process of its own so that peak memory is its own: ``python -m bench``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Exit 1 when one of them failed; the others still run."""
    scripts = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("_"))
    done = [subprocess.run([sys.executable, script], cwd=HERE.parent, check=False) for script in scripts]
    return int(any(one.returncode for one in done))


if __name__ == "__main__":
    sys.exit(main())
