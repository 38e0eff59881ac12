"""The proof on a page of its own: any letter, page by page, with what changed; the decision stands under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, render_template, request, session, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import UserError
from production.asked import Asked, Count, Day, Line, Measure, Paragraph
from production.frontdesk.artwork.acceptance import standing
from production.frontdesk.artwork.words import TITLES
from production.frontdesk.orders import comments, hard_proofs, intake, queries
from production.frontdesk.orders.job_page import job_page
from production.frontdesk.preparation import looking
from production.frontdesk.preparation.looking import PageChange, Proof, Source
from production.frontdesk.publishing import recording
from store.db import UnitOfWork
from web.acts import command
from web.downloads import send_png
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, plant, reading, require
from web.portal import opened
from web.portal.approval_panel import ApprovalPanel, approval_panel
from web.portal.jobs import Reject
from web.recipients import ask_first

blueprint = Blueprint("proofs", __name__, url_prefix="/jobs")
_JOBS_SEEN = 6  # proofs whose pages seen are remembered in the session


class Comment(Asked):
    """A comment on a page, perhaps at a place of it."""

    REFUSED = "The comment was not kept."
    page: Annotated[Count, Field(ge=1, le=100_000)]
    words: Paragraph = Field("", title="Comment", max_length=comments.MOST_LETTERS)
    left: Measure | None = Field(None, title="From the left", description="Percent of the width.")
    top: Measure | None = Field(None, title="From the top", description="Percent of the height.")


class Signed(Asked):
    """A proof on paper that came back with a signature."""

    CODE = "HARD_PROOF"
    REFUSED = "The signature was not recorded."
    revision: Annotated[Count, Field(ge=1, le=100_000)]
    sent: Line = Field(
        title="What was sent", description="As in: pages 1 to 12, folded and trimmed.", max_length=200
    )
    signed_by: Line = Field(title="Who signed", max_length=200)
    signed_on: Day = Field(title="Day that stands on it")


class TickOff(Asked):
    """A comment that is done."""

    REFUSED = "The page is not complete. Load it again."
    comment: Line


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page in the film strip."""

    page: int
    is_seen: bool
    changes: int
    comments: int


@blueprint.get("/<number>/proof")
@require("see_jobs")
def page(number: str, refused: Refused | None = None) -> Response | str:
    """One page of one letter; who opens it has looked at that recipient."""
    record = max(1, list_place("record", 1))
    if question := ask_first(number, f"proof of letter {record}"):
        return question
    files = plant().files
    with reading() as reader:
        facts = job_page(reader, actor(), number)
        job = queries.job_by_number(reader, actor(), number)
        proof = looking.proof_of(reader, files, job)
        said = comments.comments_of(reader, job)
        ways, on_paper = opened.ways_of(reader, job), hard_proofs.hard_proofs_of(reader, job)
        approval = approval_panel(reader, job, refused)
        accepted, rules = standing(reader, job), recording.answers_of(reader, job)
    record = min(record, proof.now.records) or 0
    source, row = looking.source_of(proof, files, record)
    at = min(max(1, list_place("page", 1)), source.pages)
    changes = _changes(proof, source, record)
    seen, all_pages = _see(f"{facts.facts.number}.{proof.now.revision}", at), range(1, source.pages + 1)
    open_on = Counter(one.page for one in said if not one.done_by)
    is_before = request.args.get("view") == "before" and changes is not None
    return render_template(
        "portal/proof.html", ways=ways, way_words=opened.WAYS, has_boxes="layout.1" in proof.now.files,
        page=facts, job=facts.facts, proof=proof, record=record, row=row, at=at,
        pages=source.pages, leaves=[Leaf(k, k in seen, _count(changes, k), open_on[k]) for k in all_pages],
        unseen=[k for k in all_pages if k not in seen], changed=[k for k in all_pages if _count(changes, k)],
        change=changes[at - 1] if changes else None, can_compare=changes is not None,
        anew=looking.given_anew(proof), view="before" if is_before else "now",
        text=looking.texts(files, source)[at - 1], worst=_worst(proof), refused=refused, approval=approval,
        unopened=list(_unopened(approval)),
        said=[one for one in said if one.page == at], said_elsewhere=sorted(open_on.keys() - {at}),
        can_comment=comments.can_comment(facts.facts.state), accepted=accepted, titles=TITLES, rules=rules,
        comment=Form(Comment, refused, values={"page": at}),
        on_paper=on_paper, signed=Form(Signed, refused, values={"revision": proof.now.revision}),
        reject=Form(Reject, refused, values={"reject_reason": comments.as_reason(said)[:200]}),
    )  # fmt: skip


