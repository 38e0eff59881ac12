"""What must hold of the Mail.dat sets kept with mailings, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from production.mailings.models import Mailing, MailingFile
from production.mailings.streams import streams_of
from production.mailroom.maildat.kept import REPORT, REPORT_ROLE
from store.keeping.verify import Check, Open, Survey


def sets_are_of_their_mailings(survey: Survey) -> Iterator[Open]:
    """The Mail.dat kept with a mailing holds the pieces of all its streams."""
    query = (
        select(Mailing, MailingFile.sha256)
        .join(MailingFile, MailingFile.mailing_id == Mailing.id)
        .where(MailingFile.role == REPORT_ROLE)
        .order_by(Mailing.id)
    )
    survey.examined = survey.session.scalar(select(func.count()).select_from(Mailing)) or 0
    for mailing, sha256 in survey.session.execute(query):
        path = survey.files.path(sha256)
        if not survey.reads(sha256) or not path.exists():
            continue  # what is missing is named by files_have_content
        pieces = REPORT.from_bytes(path.read_bytes(), "Mail.dat report").said.figures.pieces
        wanted = sum(stream.pieces or 0 for stream in streams_of(survey.session, mailing.id))
        if pieces != wanted:
            sentence = (
                f"mailing {mailing.number}: its Mail.dat holds {pieces:,} pieces, its streams {wanted:,}"
            )
            yield Open(sentence, (mailing.number,))


CHECKS: tuple[Check, ...] = (sets_are_of_their_mailings,)
