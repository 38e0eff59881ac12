"""Proofs of vendors: each is compared with what was approved, and approved or sent back, before anything is taken."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, IllegalTransition, refused_field
from production.purchasing.order_models import PurchaseOrder, VendorProof
from production.purchasing.ordering import terms_of
from store.db import UnitOfWork


def proof_came(uow: UnitOfWork, row: PurchaseOrder, *, note: str) -> VendorProof:
    """A proof is here; ``note`` says where it lies. Conflict VENDOR_PROOF while one is not answered; IllegalTransition
    of an order that the vendor does not have.
    """
    if not row.issued or row.canceled_at is not None:
        raise IllegalTransition(f"The vendor does not have order {row.number}.", state="not sent")
    if not note.strip():
        raise refused_field(
            "VENDOR_PROOF", "note", "Say where the proof is: by e-mail of which day, in which tray."
        )
    before = proofs_of(uow.session, row)
    if before and before[-1].is_approved is None:
        raise Conflict(f"Proof {before[-1].number} is not answered yet.", code="VENDOR_PROOF")
    proof = VendorProof(
        order_id=row.id, number=len(before) + 1, note=note.strip()[:200], came_by=uow.actor.name, came_at=uow.now,
        answer="", answered_by="",
    )  # fmt: skip
    uow.session.add(proof)
    uow.audit("purchase_order", row.ulid, "proof_came", of=row.number, proof=proof.number)
    uow.session.flush()
    return proof


def answer_proof(uow: UnitOfWork, row: PurchaseOrder, *, is_approved: bool, words: str) -> VendorProof:
    """It is as it was approved, or goes back with what is wrong. Conflict VENDOR_PROOF where none waits."""
    proofs = proofs_of(uow.session, row)
    if not proofs or proofs[-1].is_approved is not None:
        raise Conflict(f"No proof of order {row.number} waits for an answer.", code="VENDOR_PROOF")
    if not is_approved and not words.strip():
        raise refused_field("VENDOR_PROOF", "words", "Say what is wrong with it.")
    proof = proofs[-1]
    proof.is_approved, proof.answer = is_approved, words.strip()[:200]
    proof.answered_by, proof.answered_at = uow.actor.name, uow.now
    act = "proof_approved" if is_approved else "proof_sent_back"
    uow.audit("purchase_order", row.ulid, act, of=row.number, proof=proof.number)
    uow.session.flush()
    return proof


def proofs_of(session: Session, row: PurchaseOrder) -> Sequence[VendorProof]:
    """As they came."""
    return session.scalars(select(VendorProof).filter_by(order_id=row.id).order_by(VendorProof.number)).all()


def refuse_unproofed(session: Session, row: PurchaseOrder) -> None:
    """Conflict VENDOR_PROOF where the order asks for a proof and none is approved."""
    if terms_of(session, row, row.issued).wants_proof and not any(
        one.is_approved for one in proofs_of(session, row)
    ):
        raise Conflict(
            f"Order {row.number} asks for a proof, and none is approved.", code="VENDOR_PROOF",
            remedy="Have its proof approved first, on the page of the order.",
        )  # fmt: skip
