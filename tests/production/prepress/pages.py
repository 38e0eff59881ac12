"""Templates made for one test, printed, and seen by every reader that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import PageMarks, compile_template, merge_segment
from tests.production.prepress.letters import make_imb, make_table

READERS = [name for name in ("pdftoppm", "gs") if shutil.which(name)] + ["pdfium"]


def make_pdf(path: Path, content: str, objects: str = "", *, page: str = "", catalog: str = "") -> Path:
    """One letter page. ``objects`` are written out from number 10 on ("<<...>>" or "<<...>>stream:content"), one a
    line; /F1 is Helvetica at number 5; ``page`` and ``catalog`` are more keys."""
    numbered = {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R{page}>>",
        4: f"<<>>stream:{content}",
        5: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    }
    numbered |= dict(enumerate(filter(None, map(str.strip, objects.splitlines())), start=10))
    out, offsets = b"%PDF-1.7\n", {}
    for number, text in numbered.items():
        head, is_stream, data = text.partition("stream:")
        offsets[number] = len(out)
        if is_stream:
            head = f"{head.strip()[:-2]}/Length {len(data.encode('latin-1'))}>>stream\n{data}\nendstream"
        out += f"{number} 0 obj\n{head}\nendobj\n".encode("latin-1")
    start, size = len(out), max(numbered) + 1
    rows = [f"{offsets[k]:010d} 00000 n \n" if k in offsets else "0000000000 65535 f \n" for k in range(size)]
    tail = f"xref\n0 {size}\n{''.join(rows)}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(out + tail.encode("latin-1"))
    return path


def print_pages(template: Path) -> Path:
    """The print file of one row without boxes: the template's pages and nothing else."""
    compiled = compile_template(template, Fields(()))
    out = template.with_name(f"{template.stem}-printed.pdf")
    return merge_segment(compiled, make_table(1), make_imb(1), PageMarks(1, np.array([1])), out).path


def seen(path: Path, reader: str, *, page: int = 1) -> np.ndarray:
    """A page at 50 dpi as one reader prints it, (height, width, 3) uint8."""
    out = path.with_name(f"{path.stem}-{reader}.png")
    if reader == "gs":
        options = ["-q", "-dSTREAM", "-dNOPAUSE", "-dSAFER", "-sDEVICE=png16m", "-r50", "-dPrinted=true"]
        options += ["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", f"-dFirstPage={page}", f"-dLastPage={page}"]
        subprocess.run(["gs", *options, f"-sOutputFile={out}", path], check=True, capture_output=True)
    elif reader == "pdftoppm":
        options = ["-png", "-r", "50", "-f", f"{page}", "-l", f"{page}", "-singlefile"]
        subprocess.run(["pdftoppm", *options, path, out.with_suffix("")], check=True, capture_output=True)
    else:
        picture = pypdfium2.PdfDocument(path)[page - 1].render(scale=50 / 72, optimize_mode="print")
        return np.asarray(picture.to_pil().convert("RGB"))
    return np.asarray(Image.open(out).convert("RGB"))


def difference(one: np.ndarray, other: np.ndarray) -> int:
    """The largest difference of two pictures, blurred over 3 x 3 dots (0 to 255)."""
    apart = np.abs(one.astype(int) - other).max(axis=2)
    height, width = (side // 3 * 3 for side in apart.shape)
    return int(apart[:height, :width].reshape(height // 3, 3, width // 3, 3).mean(axis=(1, 3)).max())


def words(path: Path) -> str:
    """All text of a file, hidden text too."""
    found = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path)]
    return " ".join(" ".join(found).split())


def everything(path: Path) -> bytes:
    """All dictionaries of a file and all its drawings, plain."""
    with pikepdf.open(path) as pdf:
        drawn = [
            thing.read_bytes()
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream) and "/Length1" not in thing
        ]
        return b"\n".join([*(thing.unparse(resolved=True) for thing in pdf.objects), *drawn])
