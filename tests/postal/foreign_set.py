"""A Mail.dat set as another program writes it: bytes at positions read from the published layout, none of our code.

Marketing Mail letters of another shop: three trays on one pallet, two owners, LF line ends, its own ids and spellings.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

JOB = "NWPSET01"
# Header counts of the standard: extension -> first byte of the count, its length; the status follows it.
COUNTS = {
    "seg": (233, 6), "mpu": (240, 6), "mcr": (247, 6), "mpa": (254, 6), "cpt": (261, 6), "ccr": (268, 6),
    "csm": (275, 6), "cqt": (282, 8), "pqt": (291, 8), "wsr": (300, 8), "snr": (309, 8), "icr": (318, 8),
    "pdr": (327, 10), "pbc": (338, 10), "sfr": (349, 10), "par": (360, 6), "oci": (367, 6), "upa": (374, 6),
    "sfb": (381, 10), "epd": (392, 10), "rmr": (403, 10), "rms": (414, 10), "rmb": (425, 10), "chr": (436, 6),
    "cdr": (443, 10), "cbr": (454, 10), "cfr": (465, 10),
}  # fmt: skip
LENGTHS = {
    "25-1": {"seg": 277, "cqt": 86},
    "26-1": {"seg": 289, "cqt": 87},
}
SAME_LENGTHS = {"mpu": 193, "mcr": 100, "mpa": 298, "cpt": 264, "csm": 790, "pqt": 70, "pbc": 70, "hdr": 2000}
WEIGHT = "000500"  # 0.05 lb
NO_DAY = "00010101"
# Tray: container, ZIP, level, price, package level, pieces of owner 1 and 2, barcode.
TRAYS = (
    ("000011", "70801", "J", "E", "C", 180, 20, "708015421123456000000118"),
    ("000012", "70700", "AA", "L1", "I", 150, 0, "707005451123456000000128"),
    ("000013", "70700", "AC", "L2", "M", 3, 40, "707005461123456000000138"),
)


def record(length: int, *cells: tuple[int, str]) -> str:
    """Blanks with texts at byte positions (from 1) and the closing character."""
    line = [" "] * length
    for start, text in cells:
        line[start - 1 : start - 1 + len(text)] = text
    line[-1] = "#"
    assert len(line) == length
    return "".join(line)


def set_lines(version: str) -> dict[str, list[str]]:
    """Records of every file sent."""
    lengths = SAME_LENGTHS | LENGTHS[version]
    files: dict[str, list[str]] = {
        "seg": [_segment(version, lengths["seg"])],
        "mpu": [],
        "mcr": [],
        "mpa": [],
        "cpt": [],
        "csm": [_pallet(lengths["csm"])],
        "cqt": [],
        "pqt": [],
        "pbc": [],
    }
    for n, (name, mid, crid) in enumerate(
        (("NORTH OFFICE", "", "20202020"), ("South Board", "900000123", "")), 1
    ):
        files["mpu"].append(
            record(
                193, (1, JOB), (9, "0007"), (13, f"{n:05d}"), (18, "NOTICE"), (30, name), (60, WEIGHT), (66, "A"),
                (67, "F"), (87, "3"), (88, "R "), (91, "LT"), (93, "N"), (94, "00"), (96, "Y"), (148, "O"),
            )
        )  # fmt: skip
        files["mcr"].append(
            record(
                100,
                (1, JOB),
                (9, "0007"),
                (13, f"{n:05d}"),
                (18, f"CMP{n:05d}"),
                (26, f"ACCT00000{n}"),
                (65, "O"),
            )
        )
        files["mpa"].append(
            record(
                298, (1, JOB), (9, f"ACCT00000{n}"), (19, name), (58, "442"), (125, "P"), (171, mid), (180, crid),
                (192, "123456"), (201, "30303030"), (253, "O"),
            )
        )  # fmt: skip
        files["cpt"].append(
            record(
                264, (1, JOB), (9, f"CMP{n:05d}"), (17, name), (47, WEIGHT), (53, "A"), (54, "F"), (79, "N"),
                (80, "3"), (81, "R "), (83, "LT"), (85, mid), (215, "O"),
            )
        )  # fmt: skip
    piece = group = 0
    for container, zip5, level, price, package, *owners, barcode in TRAYS:
        files["csm"].append(_tray(container, zip5, level, sum(owners), barcode))
        for owner, pieces in enumerate(owners, 1):
            if not pieces:
                continue
            group += 1
            files["cqt"].append(
                _quantity(version, lengths["cqt"], group, container, zip5, owner, price, pieces)
            )
            files["pqt"].append(
                record(
                    70, (1, JOB), (9, f"{group:08d}"), (17, f"P{group:05d}"), (23, zip5), (33, package),
                    (35, f"{pieces:05d}"), (40, f"{pieces:05d}"), (58, "O"),
                )
            )  # fmt: skip
            for _ in range(pieces):
                piece += 1
                code = f"00271123456{piece:09d}{zip5[:3]}01{piece:04d}99"
                files["pbc"].append(
                    record(
                        70,
                        (1, JOB),
                        (9, f"{piece:09d}"),
                        (18, f"{group:08d}"),
                        (26, f"P{group:05d}"),
                        (32, code),
                        (69, "O"),
                    )
                )
    return {"hdr": [_header(version, files)], **files}


def _header(version: str, files: dict[str, list[str]]) -> str:
    counts = []
    for extension, (start, width) in COUNTS.items():
        held = len(files.get(extension, ()))
        counts += [(start, f"{held:0{width}d}"), (start + width, "O" if held else "N")]
    return record(
        2000, (1, JOB), (9, version), (13, "9999"), (17, "C"), (18, JOB), (51, "October notices"),
        (81, "Northwest Presort"),
        (115, "Kim Other"), (145, "5035550100"), (155, "kim@example.com"), (215, "20250730"), (223, "16:05"),
        (228, "0.6" if version == "25-1" else "0.1"), (476, "P"), (477, "OtherSoft"), (507, "Sorter"), (537, "9.2"),
        (547, "help@example.com"), (607, "OtherSoft"), (637, "Sorter"), (667, "9.2"), (677, "help@example.com"),
        (745, "30303030"), *counts,
    )  # fmt: skip


def _segment(version: str, length: int) -> str:
    moved = 0 if version == "26-1" else -12  # 12 bytes were put in at 164 in 26-1
    return record(
        length, (1, JOB), (9, "0007"), (13, "Letters"), (73, "3"), (74, "LT"), (78, "P"), (79, "L"), (80, NO_DAY),
        (88, "PORTLAND"), (118, "97208"), (131, "20250715"), (139, NO_DAY), (147, NO_DAY), (155, "20250720"),
        (188 + moved, "0"), (200 + moved, "F"), (201 + moved, "2"), (202 + moved, NO_DAY), (210 + moved, "N"),
        (285 + moved, "O"),
    )  # fmt: skip


def _container(kind: str, container: str, zip5: str, level: str, pieces: int, *more: tuple[int, str]) -> str:
    return record(
        790, (1, JOB), (9, "0007"), (13, kind), (15, container), (21, container), (36, zip5), (42, level),
        (44, "97208"),
        (50, "O"), (52, "ORIGIN"), (61, "97208"), (200, f"{pieces:08d}"), (208, f"{pieces:08d}"),
        (216, f"{pieces * 500:012d}"), (242, "L"), *((day, "20250701") for day in (671, 679, 687, 695)),
        *((day, NO_DAY) for day in (703, 711, 719)), (750, "O"), *more,
    )  # fmt: skip


def _pallet(length: int) -> str:
    assert length == 790
    pieces = sum(first + second for *_, first, second, _ in TRAYS)
    return _container("P", "000001", "970", "AD", pieces, (368, "99M123456000000000001"))


def _tray(container: str, zip5: str, level: str, pieces: int, barcode: str) -> str:
    return _container(
        "T", container, zip5, level, pieces, (70, "000001"), (368, barcode), (416, "BATON ROUGE LA")
    )


def _quantity(
    version: str, length: int, group: int, container: str, zip5: str, owner: int, price: str, pieces: int
) -> str:
    at = 0 if version == "26-1" else -1  # one byte was put in at 34 in 26-1
    zone = [(34, "N")] if version == "26-1" else []
    return record(
        length, (1, JOB), (9, f"{group:08d}"), (17, container), (23, zip5), (28, f"{owner:05d}"), (33, "N"), *zone,
        (35 + at, "N"), (36 + at, price), (38 + at, "O"), (39 + at, "O"), (40 + at, "O"), (41 + at, f"{pieces:08d}"),
        (49 + at, f"{pieces:08d}"), (57 + at, "N"), (65 + at, "F"), (67 + at, "O"),
    )  # fmt: skip


def write_folder(folder: Path, version: str, *, root: str = "nwp00042", end: str = "\n") -> Path:
    """The set as files, extensions in capitals as some programs write them."""
    folder.mkdir(parents=True, exist_ok=True)
    for extension, lines in set_lines(version).items():
        text = "".join(line + end for line in lines)
        (folder / f"{root}.{extension.upper()}").write_bytes(text.encode("latin-1"))
    return folder


def write_zip(path: Path, version: str) -> Path:
    """The set in an archive, in a folder of it, beside a file that is not of the set."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for extension, lines in set_lines(version).items():
            archive.writestr(f"out/nwp00042.{extension}", "\r\n".join(lines) + "\r\n")
        archive.writestr("out/readme.txt", "hello")
    return path
