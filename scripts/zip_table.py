"""Write the ZIP table of the ``zipcodes`` package as the column file that every process maps (postal/data/zips.py)."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from postal.data.zips import TABLE, package_table


def main() -> None:
    """Written beside and renamed, so that a process never maps half a file."""
    table = package_table()
    new = TABLE.with_suffix(f".{os.getpid()}.new")
    try:
        with pa.OSFile(str(new), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        new.replace(TABLE)
    finally:
        Path(new).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
