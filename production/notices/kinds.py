"""What people are told, as data: one row a kind of notice.

``on`` names the acts of the audit chain that make a notice, ``ends`` those that answer it; a notice about a job is
answered as well when the job comes to a state in which it does not stand (``stands``). Words in braces are filled in by
``telling``. Recipients of mail are never named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from production.jobs.states import JobState as J
from production.people.models import Role

Happened = tuple[str, str]  # subject and act of an audit entry


class ByMail(StrEnum):
    """When a notice goes out by e-mail."""

    ONCE = "once"
    DAILY = "daily"
    NEVER = "never"


class Weight(StrEnum):
    """What it asks of the person: an act, a look at something wrong, or nothing."""

    ACT = "act"
    WRONG = "wrong"
    NEWS = "news"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice. ``to``: roles; REQUESTER is whoever ordered the job, APPROVER are those of its agency, all
    others are of the plant. ``says`` is the notice, ``why`` a line under it, ``does`` the act that answers it at
    ``path``. ``daily``: what one person does to one thing in a day is told once. ``if_alone``: the kind that is told
    instead where nobody but the requester may approve. ``within_limit``: only for approvers who may consent to the
    amount. ``duty``: roles of the job's agency whose work the act is; their doing it is no news.
    """

    code: str
    name: str  # on the page of choices
    to: tuple[Role, ...]
    says: str
    why: str
    does: str
    path: str
    weight: Weight
    on: tuple[Happened, ...] = ()
    ends: tuple[Happened, ...] = ()
    stands: tuple[J, ...] = ()
    by_mail: ByMail = ByMail.DAILY
    on_page: bool = True
    can_be_off: bool = True
    daily: bool = False
    if_alone: str = ""
    within_limit: bool = False
    duty: tuple[Role, ...] = ()


_JOB = "/jobs/{number}"
_ASKED = "/jobs/{number}/proof"  # the decision stands under the proof
_PROJECT = "/projects/{number}"
_ASKED_US = (J.SUBMITTED, J.IN_PRODUCTION)
_FIX = (J.NEEDS_FIX,)
_PROOF = (J.PROOF_READY,)
_OF = "{number} {title}"
_GIVEN, _FORWARDED = ("job", "approval_given"), ("job", "approval_forwarded")

