"""Layers decided for print: what does not print is gone from the print file, for every reader and every job in it."""

from __future__ import annotations

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import PageMarks, Part, compile_template, merge_parts
from production.prepress.templates.layers import Layers, layer_findings, settle, state_plainly
from tests.production.prepress.letters import make_imb, make_table
from tests.production.prepress.pages import (
    READERS,
    difference,
    everything,
    make_pdf,
    print_pages,
    seen,
    words,
)

CONFIG = "/OCProperties<</OCGs[10 0 R 11 0 R 12 0 R]/D<<{}>>>>"
GROUPS = """<</Type/OCG/Name(one)>>
<</Type/OCG/Name(two)/Usage<</Print<</PrintState/ON>>/View<</ViewState/OFF>>>>>>
<</Type/OCG/Name(three)/Intent/Design>>
"""
RESOURCES = "/Resources<</Font<</F1 5 0 R>>/Properties<</L1 10 0 R/L2 11 0 R/L3 12 0 R{}>>{}>>"
QUICK_READERS = [reader for reader in READERS if reader != "gs"]
BOX = "{} 0 0 rg {} {} 60 60 re f "


def test_each_job_of_a_file_hides_its_own_layer(tmp_path):
    def letter(name: str):
        content = "".join(
            f"/OC/L{k} BDC BT /F1 {size} Tf 72 {y} Td ({name} {word}) Tj ET EMC "
            for k, size, y, word in ((1, 18, 400, "ENGLISH"), (2, 40, 300, "SECRET"))
        )
        return make_pdf(
            tmp_path / f"{name}.pdf", content, "<</Type/OCG/Name(one)>>\n" * 3,
            page=RESOURCES.format("", ""), catalog=CONFIG.format("/OFF[11 0 R]"),
        )  # fmt: skip

    first = compile_template(letter("AAA"), Fields(()))
    second = compile_template(letter("BBB"), Fields(()), first_number=first.next_number)
    parts = [Part(first, make_table(1), np.array([0])), Part(second, make_table(1), np.array([1]))]
    made = merge_parts(parts, make_imb(2), PageMarks(1, np.array([1, 2])), tmp_path / "both.pdf")
    assert words(made.path) == "AAA ENGLISH BBB ENGLISH"
    for reader in READERS:
        for page, name in ((1, "AAA"), (2, "BBB")):
            assert difference(seen(made.path, reader, page=page), seen(tmp_path / f"{name}.pdf", reader)) < 8
    for word in (b"OCG", b"/OC", b"SECRET"):
        assert word not in everything(made.path)


