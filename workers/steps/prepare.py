"""Check a submitted mailing, and where nothing stands against it, quote it and make its proof."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from billing.pricing import Share, quote
from billing.rate_cards import card_on
from kernel.errors import UserError
from postal.address.evidence import ListEvidence
from postal.admission.incentives import NOT_CLAIMED
from postal.money.plan_figures import figures_of
from postal.sorting.presort_plan import PresortPlan
from postal.sorting.streams import Stream
from postal.trays.tray_barcode import CAUTION
from production.catalog.piece_weight import Enclosed, Envelope
from production.catalog.queries import unit_names
from production.catalog.shop_envelopes import shop_envelopes
from production.frontdesk.address_matching import requests
from production.frontdesk.address_matching.models import AddressMatch
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.preparation import outcome as preparation
from production.frontdesk.preparation.examine import Examination, Submission, examine, findings_of
from production.frontdesk.preparation.outcome import Offer, Preparation, expected_usage
from production.frontdesk.preparation.proofing import make_proof
from production.frontdesk.repairs.faults import ROW_FAULTS
from production.jobs.models import ChargeSplit, Job, JobFile
from production.jobs.states import JobKind
from production.mailings import enclosures
from production.mailings.accepted import piece_columns
from production.mailings.models import LetterJob, letters
from production.mailings.shop import (
    ShopProfile,
    coding_saves,
    plan_mailing,
    shop_in_force,
    shop_profile,
    shop_rules,
    usual_sort_plan,
)
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work
from workers.steps.prepare_print import prepare_print

ACTOR = system_actor("prepare")


def prepare(plant: Plant, work: Work) -> Record:
    """Findings of the files of a revision; quote and proof if the job may go on."""
    with plant.db.read_only(ACTOR) as session:
        job = session.scalars(select(Job).filter_by(ulid=work.subject)).one()
        query = select(JobFile).filter_by(job_id=job.id, revision=int(work.arguments["revision"]))
        files = {row.role: row for row in session.scalars(query)}
    if job.kind is JobKind.PRINT:
        return prepare_print(plant, work, job, files)
    return _prepare_mailing(plant, work, letters(job), files)


def _prepare_mailing(plant: Plant, work: Work, job: LetterJob, files: dict[str, JobFile]) -> Record:
    with plant.db.read_only(ACTOR) as session:
        profile = shop_profile(session)
        run = requests.run_of(session, job) if "matched" in work.arguments else None
        envelope = shop_envelopes(session)[job.envelope]
        enclosed = enclosures.of(session, job)
    found = examine(_submission(plant, job, files, run, envelope, enclosed), work.folder)
    if run is not None and run.refusal:
        found.awaits_matching = False
        found.add("list", run.refusal)
    outcome = Preparation(
        int(work.arguments["revision"]), found, accepted=len(found.table()) if found.accepted else 0
    )
    _keep_lists(plant, outcome)
    work.beat()
    if preparation.may_go_on(found, accept_findings=job.accept_findings):
        outcome.offer = _offer(plant, job, profile, outcome, work.folder)
    return lambda uow: preparation.record(uow, uow.session.get_one(LetterJob, job.id), outcome)


def _submission(
    plant: Plant,
    job: LetterJob,
    files: dict[str, JobFile],
    run: AddressMatch | None,
    envelope: Envelope,
    enclosed: tuple[Enclosed | None, int],
) -> Submission:
    fields, repairs = files.get("fields"), files.get("repairs")
    return Submission(
        template=plant.files.checked_path(files["template"].sha256),
        template_name=files["template"].given_name,
        list=plant.files.checked_path(files["list"].sha256),
        list_name=files["list"].given_name,
        fields=plant.files.checked_path(fields.sha256) if fields else None,
        repairs=plant.files.checked_path(repairs.sha256) if repairs else None,
        envelope=envelope,
        is_duplex=job.duplex,
        mail_date=job.mail_date,
        options=job.options,
        enclosed=enclosed[0],
        copies=enclosed[1],
        certificate=files["certificate"].sha256 if "certificate" in files else "",
        matched=requests.result_of(plant.files, run) if run is not None and not run.refusal else None,
    )


def _keep_lists(plant: Plant, outcome: Preparation) -> None:
    """Accepted rows, joined rows and rows to fix, by hash; the examination goes on from the kept file."""
    found = outcome.examination
    if found.rows_to_fix is not None:
        ref = plant.files.keep(found.rows_to_fix, "text/csv")
        outcome.files["rows_to_fix"] = (ref, "rows-to-fix.csv", None)
    if found.row_faults is not None:
        ref = plant.files.keep_bytes(ROW_FAULTS.as_bytes(found.row_faults, "row faults"), "application/json")
        outcome.files["row_faults"] = (ref, "row-faults.json", None)
    if found.joined_file is not None:
        ref = plant.files.keep(found.joined_file, "text/csv")
        outcome.files["joined_rows"] = (ref, "joined-rows.csv", None)
    if found.accepted is not None:
        ref = plant.files.keep(found.accepted, "application/vnd.apache.arrow.file")
        found.accepted = plant.files.path(ref.sha256)
        outcome.files["accepted_list"] = (ref, "accepted.arrow", None)
    if found.account is not None:
        ref = plant.files.keep(found.account, "application/vnd.apache.arrow.file")
        outcome.files["address_changes"] = (ref, "address-changes.arrow", None)


def _offer(
    plant: Plant, job: LetterJob, profile: ShopProfile, outcome: Preparation, folder: Path
) -> Offer | None:
    """The quote on this list's own ZIP profile, and the proof; None, with a finding, when one cannot be made."""
    found = outcome.examination
    assert found.letter and found.compiled  # nothing stopped  # noqa: S101
    table, mailpiece = found.table(), found.letter.mailpiece
    in_force = shop_in_force(plant.files, profile, job.mail_date)
    stream, lists = Stream(piece_columns([table]), mailpiece), [ListEvidence(job.number, found.evidence)]
    try:
        usual = usual_sort_plan(job.mail_class, mailpiece, in_force, pieces=len(table))
        rules = shop_rules(profile, usual, in_force)
        (plan,) = plan_mailing(profile, [stream], rules, lists=[lists])
    except UserError as refusal:
        found.add("postage", findings_of(refusal))
        return None
    found.add(
        "postage", [finding for finding in plan.findings if finding.code != NOT_CLAIMED]
    )  # the mailroom's
    found.add(
        "postage",
        coding_saves(profile, stream, plan, rules, lists=lists),
    )
    snapshot = _quote(plant, job, found, plan)
    try:
        pages, document = make_proof(plant.files, found.compiled, table, plan, profile, folder)
    except UserError as refusal:
        found.add("template", findings_of(refusal))
        return None
    outcome.files["proof"] = (document, "proof.pdf", len(pages))
    return Offer(
        snapshot=snapshot,
        total=snapshot.total,
        postage=snapshot.postage,
        single_piece_postage=plan.single_piece_postage
        or plan.postage,  # shown only where the snapshot has it
        proofs=pages,
        mail_shape=plan.shape,
        sort_plan=plan.sort_plan,
    )


def _quote(plant: Plant, job: LetterJob, found: Examination, plan: PresortPlan) -> QuoteSnapshot:
    assert found.compiled  # nothing stopped  # noqa: S101
    with plant.db.read_only(ACTOR) as session:
        card, names = card_on(session, job.mail_date), unit_names(session)
        splits = session.scalars(
            select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
        ).all()
    units = expected_usage(
        rows=found.rows_in, pieces=plan.pieces, pages=found.compiled.pages, is_inserted=job.is_inserted
    )
    return quote(
        units,
        card,
        names=names,
        postage=plan.postage,
        single_piece=plan.single_piece_postage,
        shares=[Share(split.budget_unit.bill_code, split.weight) for split in splits],
        plan=figures_of(plan, caution=CAUTION),
    )