@blueprint.get("/<number>/proof/<any(now, before):view>/<int:record>/<int:at>.png")
@require("see_jobs")
def picture(number: str, view: str, record: int, at: int) -> Response:
    """A page as an image, as it is now or as the earlier version had it."""
    if question := ask_first(number, f"proof of letter {record}, page {at}"):
        return question
    files = plant().files
    with reading() as reader:
        proof = looking.proof_of(reader, files, queries.job_by_number(reader, actor(), number))
    now, _ = looking.source_of(proof, files, record)
    source = (looking.earlier_source(proof, record) or now) if view == "before" else now
    return send_png(looking.picture(files, source, at))


@blueprint.post("/<number>/proof/comments")
@require("comment")
@command(Comment, again=page)
def comment(uow: UnitOfWork, said: Comment, number: str) -> Done:
    """Something to change or to ask, on a page."""
    job = intake.find_job(uow, queries.canonical(number))
    comments.comment(uow, job, page=said.page, words=said.words, left=said.left, top=said.top)
    return Done(
        url_for(".page", number=job.number, page=said.page), "Your comment is kept, and told to the others."
    )


@blueprint.post("/<number>/proof/comments/done")
@require("comment")
@command(TickOff, again=page)
def tick_off(uow: UnitOfWork, said: TickOff, number: str) -> Done:
    """What a comment asked for is done."""
    job = intake.find_job(uow, queries.canonical(number))
    done = comments.tick_off(uow, job, said.comment)
    return Done(url_for(".page", number=job.number, page=done.page), "Done.")


@blueprint.post("/<number>/proof/signed")
@require("record_hard_proof")
@command(Signed, again=page)
def signed(uow: UnitOfWork, said: Signed, number: str) -> Done:
    """A proof on paper was signed."""
    job = intake.find_job(uow, queries.canonical(number))
    hard_proofs.record(
        uow, job, revision=said.revision, sent=said.sent, signed_by=said.signed_by, signed_on=said.signed_on
    )
    return Done(url_for(".page", number=job.number), "The signature is recorded, and told to the agency.")


def _changes(proof: Proof, source: Source, record: int) -> Sequence[PageChange] | None:
    """None where there is nothing to compare with, or it cannot be compared any more."""
    try:
        earlier = looking.earlier_source(proof, record)
        return looking.changes(plant().files, earlier, source) if earlier else None
    except UserError:
        return None


def _count(changes: Sequence[PageChange] | None, page: int) -> int:
    one = changes[page - 1] if changes else None
    return max(len(one.words), 1 if one.places else 0) if one else 0


def _worst(proof: Proof) -> Sequence[tuple[int, str]]:
    return looking.worst(plant().files, proof.now.files["accepted_list"]) if proof.now.records else ()


def _unopened(approval: ApprovalPanel | None) -> Iterator[str]:
    """Numbers of the proofs that one yes approves and that were not looked at in this session."""
    kept = session.get("proofs_seen", {})
    for one in approval.together if approval else ():
        if f"{one.number}.{one.revision}" not in kept:
            yield one.number


def _see(key: str, at: int) -> set[int]:
    """Pages of this version that were seen in this session, this one among them."""
    kept: dict[str, list[int]] = session.get("proofs_seen", {})
    seen = {*kept.pop(key, ()), at}
    session["proofs_seen"] = dict([*list(kept.items())[-_JOBS_SEEN:], (key, sorted(seen))])
    return seen