# What hangs on a layer, and whether its red box (100, 400) prints. The page also holds a box at (300, 400) that does.
CASES = {
    "off": ("/OFF[10 0 R]", "/OC/L1 BDC {box} EMC", False),
    "base state": ("/BaseState/OFF/ON[11 0 R]", "/OC/L1 BDC {box} EMC", False),
    "base state, on": ("/BaseState/OFF/ON[10 0 R]", "/OC/L1 BDC {box} EMC", True),
    "prints only": (
        "/OFF[11 0 R]/AS[<</Event/Print/Category[/Print]/OCGs[11 0 R]>>]", "/OC/L2 BDC {box} EMC", True,
    ),
    "another intent": ("/OFF[12 0 R]", "/OC/L3 BDC {box} EMC", True),
    "in a shown one": ("/OFF[10 0 R]", "/OC/L2 BDC q /OC/L1 BDC {box} EMC Q EMC", False),
    "mark inside": ("/OFF[10 0 R]", "/OC/L1 BDC /Span<</A 1>>BDC {box} EMC EMC", False),
    "any on": ("/OFF[10 0 R]", "/OC/M BDC {box} EMC", True),
    "expression": ("/OFF[10 0 R]", "/OC/E BDC {box} EMC", False),
    "form": ("/OFF[10 0 R]", "/X Do", False),
    "form, on": ("/OFF[11 0 R]", "/X Do", True),
    "mark in a form": ("/OFF[11 0 R]", "/Y Do", False),
    "form that inherits its resources": ("/OFF[11 0 R]", "/Z Do", False),
    "picture": ("/OFF[10 0 R]", "q 60 0 0 60 100 400 cm /I Do Q", False),
    "inline picture": (
        "/OFF[10 0 R]", "/OC/L1 BDC q 60 0 0 60 100 400 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x10 EI Q EMC", False,
    ),
    "pattern": ("/OFF[11 0 R]", "/Pattern cs /P scn 100 400 60 60 re f", False),
    "glyph": ("/OFF[11 0 R]", "BT /T 1 Tf 100 400 Td (a) Tj ET", False),
    "soft mask": ("/OFF[11 0 R]", "q /S gs {box} Q", False),
    "clip": ("/OFF[10 0 R]", "q /OC/L1 BDC 0 0 1 1 re W f EMC {box} Q", False),
    "state goes on": (
        "/OFF[10 0 R]", "q /OC/L1 BDC 1 0 0 1 300 0 cm 50 50 5 5 re f EMC 1 0 0 rg -200 400 60 60 re f Q", True,
    ),
}  # fmt: skip
FORM = "/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
OWN = "/Resources<</Properties<</L 11 0 R>>>>"
CODES = "/FirstChar 97/LastChar 97/Widths[60]/Encoding<</Differences[97/a]>>"
OTHERS = """<</Type/OCMD/OCGs[10 0 R 11 0 R]>>
<</Type/OCMD/VE[/And[/Or 10 0 R 11 0 R][/Not 11 0 R]]>>
<</Type/XObject/Subtype/Form/OC 10 0 R/BBox[0 0 612 792]>>stream:{box}
<<{form}{own}>>stream:/OC/L BDC {box} EMC
<<{form}>>stream:/OC/L2 BDC {box} EMC
<</Type/XObject/Subtype/Image/OC 10 0 R/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray>>stream:\x10
<</PatternType 1/PaintType 1/TilingType 1/BBox[0 0 99 99]/XStep 99/YStep 99{own}>>stream:/OC/L BDC 0 0 99 99 re f EMC
<</Type/Font/Subtype/Type3/FontBBox[0 0 60 60]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 21 0 R>>{own}{codes}>>
<<>>stream:60 0 d0 /OC/L BDC 0 0 60 60 re f EMC
<</Type/ExtGState/SMask<</S/Luminosity/G 23 0 R>>>>
<<{form}/Group<</S/Transparency/CS/DeviceGray>>{own}>>stream:/OC/L BDC 1 g 0 0 612 792 re f EMC
"""


@pytest.mark.parametrize("name", CASES)
def test_what_hangs_on_a_layer(tmp_path, name):
    config, content, prints = CASES[name]
    box = BOX.format(1, 100, 400)
    others = (
        OTHERS.replace("{codes}", CODES).replace("{box}", box).replace("{form}", FORM).replace("{own}", OWN)
    )
    drawn = content.replace("{box}", box) + " " + BOX.format(0, 300, 400)
    path = make_pdf(
        tmp_path / "t.pdf", drawn, GROUPS + others, catalog=CONFIG.format(config),
        page=RESOURCES.format(
            "/M 13 0 R/E 14 0 R",
            "/XObject<</X 15 0 R/Y 16 0 R/Z 17 0 R/I 18 0 R>>/Pattern<</P 19 0 R>>"
            "/Font<</T 20 0 R>>/ExtGState<</S 22 0 R>>",
        ),
    )  # fmt: skip
    made = print_pages(path)
    assert b"/OC" not in everything(made)
    for reader in QUICK_READERS:
        picture = seen(made, reader)
        assert (picture[250, 80].min() < 200) == prints
        assert picture[250, 225].max() < 30
    with pikepdf.open(path) as pdf:
        state_plainly(pdf)
        pdf.save(tmp_path / "plain.pdf")
    if name != "soft mask":  # pdfium looks for no layers there
        assert difference(seen(made, "pdfium"), seen(tmp_path / "plain.pdf", "pdfium")) < 8


def test_text_that_shown_text_goes_on_from_keeps_its_place(tmp_path):
    content = (
        "BT /F1 24 Tf 30 TL 72 600 Td (Paid) Tj /OC/L1 BDC (HIDDEN) Tj EMC (on time) Tj "
        "/OC/L1 BDC (SECRET) ' 2 1 (SECRET) \" EMC T* (next) Tj ET"
    )
    path = make_pdf(
        tmp_path / "t.pdf",
        content,
        GROUPS,
        catalog=CONFIG.format("/OFF[10 0 R]"),
        page=RESOURCES.format("", ""),
    )
    made = print_pages(path)
    assert "SECRET" not in words(made)
    assert difference(seen(made, "pdfium"), seen(path, "pdfium")) < 8


