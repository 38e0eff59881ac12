"""Two sheets of an evidence packet: its cover, which names every file by hash, and the affidavit of mailing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib import colors
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table

from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.papers.sheet import (
    BODY,
    BOLD,
    CELL,
    INNER,
    MONO,
    REGULAR,
    SECTION,
    SMALL,
    facts,
    grid,
    text,
    use_fonts,
    write,
)

_HASH = CELL.clone("hash", fontName=MONO, fontSize=6.3, leading=8.4)
_WORDS = BODY.clone("words", fontSize=10.5, leading=15, spaceAfter=8)
_NOT_POSTAL = (
    "This is the shop's own record. It is not a certificate of mailing of the Postal Service (PS Forms 3606-D, 3665, "
    "3877), which only the Postal Service gives."
)


@dataclass(frozen=True, slots=True)
class CoverSection:
    """A block of the cover: pairs of label and value, a table, or both; ``hashes``: columns that hold SHA-256."""

    title: str
    pairs: Sequence[tuple[str, str]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[float] = ()
    right: Sequence[int] = ()
    hashes: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class AffidavitPaper:
    """What is sworn: facts in pairs, the sentence about each hand-over, and the digest that binds the packet."""

    mailing: str
    shop: str
    pairs: Sequence[tuple[str, str]]
    hand_overs: Sequence[str]
    digest: str
    caution: Sequence[str] = ()


def cover(
    mailing: str, digest: str, sections: Sequence[CoverSection], out: Path, *, caution: Sequence[str]
) -> PrintFile:
    """The readable side of the manifest."""
    use_fonts()
    story: list[Flowable] = [
        text("Everything that shows what was mailed, when, at which price and by which rules.", BODY),
        facts([("Digest of the files", "")], columns=1),
        text(digest, _HASH),
    ]
    for section in sections:
        story.append(text(section.title, SECTION))
        if section.pairs:
            story.append(facts([(label, value or "\u2014") for label, value in section.pairs]))
        if section.rows:
            rows = [
                [[text(cell, _HASH)] if k in section.hashes else cell for k, cell in enumerate(row)]
                for row in section.rows
            ]
            story += [Spacer(0, 4), grid(section.head, rows, widths=section.widths, right=section.right)]
    return write(out, story, title="Evidence of mailing", subtitle=f"Mailing {mailing}", caution=caution)


def affidavit(paper: AffidavitPaper, out: Path) -> PrintFile:
    """One page to sign: what was mailed, when, by whom; room for the signer and for who takes the oath."""
    use_fonts()
    story: list[Flowable] = [
        text(
            f"I know the records of {paper.shop}. I state that the mailing described here was made and accounted "
            "for piece by piece, and that it left the plant as follows.",
            _WORDS,
        ),
        facts(list(paper.pairs), columns=1),
        Spacer(0, 8),
        *(text(sentence, _WORDS) for sentence in paper.hand_overs),
        text(
            "The records are in the evidence packet with this digest; a change of any of them changes it.",
            _WORDS,
        ),
        text(paper.digest, _HASH),
        Spacer(0, 10),
        KeepTogether(
            [
                text("Signed", SECTION),
                _lines("Name and title", "Signature", "Date"),
                text("Sworn to and subscribed before me", SECTION),
                _lines("Name and number", "Signature", "Date and place"),
            ]
        ),
        Spacer(0, 10),
        text(_NOT_POSTAL, SMALL),
    ]
    return write(
        out, story, title="Affidavit of mailing", subtitle=f"Mailing {paper.mailing}", caution=paper.caution
    )


def _lines(*labels: str) -> Flowable:
    """Rules to write on, with what belongs there beneath."""
    table = Table(
        [["", "", ""], [text(label, SMALL) for label in labels]],
        colWidths=[INNER * 0.36, INNER * 0.36, INNER * 0.28],
        rowHeights=[26, 14],
    )
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 8),
            ("FONT", (0, 0), (-1, 0), BOLD, 8),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return table