KINDS: tuple[Kind, ...] = (
    Kind(
        "approval_asked", "An order waits for approval", (Role.APPROVER,),
        f"{_OF} waits for your approval", "It costs {amount}. Look at the proof, then approve it or send it back.",
        "Look and decide", _ASKED, Weight.ACT,
        on=(("job", "show_proof"),), ends=(_GIVEN, _FORWARDED), stands=_PROOF, by_mail=ByMail.ONCE,
        if_alone="approver_missing", within_limit=True,
    ),
    Kind(
        "approval_next", "An order waits for a second approval", (Role.APPROVER,),
        f"{_OF} waits for your approval now", "{who} has approved it. It costs {amount}, and your yes is the next.",
        "Look and decide", _ASKED, Weight.ACT,
        on=(_GIVEN,), ends=(_GIVEN, _FORWARDED), stands=_PROOF, by_mail=ByMail.ONCE, if_alone="approver_missing",
    ),
    Kind(
        "approval_forwarded", "An approval was forwarded", (Role.APPROVER,),
        f"{{who}} forwarded {_OF} to you", "It costs {amount}. {reason}",
        "Look and decide", _ASKED, Weight.ACT,
        on=(_FORWARDED,), ends=(_GIVEN, _FORWARDED), stands=_PROOF, by_mail=ByMail.ONCE,
    ),
    Kind(
        "approval_question", "An approver asks about an order", (Role.REQUESTER,),
        f"{{who}} asks about {_OF}", "{reason}", "Answer", _ASKED, Weight.ACT,
        on=(("job", "approval_question"),), ends=(("job", "approval_answer"),), stands=_PROOF, by_mail=ByMail.ONCE,
    ),
    Kind(
        "ordered_for", "Somebody ordered for you", (Role.REQUESTER,),
        f"{{who}} ordered {_OF} for you", "You get its proof and its notices.", "See the order", _JOB, Weight.NEWS,
        on=(("job", "ordered_for"),),
    ),
    Kind(
        "draft_handed_over", "A draft was handed over to you", (Role.REQUESTER,),
        "{who} handed you a draft: {title}", "Look at it, finish it and submit it.", "Go on",
        "/drafts/{draft}/review", Weight.NEWS,
        on=(("order_draft", "handed_over"),), by_mail=ByMail.ONCE,
    ),
    Kind(
        "changed_by_approver", "An approver changed an order", (Role.REQUESTER,),
        f"{{who}} changed {_OF}", "{reason}", "See the order", _JOB, Weight.NEWS,
        on=(("job", "changed_by_approver"),),
    ),
    Kind(
        "approval_answer", "An answer to an approver's question", (Role.APPROVER,),
        f"{{who}} answered about {_OF}", "{reason}", "Look and decide", _ASKED, Weight.ACT,
        on=(("job", "approval_answer"),), ends=(_GIVEN, _FORWARDED), stands=_PROOF, by_mail=ByMail.ONCE,
    ),
    Kind(
        "approval_still_asked", "A reminder of an approval", (Role.APPROVER,),
        f"{_OF} still waits for your approval", "{who} asks you to look at it.",
        "Look and decide", _ASKED, Weight.ACT,
        on=(("job", "approval_asked_again"),), stands=_PROOF, by_mail=ByMail.ONCE, daily=True,
        within_limit=True,
    ),
    Kind(
        "approver_missing", "Nobody may approve an order", (Role.REQUESTER,),
        f"Nobody of your agency may approve {_OF}",
        "Whoever orders never approves the same job. The administrator of the plant can name an approver.",
        "Ask for an approver", _JOB, Weight.ACT,
        stands=_PROOF, by_mail=ByMail.ONCE,
    ),
    Kind(
        "approver_wanted", "An agency needs an approver", (Role.ADMINISTRATOR,),
        "{agency} asks for an approver", f"{_OF} waits, and nobody of the agency but {{who}} may approve.",
        "Open people", "/people", Weight.ACT,
        on=(("job", "approver_asked_for"),), stands=_PROOF, by_mail=ByMail.ONCE, daily=True,
    ),
    Kind(
        "approved", "An order was approved", (Role.REQUESTER,),
        f"{_OF} was approved", "By {who}, for {amount}. The plant has it now.", "See where it is", _JOB, Weight.GOOD,
        on=(("job", "approve"),),
    ),
    Kind(
        "returned", "An order was sent back", (Role.REQUESTER,),
        f"{_OF} was sent back", "{who}: {reason}", "See what has to change", _JOB, Weight.ACT,
        on=(("job", "reject"),), stands=_FIX, by_mail=ByMail.ONCE,
    ),
    Kind(
        "proof_commented", "Somebody commented on a proof", (Role.REQUESTER,),
        f"{{who}} commented on {_OF}", "On page {page} of the proof. Answer there, or send a new file.",
        "See the comment", _ASKED, Weight.ACT,
        on=(("job", "proof_commented"),), stands=(*_PROOF, *_FIX), daily=True,
    ),
    Kind(
        "hard_proof_signed", "A proof was signed on paper", (Role.REQUESTER, Role.APPROVER),
        f"A proof of {_OF} was signed on paper", "Written down by {who}: what was sent, who signed it and when.",
        "See it", _JOB + "/proof", Weight.NEWS, on=(("job", "hard_proof_signed"),),
    ),
    Kind(
        "proof_answered", "Comments on a proof by who ordered it", (Role.APPROVER,),
        f"{{who}} commented on {_OF}", "On page {page} of the proof.", "See the comment", _ASKED, Weight.NEWS,
        on=(("job", "proof_answered"),), stands=_PROOF, daily=True,
    ),
    Kind(
        "findings", "The check of an order found something to fix", (Role.REQUESTER,),
        f"{_OF} needs your attention", "The check found something that has to be fixed or accepted.",
        "See what was found", _JOB, Weight.ACT,
        on=(("job", "ask_fix"),), stands=_FIX, by_mail=ByMail.ONCE,
    ),
    Kind(
        "file_changed", "The shop changed a file of an order", (Role.REQUESTER,),
        f"The shop put another version of a file into {_OF}", "It is checked again. The version before is kept.",
        "See the file", "/jobs/{number}/artwork/1", Weight.NEWS,
        on=(("job", "file_changed"),), duty=(Role.REQUESTER,),
    ),
    Kind(
        "approval_voided", "An approval became void", (Role.REQUESTER, Role.APPROVER),
        f"The approval of {_OF} is void", "{who}: {reason}.", "See the order", _JOB, Weight.WRONG,
        on=(("job", "approval_voided"),), by_mail=ByMail.ONCE, can_be_off=False,
    ),
    Kind(
        "stopped", "A step stopped", (Role.MAIL_OPERATOR, Role.ADMINISTRATOR),
        "{what} stopped", "Incident {incident}. It waits until somebody has looked.",
        "Look at it", "/stopped", Weight.WRONG,
        on=(("outbox", "parked"),), ends=(("outbox", "tried_again"),), by_mail=ByMail.ONCE,
    ),
    Kind(
        "promise_moved", "The promised day of an order has moved", (Role.REQUESTER,),
        f"{_OF} has another day", "{reason}", "See where it is", _JOB, Weight.WRONG,
        on=(("job", "promise_moved"),), by_mail=ByMail.ONCE,
    ),
    Kind(
        "promise_moves", "A promised day has moved, for planners", (Role.PLANNER,),
        f"{_OF} of {{agency}} has another day", "{reason}", "See the promises", "/schedule/promises", Weight.NEWS,
        on=(("job", "promise_moved"),), by_mail=ByMail.NEVER,
    ),
    Kind(
        "pick_up_ready", "An order can be picked up", (Role.REQUESTER,),
        f"{_OF} waits at the counter", "Its code stands on the page of the order: whoever picks it up says it.",
        "See the code", _JOB, Weight.ACT,
        on=(("job", "pick_up_ready"),), ends=(("job", "stop_handed_over"), ("job", "deliver")), by_mail=ByMail.ONCE,
    ),
    Kind(
        "came_back", "A part of an order came back", (Role.REQUESTER,),
        f"A part of {_OF} was not handed over", "{reason}. It lies in the shop and leaves again.",
        "See where it is", _JOB, Weight.WRONG,
        on=(("job", "stop_came_back"), ("job", "come_back")), by_mail=ByMail.ONCE,
    ),
    Kind(
        "left", "An order left the plant", (Role.REQUESTER,),
        f"{_OF} left the plant", "It is on its way.", "See where it is", _JOB, Weight.GOOD,
        on=(("job", "dispatch"),),
    ),
    Kind(
        "delivered", "An order was handed over", (Role.REQUESTER,),
        f"{_OF} was handed over", "The proof of it is kept with the job.", "See the proof", _JOB, Weight.GOOD,
        on=(("job", "deliver"),),
    ),
    Kind(
        "charge_made", "A charge was made", (Role.REQUESTER,),
        f"{_OF}: {{amount}} charged", "Each charge opens to its evidence.",
        "See the charges", "/charges/jobs/{number}", Weight.NEWS,
        on=(("job", "charged"),),
    ),
    Kind(
        "charges_booked", "A charge was made, at the accounts office", (Role.BILLING_CLERK,),
        f"{_OF}: {{amount}} charged to {{agency}}", "Each charge opens to its evidence.",
        "See the charges", "/charges/jobs/{number}", Weight.NEWS,
        on=(("job", "charged"),), by_mail=ByMail.NEVER, on_page=False,
    ),
    Kind(
        "charge_corrected", "A charge was corrected", (Role.REQUESTER, Role.APPROVER, Role.BILLING_CLERK),
        f"A charge of {_OF} was corrected", "{who}: {reason}", "See the charges", "/charges/jobs/{number}",
        Weight.WRONG,
        on=(("job", "charge_corrected"),), by_mail=ByMail.ONCE, can_be_off=False,
    ),
    Kind(
        "recipients_seen", "Somebody looked at your recipients", (Role.REQUESTER,),
        f"{{who}} looked at the recipients of {_OF}", "Each look is kept, with who and when.", "See who looked",
        "/jobs/recipients-seen", Weight.NEWS,
        on=(("recipient", "names_shown"),), can_be_off=False, daily=True, duty=(Role.APPROVER,),
    ),
    Kind(
        "project_asked", "An agency asks for something", (Role.PLANNER,),
        f"{{agency}} asks: {_OF}", "Nobody looks after it yet.", "Read it and take it on", _PROJECT, Weight.ACT,
        on=(("job", "ask"),), stands=(J.SUBMITTED,), by_mail=ByMail.ONCE,
    ),
    Kind(
        "project_asked_on", "An agency wrote about its project", (Role.PLANNER,),
        f"{{who}} wrote about {_OF}", "It waits for the shop.", "Read and answer", _PROJECT, Weight.ACT,
        on=(("job", "project_asked_on"),), ends=(("job", "project_answered"),), stands=_ASKED_US,
    ),
    Kind(
        "project_taken", "Somebody looks after your project", (Role.REQUESTER,),
        f"{{who}} looks after {_OF}", "You hear when there is an answer.", "See it", _PROJECT, Weight.NEWS,
        on=(("job", "take_on"), ("job", "taken_over")),
    ),
    Kind(
        "project_answered", "The shop wrote about your project", (Role.REQUESTER,),
        f"{{who}} wrote about {_OF}", "It waits for you.", "Read and answer", _PROJECT, Weight.ACT,
        on=(("job", "project_answered"),), ends=(("job", "project_asked_on"),), stands=_ASKED_US, by_mail=ByMail.ONCE,
    ),
    Kind(
        "project_task", "The shop set you a task", (Role.REQUESTER,),
        f"{{who}} set you a task in {_OF}", "Tick it off when it is done.", "See the task", _PROJECT, Weight.ACT,
        on=(("job", "task_set"),), ends=(("job", "task_done"),), stands=_ASKED_US,
    ),
    Kind(
        "quote_sent", "The shop sent a quote", (Role.REQUESTER,),
        f"{{who}} sent a quote for {_OF}", "It holds until its day. Accept an alternative, or say why not.",
        "Look and answer", _PROJECT + "/quotes/{quote}", Weight.ACT,
        on=(("job", "quote_sent"),), ends=(("job", "quote_accepted"), ("job", "quote_declined")), stands=_ASKED_US,
        by_mail=ByMail.ONCE,
    ),
    Kind(
        "quote_changed", "The price of an order changes in work", (Role.REQUESTER, Role.APPROVER),
        f"{{who}} asks you to accept another price of {_OF}", "Nothing leaves before it is accepted or declined.",
        "Look and answer", _PROJECT + "/quotes/{quote}", Weight.ACT,
        on=(("job", "quote_changed"),), ends=(("job", "quote_accepted"), ("job", "quote_declined")),
        by_mail=ByMail.ONCE,
    ),
    Kind(
        "quote_accepted", "A quote was accepted", (Role.PLANNER,),
        f"{{who}} accepted the quote for {_OF}", "For {amount}. The order comes as soon as its files are there.",
        "See it", _PROJECT, Weight.GOOD,
        on=(("job", "quote_accepted"),),
    ),
    Kind(
        "schedule_late", "Work will be late", (Role.PLANNER,),
        "By the new schedule will be late: {reason}", "It was not before. See there what would help.",
        "See what helps", "/schedule", Weight.WRONG,
        on=(("schedule", "late"),), by_mail=ByMail.ONCE,
    ),
    Kind(
        "quote_declined", "A quote was declined", (Role.PLANNER,),
        f"{{who}} declined the quote for {_OF}", "{reason}", "See it", _PROJECT, Weight.NEWS,
        on=(("job", "quote_declined"),),
    ),
    Kind(
        "project_ended", "A project has ended", (Role.REQUESTER,),
        f"{_OF} has ended", "Hours that were entered are charged at the price of their day.", "See it", _PROJECT,
        Weight.NEWS,
        on=(("job", "conclude"), ("job", "end")),
    ),
    Kind(
        "second_person", "Something waits for a second person", (Role.BILLING_CLERK, Role.ADMINISTRATOR),
        "{who} asks for a second person", "It is about {what}. Read what it does, then agree or leave it.",
        "Read and decide", "/second-person", Weight.ACT,
        on=(("agreement", "asked"),), ends=(("agreement", "agreed"), ("agreement", "dropped")), by_mail=ByMail.ONCE,
    ),
    Kind(
        "month_ready", "A month is ready to close", (Role.BILLING_CLERK,),
        "{month} can be closed", "It has ended, and all its work is charged.", "Open the month", "/billing/{label}",
        Weight.ACT,
        ends=(("billing_period", "close"),), by_mail=ByMail.ONCE,
    ),
    Kind(
        "form_review", "A form is due for review", (Role.APPROVER, Role.ADMINISTRATOR),
        "Form {number} {title} is due for review", "{owner} was to look at it by {day}. It can still be ordered.",
        "See the form", "/forms/{form}", Weight.ACT,
    ),
    Kind(
        "template_waits", "A template waits for approval", (Role.APPROVER,),
        "The template {title} waits for the office", "{by} entered a version. Another person approves it.",
        "Look and decide", "/stationery/versions/{template}", Weight.ACT,
        ends=(("identity_template", "approved"), ("identity_template", "withdrawn")),
    ),
)  # fmt: skip
BY_CODE = {kind.code: kind for kind in KINDS}