@pytest.mark.parametrize(
    ("policy", "of_states"),
    [("AllOn", all), ("AnyOn", any), ("AnyOff", lambda s: not all(s)), ("AllOff", lambda s: not any(s))],
)
@pytest.mark.parametrize("states", [(True, True), (True, False), (False, False)])
def test_the_policies_of_membership(policy, of_states, states):
    pdf, groups = _with_groups(states)
    membership = pikepdf.Dictionary(
        Type=pikepdf.Name.OCMD, OCGs=[*groups, None], P=pikepdf.Name("/" + policy)
    )
    assert Layers(pdf).shows(membership) is of_states(states)


EXPRESSIONS = st.recursive(
    st.integers(0, 2),
    lambda inner: st.one_of(
        st.tuples(st.just("Not"), inner),
        st.tuples(st.sampled_from(["And", "Or"]), inner, inner),
        st.tuples(st.sampled_from(["And", "Or"]), inner, inner, inner),
    ),
    max_leaves=12,
)


@given(
    st.tuples(st.booleans(), st.booleans(), st.booleans()), EXPRESSIONS.filter(lambda e: isinstance(e, tuple))
)
def test_visibility_expressions_hold_as_logic_says(states, expression):
    def value(part) -> bool:
        if isinstance(part, int):
            return states[part]
        inner = [value(other) for other in part[1:]]
        return {"Not": not inner[0], "And": all(inner), "Or": any(inner)}[part[0]]

    def written(part):
        if isinstance(part, int):
            return groups[part]
        return pikepdf.Array([pikepdf.Name("/" + part[0]), *map(written, part[1:])])

    pdf, groups = _with_groups(states)
    membership = pikepdf.Dictionary(Type=pikepdf.Name.OCMD, VE=written(expression), OCGs=groups[0])
    assert Layers(pdf).shows(membership) is value(expression)


def _with_groups(states):
    pdf = pikepdf.new()
    groups = [pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="x")) for _ in states]
    off = [group for group, state in zip(groups, states, strict=True) if not state]
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=groups, D=pikepdf.Dictionary(OFF=off))
    return pdf, groups


def test_layers_that_screen_and_paper_show_unlike_are_named(tmp_path):
    path = make_pdf(
        tmp_path / "t.pdf", "", GROUPS,
        catalog=CONFIG.format("/OFF[10 0 R 11 0 R]/AS[<</Event/Print/Category[/Print]/OCGs[11 0 R]>>]"),
    )  # fmt: skip
    with pikepdf.open(path) as pdf:
        found = [(f.code, str(f.severity), f.message) for f in layer_findings(pdf)]
        settle(pdf)
        assert "/OCProperties" not in pdf.Root
    assert found == [
        ("PDF_LAYERS", "note", "Hidden layers do not print: one."),
        ("PDF_LAYERS", "warn", "Layers that the screen hides print: two."),
    ]


@pytest.mark.parametrize("spelled", ["\xdcber", "#DCber", "\xc3\x9cber"])
def test_names_that_are_no_utf_8_are_names(tmp_path, spelled):
    """Older programs write names in Latin-1; an unknown operator may be of any bytes, too."""
    content = (
        f"\xe9\xe9 /OC/{spelled} BDC BT /F1 18 Tf 72 400 Td (SECRET) Tj ET EMC BT /F1 9 Tf 9 9 Td (fox) Tj ET"
    )
    path = make_pdf(
        tmp_path / "t.pdf", content, GROUPS.replace("/Intent/Design", "/Intent/\xdcber"),
        page=f"/Resources<</Font<</F1 5 0 R>>/Properties<</{spelled} 10 0 R>>>>",
        catalog=CONFIG.format("/OFF[10 0 R]/AS[<</Event/Print/Category[/\xdcber]/OCGs[11 0 R]>>]"),
    )  # fmt: skip
    with pikepdf.open(path) as pdf:
        assert [f.message for f in layer_findings(pdf)] == ["Hidden layers do not print: one."]
    made = print_pages(path)
    assert words(made) == "fox"
    assert b"OCG" not in everything(made)
