"""Traces the touch of a customer who named a friend to the partner whom they named, or says why it is nobody's."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.conversions.attribution import Ineligible, Touch
from chalicelib.partners import find as partners
from chalicelib.partners.friend_names import find_named_friend
from chalicelib.partners.friend_tokens import GOOD_FOR, MOST_CHARACTERS, FriendToken, read
from chalicelib.partners.table import Partner
from chalicelib.programs.find import ProgramTerms

_UNSUCCESSFUL: dict[str, Ineligible] = {"which": "unclaimed", "nobody": "unknown_name"}


class Named(NamedTuple):
    """A touch, and the partner whom the customer named, if there is one."""

    touch: Touch
    partner: Partner | None


def trace_friend_name(text: str, program_terms: ProgramTerms, *, at: datetime) -> Named:
    """
    Return the touch of a signed answer, whose moment is the answer's.

    What the visitor was told then holds: only the partner who was found can be credited, and none after `which`.
    """
    token = read(text, program_terms.program.id)
    moment = token.at if token is not None else at
    terms = program_terms.in_force(moment)
    partner, ineligible_because = _partner_of(token, program_terms, at=at)
    touch = Touch(
        token=text[:MOST_CHARACTERS],
        by="friend_name",
        at=moment,
        claimed_at=moment,
        ineligible_because=ineligible_because,
        partner_id=partner.id if partner is not None else "",
        terms_version=terms.version,
        window_days=min(terms.window_days, GOOD_FOR.days),
    )
    return Named(touch, partner)


def _partner_of(
    token: FriendToken | None, program_terms: ProgramTerms, *, at: datetime
) -> tuple[Partner | None, Ineligible | None]:
    if token is None:
        return None, "unknown_name"
    if token.answer != "found":
        return None, _UNSUCCESSFUL[token.answer]
    if not program_terms.program.takes_touch(token.at):
        return None, "program_ended"
    partner_id = find_named_friend(token, program_terms.program.id, at=at)
    profile = partners.recall_all([partner_id]).get(partner_id) if partner_id is not None else None
    return (profile.partner, None) if profile is not None else (None, "name_withdrawn")
