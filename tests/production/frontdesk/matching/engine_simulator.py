"""A licensed address engine as the exchange sees it: takes requests from outgoing/, answers in incoming/.

What it knows of addresses is made up from the address itself, so that a test can say what must come back. ``fault``
makes it do what real ones do on a bad day.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

from production.frontdesk.address_matching.layouts import Layout

FAULTS = {
    "half": "MATCH_RESULT_PARTIAL",  # it stopped in the middle, and says so
    "half and silent": "MATCH_RESULT_PARTIAL",  # its report counts rows that are not there
    "twice": "MATCH_RESULT_DUPLICATE",
    "foreign row": "MATCH_RESULT_FOREIGN",
    "other request": "MATCH_RESULT_FOREIGN",
    "other bytes": "MATCH_RESULT_FOREIGN",  # the request was changed on its way
    "tampered": "MATCH_RESULT_CHANGED",  # the result was changed after the report
    "truncated": "MATCH_RESULT_CHANGED",
    "no result": "MATCH_RESULT_PARTIAL",
    "wrong columns": "MATCH_RESULT_FORM",
    "odd code": "MATCH_RESULT_FORM",
    "moved nowhere": "MATCH_RESULT_FORM",
    "no software": "MATCH_REPORT",
    "tomorrow": "MATCH_REPORT",
    "unknown way": "MATCH_REPORT",
}


class Engine:
    """Answers every request once. ``moved`` and ``left``: streets whose people moved, or left no address."""

    def __init__(
        self, folder: Path, layout: Layout, *, day, moved=(), left=(), unmatched=(), fault=""
    ) -> None:
        self.folder, self.layout, self.day = folder, layout, day
        self.moved, self.left, self.unmatched, self.fault = set(moved), set(left), set(unmatched), fault
        self.taken: list[str] = []

    def run(self) -> int:
        """Answer what lies there; gives how many."""
        pattern = self.layout.request_file.format(request="*")
        requests = sorted((self.folder / "outgoing").glob(pattern))
        for path in requests:
            self._answer(path)
        return len(requests)

    def _answer(self, path: Path) -> None:
        request = path.name.removesuffix(self.layout.request_file.format(request=""))
        data = path.read_bytes()
        self.taken.append(request)
        rows = [self._process(row) for row in self._read(data)]
        sent = len(rows)
        rows = self._spoil(rows)
        result = self._write(rows)
        report = {
            "request": request, "request_sha256": _sha256(data), "result_sha256": _sha256(result),
            "records_in": str(sent), "records_out": str(len(rows)), "software": "Simulator 4.2, cycle O",
            "matched_on": self.day.isoformat(), "updated_on": self.day.isoformat(), "updated_by": "NCOALink",
        }  # fmt: skip
        result = self._spoil_files(report, result, sent)
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True)
        if self.fault != "no result":
            (incoming / self.layout.result_file.format(request=request)).write_bytes(result)
        lines = "".join(f"{self.layout.report[word]}={value}\n" for word, value in report.items())
        (incoming / self.layout.report_file.format(request=request)).write_text(lines)
        path.unlink()

    def _read(self, data: bytes) -> list[dict[str, str]]:
        text = data.decode()
        if not self.layout.is_fixed:
            names = {column.name: column.field for column in self.layout.request}
            return [
                {names[name]: cell for name, cell in row.items()} for row in csv.DictReader(io.StringIO(text))
            ]
        rows = []
        for line in text.splitlines():
            row, at = {}, 0
            for column in self.layout.request:
                row[column.field] = line[at : at + column.width].strip()
                at += column.width
            rows.append(row)
        return rows

    def _process(self, row: dict[str, str]) -> dict[str, str]:
        found = {"row": row["row"], "zip5": row["zip5"], "dpv": "N", "note": "A1"}
        if row["street"] in self.unmatched:
            return found
        digits = f"{int(_sha256(row['street'].encode()), 16) % 1_000_000:06d}"
        found |= {
            "plus4": digits[:4],
            "delivery_point": digits[4:],
            "dpv": "Y",
            "carrier_route": "C012",
            "note": "AABB",
        }
        found |= {name: row[name] for name in ("street", "street2", "city", "state")}
        if row["street"] in self.left:
            return found | {"move": "02"}
        if row["street"] in self.moved:
            new = {
                "street": f"1 NEW {row['street']}"[:60],
                "street2": "",
                "city": "NEW ORLEANS",
                "state": "LA",
            }
            return found | new | {"move": "A", "zip5": "70112"}
        return found

    def _spoil(self, rows):
        match self.fault:
            case "half" | "half and silent":
                return rows[: len(rows) // 2]
            case "twice":
                return [*rows[:-1], rows[0]]
            case "foreign row":
                return [*rows[:-1], rows[-1] | {"row": "999999"}]
            case "odd code":
                return [rows[0] | {"dpv": "Q"}, *rows[1:]]
            case "moved nowhere":
                return [rows[0] | {"move": "A", "street": ""}, *rows[1:]]
        return rows

    def _spoil_files(self, report, result: bytes, sent: int) -> bytes:
        match self.fault:
            case "half and silent":
                report["records_out"] = str(sent)
            case "other request":
                report["request"] = "01AAAAAAAAAAAAAAAAAAAAAAAA"
            case "other bytes":
                report["request_sha256"] = "0" * 64
            case "tampered":
                return result.replace(b"Y", b"D", 1)
            case "truncated":
                return result[:-20]
            case "no software":
                report["software"] = ""
            case "tomorrow":
                report["matched_on"] = self.day.replace(year=self.day.year + 1).isoformat()
            case "unknown way":
                report["updated_by"] = "hearsay"
        return result

    def _write(self, rows) -> bytes:
        columns = self.layout.result
        if self.fault == "wrong columns":
            columns = columns[:-1]
        if self.layout.is_fixed:
            lines = ("".join(row.get(c.field, "")[: c.width].ljust(c.width) for c in columns) for row in rows)
            return "".join(f"{line}\n" for line in lines).encode()
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        writer.writerows([[row.get(column.field, "") for column in columns] for row in reversed(rows)])
        return buffer.getvalue().encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
