"""
What introductions are called on the admin pages: states, reasons, closeness, and who writes first.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping

from chalicelib.introductions.states import By, Reason, State

STATES: Mapping[State, str] = {
    "offered": "Draft",
    "received": "To answer",
    "accepted": "Accepted",
    "declined": "Declined",
    "second_in_line": "Second in line",
    "needs_more": "Waiting for the partner",
    "in_touch": "In touch",
    "meeting": "Meeting",
    "proposal": "Proposal",
    "won": "Won",
    "lost": "Lost",
    "lapsed": "Lapsed",
}
# The columns of the board, in the order in which an introduction goes through them.
BOARD: tuple[State, ...] = (
    "received",
    "needs_more",
    "accepted",
    "in_touch",
    "meeting",
    "proposal",
    "second_in_line",
)
TONES: Mapping[State, str] = {"won": " good", "accepted": " good", "received": " late", "declined": " bad"}
REASONS: Mapping[Reason, str] = {
    "existing_customer": "Is a customer already",
    "already_in_talks": "We were in talks already",
    "introduced_before": "Was introduced before",
    "no_fit": "Does not fit",
    "not_reachable": "Could not be reached",
    "no_consent": "Does not want to be contacted",
    "incomplete": "Something is missing",
    "outside_territory": "Outside our area",
    "chose_other": "Chose another offer",
    "no_budget": "No budget",
    "later": "Not now, perhaps later",
    "refunded": "The sale was refunded in full",
    "voided": "The sale was voided",
    "credited_otherwise": "The sale was credited to another partner",
    "draft_expired": "The partner did not send it in time",
    "withdrawn": "The partner withdrew it",
    "not_answered": "No answer in time",
    "protection_over": "Its time was over",
    "asked_to_be_deleted": "The person asked to be deleted",
    "partner_erased": "The partner was erased",
    "moved_up": "Moved up",
    "named_by_person": "The person named this partner",
    "named_another": "The person named another partner",
    "protection_extended": "Protection extended",
    "protection_ends": "Its protection ends soon",
    "nothing_new": "Nothing new",
}
BY: Mapping[By, str] = {
    "partner": "Partner",
    "business": "We",
    "person": "The introduced person",
    "sale": "A sale",
    "time": "By itself",
}
CLOSENESS: Mapping[str, str] = {
    "client": "Their client",
    "colleague": "Colleague",
    "friend": "Friend",
    "family": "Family",
    "acquaintance": "Acquaintance",
}
SENT_BY: Mapping[str, str] = {
    "partner": "The partner",
    "us": "We, once, with the person's consent",
    "together": "We, once, and answers reach the partner, too",
}


def reason_of(code: str | None) -> str:
    """Return a reason in words; empty without one."""
    return REASONS.get(code, code) if code else ""  # type: ignore[call-overload]
