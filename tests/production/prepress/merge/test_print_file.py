"""Print files, judged by readers that are not ours: pypdf, pypdfium2, qpdf, poppler, zxing and the IMb reader."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import numpy as np
import pikepdf
import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from kernel.errors import InvalidInput
from postal.barcodes import imb_image
from production.prepress.merge import read_back
from production.prepress.merge.fields import Field, Fields, Fit, Kind, default_fields
from production.prepress.merge.fonts import WINDOWS_1252
from production.prepress.merge.print_file import (
    PageMarks,
    Part,
    compile_template,
    merge_parts,
    merge_segment,
    text_findings,
)
from tests.production.prepress.letters import letter_fields, make_imb, make_table, make_template

STREAM, FIRST = 812, 4001


def marks_of(rows: int, first: int = FIRST) -> PageMarks:
    return PageMarks(STREAM, np.arange(first, first + rows))


def faults(path, compiled, table, imb, page_marks=None) -> list[str]:
    part = Part(compiled, table, np.arange(table.num_rows))
    return [
        f.code for f in read_back.check_print_file(path, [part], imb, page_marks or marks_of(table.num_rows))
    ]


def merged(tmp_path, rows=40, *, pages=1, fields=None, bars="glyphs", table=None, name="out.pdf"):
    compiled = compile_template(make_template(tmp_path / "template.pdf", pages), fields or letter_fields())
    table = make_table(rows) if table is None else table
    imb = make_imb(table.num_rows)
    return (
        compiled,
        table,
        imb,
        merge_segment(compiled, table, imb, marks_of(table.num_rows), tmp_path / name, bars=bars),
    )


def page_texts(path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return [page.get_textpage().get_text_bounded() for page in document]


def page_image(path, page: int, dpi: int = 300) -> np.ndarray:
    document = pypdfium2.PdfDocument(path)
    picture = document[page].render(scale=dpi / 72, grayscale=True).to_numpy()
    return picture.reshape(picture.shape[:2])


@pytest.mark.parametrize("bars", ["glyphs", "rectangles"])
@pytest.mark.parametrize("pages", [1, 3])
def test_page_k_holds_record_k_and_nothing_else(tmp_path, pages, bars):
    compiled, table, imb, made = merged(tmp_path, 40, pages=pages, bars=bars)
    assert made.pages == 40 * pages
    texts = page_texts(made.path)
    for place, text in enumerate(texts):
        row, page = divmod(place, pages)
        assert f"812-{4001 + row} {page + 1}/{pages}" in text
        assert f"sheet {page + 1}" in text
        on_page = set(re.findall(r"R(\d{5})\b", text))
        assert on_page == ({f"{row:05d}"} if page == 0 else set())
        if bars == "glyphs":
            assert re.findall(r"[TDAF]{65}", text) == ([imb[row].tobytes().decode()] if page == 0 else [])
    assert faults(made.path, compiled, table, imb) == []


def test_every_text_of_a_record_is_on_its_page(tmp_path):
    _, table, _, made = merged(tmp_path, 12)
    for row, (record, text) in enumerate(zip(table.to_pylist(), page_texts(made.path), strict=True)):
        flat = " ".join(text.split())
        for value in (record["street"], record["recipient"].strip(), record["zip5"] + "-" + record["plus4"]):
            assert value in flat
        assert " ".join(f"Dear {record['recipient']},".split()) in flat
        assert f"Your amount is ${row}.00." in flat
        assert ("ACME CO" in flat) == bool(record["company"])


def test_empty_address_lines_close_up(tmp_path):
    _, _, _, made = merged(tmp_path, table=make_table(12, recipient=["ANN ROE"] * 12))
    document = pypdfium2.PdfDocument(made.path)
    tops = []
    for page in document:
        words = page.get_textpage()
        found = words.search("BATON ROUGE").get_next()
        tops.append(words.get_charbox(found[0])[3])
    five, four, three = tops[0], tops[3], tops[1]  # company and second line; company; neither
    assert five < four < three
    assert three - four == pytest.approx(8.8, abs=0.1)


def test_qpdf_and_poppler_accept_it(tmp_path):
    _, _, _, made = merged(tmp_path, 1100, pages=1)
    if shutil.which("qpdf"):
        done = subprocess.run(["qpdf", "--check", made.path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "WARNING" not in done.stdout + done.stderr
    if shutil.which("pdfinfo"):
        told = subprocess.run(["pdfinfo", made.path], capture_output=True, text=True, check=True)
        assert re.search(r"Pages:\s+1100\b", told.stdout)
        assert not told.stderr
    if shutil.which("pdftotext"):
        told = subprocess.run(["pdftotext", made.path, "-"], capture_output=True, text=True, check=True)
        pages = told.stdout.split("\f")
        assert all(
            set(re.findall(r"\bR(\d{5})\b", page)) == {f"{k:05d}"} for k, page in enumerate(pages[:1100])
        )
        assert not told.stderr


@pytest.mark.parametrize("pages", [255, 256, 257, 65_537])
def test_page_tree_is_whole_at_its_edges(tmp_path, pages):
    fields = Fields(default_fields().of_kind(Kind.IMB))
    table = make_table(pages) if pages < 1000 else make_table(7).take(np.arange(pages) % 7)
    compiled = compile_template(make_template(tmp_path / "t.pdf"), fields)
    imb = np.resize(make_imb(5), (pages, 65))
    made = merge_segment(compiled, table, imb, marks_of(table.num_rows), tmp_path / "o.pdf")
    with pikepdf.open(made.path) as pdf:
        assert len(pdf.pages) == pages
        last = pdf.pages[pages - 1].Contents.read_bytes()
        assert imb[-1].tobytes() in last
        assert pdf.Root.Pages.Count == pages
    assert faults(made.path, compiled, table, imb) == []


@pytest.mark.parametrize("bars", ["glyphs", "rectangles"])
def test_codes_read_back_from_the_rendered_page(tmp_path, bars):
    _, _, _, made = merged(tmp_path, 5, pages=2, bars=bars)
    for place in (0, 1, 8):
        picture = page_image(made.path, place)
        row, page = divmod(place, 2)
        found = zxingcpp.read_barcodes(picture[60:300, 2200:2520])
        assert [code.text for code in found] == [f"00000812{4001 + row:08d}{page + 1:04d}0002"]
        if page == 0:
            tracking, routing = imb_image.read(picture[700:830, 200:1300])
            assert (tracking, routing) == (f"00300123456{row + 1:09d}", "70801123412")


def test_a_repeat_gives_the_same_bytes(tmp_path):
    _, _, _, first = merged(tmp_path, 30, name="a.pdf")
    _, _, _, second = merged(tmp_path, 30, name="b.pdf")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256
    assert first.bytes == first.path.stat().st_size


def test_the_check_finds_what_is_wrong(tmp_path):
    compiled, table, imb, made = merged(tmp_path, 20)
    data = made.path.read_bytes()

    def codes(changed: bytes, **other):
        path = tmp_path / "changed.pdf"
        path.write_bytes(changed)
        return faults(path, compiled, **({"table": table, "imb": imb} | other))

    assert codes(data) == []
    swapped = imb.copy()
    swapped[[3, 4]] = swapped[[4, 3]]
    assert codes(data, imb=swapped) == ["SEQUENCE_MISMATCH"] * 2
    assert codes(data, page_marks=marks_of(20, FIRST + 1)) == ["SEQUENCE_MISMATCH"] * 20
    assert codes(data, table=table.take([1, 0, *range(2, 20)])) == ["SEQUENCE_MISMATCH"] * 2
    assert codes(data.replace(b"9 MAIN ST", b"8 MAIN ST", 1)) == ["SEQUENCE_MISMATCH"]
    assert codes(data[:-40]) == ["PRINT_FILE_DAMAGED"]
    assert codes(data.replace(b"(1 MAIN ST)", b"(1 MAIN ST)  ", 1)) == ["PRINT_FILE_DAMAGED"]
    assert codes(data, table=table.slice(0, 19), imb=imb[:19]) == ["PRINT_FILE_DAMAGED"]


def test_columns_and_single_pages_are_judged_alike(tmp_path, monkeypatch):
    compiled, table, imb, made = merged(tmp_path, 60, pages=2)
    data = bytearray(made.path.read_bytes())
    spans = [found.span(1) for found in re.finditer(rb"stream\n(/T\d Do\n.*?)endstream", data, re.DOTALL)]
    assert len(spans) == 120
    chance = np.random.default_rng(7)
    alphabet = b"()' \nTDAF0123456789-/BEtdLIM"
    for start, stop in spans[::3]:
        for place in chance.integers(start, stop, 2).tolist():
            data[place] = alphabet[chance.integers(len(alphabet))]
    path = tmp_path / "changed.pdf"
    path.write_bytes(data)
    part = Part(compiled, table, np.arange(60))

    def found() -> list[tuple[int | None, str]]:
        findings = read_back.check_print_file(path, [part], imb, marks_of(60))
        return [(finding.place.page, finding.message) for finding in findings]

    by_columns = found()
    monkeypatch.setattr(read_back, "_right_pages", lambda _, spans, *__: np.zeros(len(spans), bool))
    assert 10 < len(by_columns) < 40
    assert found() == by_columns


@pytest.mark.parametrize("recipient", ["RENÉE (D\\)", "ŁUKASZ"])
def test_no_good_page_is_read_by_itself(tmp_path, monkeypatch, recipient):
    monkeypatch.setattr(read_back, "_page_fault", lambda *_: "read by itself")
    compiled, table, imb, made = merged(
        tmp_path, 30, pages=2, table=make_table(30, recipient=[recipient] * 30)
    )
    assert faults(made.path, compiled, table, imb) == []


def test_two_records_on_one_page_are_found(tmp_path):
    compiled, table, imb, made = merged(tmp_path, 3)
    data = made.path.read_bytes()
    one, two = (
        re.search(rb"BT/I 1 Tf[^\n]*" + letters.tobytes() + rb"\)Tj ET\n", data)[0] for letters in imb[:2]
    )
    assert len(one) == len(two)
    path = tmp_path / "doubled.pdf"
    salutation = re.search(rb"BT[^\n]*Dear [^\n]*\n", data)[0]
    second = b"BT/I 1 Tf 9 9 Td(" + imb[1].tobytes() + b")Tj ET\n"
    assert len(salutation) < len(second)  # so the second code goes where the note stood as well
    start = data.index(salutation)
    stop = data.index(b"endstream", start)
    path.write_bytes(data[:start] + second.ljust(stop - start - 1) + b"\n" + data[stop:])
    assert faults(path, compiled, table, imb) == ["SEQUENCE_MISMATCH"]
    path.write_bytes(data.replace(one, two))
    assert faults(path, compiled, table, imb) == ["SEQUENCE_MISMATCH"]


def test_templates_of_several_jobs_share_one_file_in_order(tmp_path):
    first = compile_template(make_template(tmp_path / "a.pdf", 2, text="First job"), letter_fields())
    second = compile_template(
        make_template(tmp_path / "b.pdf", 2, text="Second job"),
        letter_fields(),
        first_number=first.next_number,
    )
    places = np.array([0, 3, 4, 9])
    others = np.setdiff1d(np.arange(10), places)
    parts = [Part(first, make_table(4), places), Part(second, make_table(10).slice(4), others)]
    imb, page_marks = make_imb(10), marks_of(10)
    made = merge_parts(parts, imb, page_marks, tmp_path / "o.pdf")
    for place, text in enumerate(page_texts(made.path)):
        job, row = (
            ("First", np.flatnonzero(places == place // 2)) if place // 2 in places else ("Second", None)
        )
        own = (
            f"R{int(row[0]):05d}"
            if row is not None
            else f"R{4 + int(np.flatnonzero(others == place // 2)[0]):05d}"
        )
        assert f"{job} job, sheet {place % 2 + 1}" in text
        assert set(re.findall(r"R\d{5}\b", text)) == ({own} if place % 2 == 0 else set())
    assert read_back.check_print_file(made.path, parts, imb, page_marks) == []


def test_other_alphabets_print_with_a_two_byte_font(tmp_path):
    names = ["ŁUKASZ ŻÓŁĆ", "Nguyễn Thị Ánh", "ΓΙΑΝΝΗΣ", "PLAIN NAME"] * 3
    table = make_table(12, recipient=names)
    compiled, _, imb, made = merged(tmp_path, table=table)
    for name, text in zip(names, page_texts(made.path), strict=True):
        assert text.count(name) >= 2
        assert not any(other in text for other in set(names) - {name})
    assert faults(made.path, compiled, table, imb) == []


def test_a_composed_and_a_decomposed_letter_print_alike(tmp_path):
    table = make_table(2, recipient=["RENE\u0301E", "REN\u00c9E"])
    _, _, _, made = merged(tmp_path, table=table)
    assert all("REN\u00c9E" in text for text in page_texts(made.path))


def test_missing_characters_and_overflow_are_findings_not_boxes(tmp_path):
    table = make_table(4, recipient=["OK", "字 NAME", "W" * 120, "ש"])
    compiled = compile_template(make_template(tmp_path / "t.pdf"), letter_fields())
    findings = text_findings(compiled, table)
    missing = [f for f in findings if f.code == "GLYPH_MISSING"]
    assert {f.place.row for f in missing} == {3, 5}
    assert any("U+5B57" in f.message for f in missing)
    assert {f.place.row for f in findings if f.code == "ADDRESS_OVERFLOW"} == {4}
    assert {f.place.row for f in findings if f.code == "TEXT_OVERFLOW"} == {4}
    with pytest.raises(InvalidInput):
        merge_segment(compiled, table, make_imb(4), marks_of(4), tmp_path / "o.pdf")
    assert not list(tmp_path.glob("o.pdf*"))


def test_shrink_stays_in_its_box_and_wrap_breaks_lines(tmp_path):
    long = "Maximiliane Wolfeschlegelsteinhausen-Bergerdorff the Younger"
    fields = Fields(
        (
            Field("small", Kind.TEXT, 1, 100, 400, 200, 14, text="{recipient}", size=12, min_size=5),
            Field("wrap", Kind.TEXT, 1, 100, 450, 150, 60, text="{recipient}", fit=Fit.WRAP, size=10),
        )
    )
    table = make_table(1, recipient=[long])
    _, _, _, made = merged(tmp_path, table=table, fields=fields)
    page = pypdfium2.PdfDocument(made.path)[0].get_textpage()
    boxes = [page.get_charbox(k) for k in range(page.count_chars()) if page.get_text_range(k, 1).strip()]
    upper = [box for box in boxes if 792 - 415 < box[1] < 792 - 395]
    lower = [box for box in boxes if 792 - 515 < box[1] < 792 - 445]
    assert len(upper) == len(long.replace(" ", ""))
    assert max(box[2] for box in upper) <= 300.1
    assert max(box[2] for box in lower) <= 250.1
    assert len({round(box[1] / 12) for box in lower}) >= 2


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_and_shifted_templates_come_out_upright(tmp_path, turn):
    canvas = Canvas(str(tmp_path / "flat.pdf"), pagesize=(612, 792), invariant=1)
    canvas.rect(72, 600, 100, 50, fill=1)
    canvas.save()
    with pikepdf.open(tmp_path / "flat.pdf") as pdf:
        pdf.pages[0].MediaBox = [50, 60, 562, 760]
        pdf.pages[0].Rotate = turn
        pdf.save(tmp_path / "turned.pdf")
    compiled = compile_template(tmp_path / "turned.pdf", Fields(()))
    made = merge_segment(compiled, make_table(1), make_imb(1), marks_of(1), tmp_path / "o.pdf")
    assert compiled.sizes == (((700.0, 512.0) if turn in {90, 270} else (512.0, 700.0)),)
    ours, theirs = page_image(made.path, 0, 72), page_image(tmp_path / "turned.pdf", 0, 72)
    assert ours.shape == theirs.shape
    assert np.mean(np.abs(ours.astype(int) - theirs)) < 0.5


def test_what_acts_does_not_come_along(tmp_path):
    source = make_template(tmp_path / "plain.pdf")
    with pikepdf.open(source) as pdf:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('x')"))
        pdf.Root.OpenAction = action
        pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array([])))
        pdf.pages[0].AA = pikepdf.Dictionary(O=action)
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 99, 99],
            A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://example.com")),
        )  # fmt: skip
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
        pdf.attachments["secret.txt"] = b"secret"
        pdf.save(tmp_path / "acting.pdf")
    compiled = compile_template(tmp_path / "acting.pdf", letter_fields())
    made = merge_segment(compiled, make_table(2), make_imb(2), marks_of(2), tmp_path / "o.pdf")
    with pikepdf.open(made.path) as pdf:
        everything = b"".join(
            obj.unparse(resolved=True) for obj in pdf.objects if not isinstance(obj, pikepdf.Stream)
        )
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        for word in (b"JavaScript", b"/AA", b"/Annot", b"/URI", b"EmbeddedFile", b"OpenAction"):
            assert word not in everything
    assert "Static words" in page_texts(made.path)[0]


def test_resource_names_like_action_keys_survive(tmp_path):
    source = make_template(tmp_path / "plain.pdf")
    with pikepdf.open(source) as pdf:
        fonts = pdf.pages[0].Resources.Font
        fonts["/AA"] = fonts["/F1"]
        del fonts["/F1"]
        stream = pdf.pages[0].Contents
        stream.write(stream.read_bytes().replace(b"/F1", b"/AA"))
        pdf.save(tmp_path / "named.pdf")
    compiled = compile_template(tmp_path / "named.pdf", Fields(()))
    made = merge_segment(compiled, make_table(1), make_imb(1), marks_of(1), tmp_path / "o.pdf")
    assert "Static words" in page_texts(made.path)[0]


def test_template_streams_keep_their_bytes(tmp_path):
    source = make_template(tmp_path / "template.pdf")
    with pikepdf.open(source) as pdf:
        raw = pdf.pages[0].Contents.read_raw_bytes()
    _, _, _, made = merged(tmp_path, 3)
    assert made.path.read_bytes().count(raw) == 1


def test_data_cannot_draw(tmp_path):
    hostile = [
        ")Tj ET q 0 0 m", "(((", "\\", "\\)", "%!PS", "<48>", "endstream endobj",
        "/I 1 Tf 0 0 Td(" + "T" * 65 + ")Tj ET",
        "812-4001 1/1", "a\tb", "a\nb",
    ]  # fmt: skip
    fields = Fields(
        (*default_fields().fields, Field("t", Kind.TEXT, 1, 10, 400, 590, 12, text="{note}", min_size=4))
    )
    table = make_table(len(hostile), note=hostile)
    compiled, _, imb, made = merged(tmp_path, table=table, fields=fields)
    for value, text in zip(hostile, page_texts(made.path), strict=True):
        assert " ".join(value.split()) in " ".join(text.split())
    assert faults(made.path, compiled, table, imb) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=30), min_size=1, max_size=6
    )
)
def test_any_latin_text_is_printed_or_found(tmp_path, texts):
    fields = Fields((Field("t", Kind.TEXT, 1, 10, 400, 590, 12, text="[{note}]", min_size=4),))
    table = make_table(len(texts), note=texts)
    compiled = compile_template(make_template(tmp_path / "t.pdf"), fields)
    findings = text_findings(compiled, table)
    if findings:
        assert {f.code for f in findings} == {"GLYPH_MISSING"}
        return
    made = merge_segment(compiled, table, make_imb(len(texts)), marks_of(len(texts)), tmp_path / "o.pdf")
    reader = pypdf.PdfReader(io.BytesIO(made.path.read_bytes()))
    assert len(reader.pages) == len(texts)
    one_byte = all(set(value) <= WINDOWS_1252 for value in texts)  # else the whole column takes two bytes
    for value, page in zip(texts, reader.pages, strict=True):
        strings = [operands[0] for operands, operator in page.get_contents().operations if operator == b"Tj"]
        assert len(strings) == 1
        if one_byte and value.isascii():
            assert bytes(strings[0], "latin-1") == f"[{value}]".encode("cp1252")


def test_unlike_page_sizes_keep_their_boxes(tmp_path):
    canvas = Canvas(str(tmp_path / "t.pdf"), pagesize=(612, 792), invariant=1)
    canvas.drawString(72, 700, "letter")
    canvas.showPage()
    canvas.setPageSize((612, 1008))
    canvas.drawString(72, 700, "legal")
    canvas.save()
    compiled = compile_template(tmp_path / "t.pdf", default_fields())
    made = merge_segment(compiled, make_table(300), make_imb(300), marks_of(300), tmp_path / "o.pdf")
    with pikepdf.open(made.path) as pdf:
        assert [float(page.mediabox[3]) for page in pdf.pages] == [792.0, 1008.0] * 300
