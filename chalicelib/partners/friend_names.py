"""
Finds the partner a visitor names as their friend, without a word about who that is.

A known name takes the same calls as an unknown one, and the answers are equally large. Where several share a name,
the first two letters of the friend's email address decide; two who match are never chosen between.
"""

from datetime import datetime
from typing import NamedTuple

from chalicelib.access.rate_limit import count, limit
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.keyed_digests import shared_name_digests
from chalicelib.partners import friend_tokens
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.find import recall_all
from chalicelib.partners.friend_name_shapes import HINT, Answer, FriendName, FriendNameView
from chalicelib.partners.friend_tokens import FriendToken
from chalicelib.partners.name_rules import fold_name, hint_of
from chalicelib.partners.shared_name_table import holders_key
from chalicelib.partners.shared_names import READ_HOLDERS, hints_of, list_holders
from chalicelib.partners.table import Enrollment, Partner, PartnerRow, enrollment_key, stopped_key
from chalicelib.programs.table import Program

# An hour, from one address; and for one program.
MOST_OF_A_VISITOR = 10
MOST_OF_A_PROGRAM = 10_000


class Named(NamedTuple):
    """What a name is of: its digest; whether one partner, several or none share it; and who, if it is exactly one."""

    digest: str
    answer: Answer
    partner_id: str = ""


def look_up(typed: FriendName, program: Program, *, visitor: str, at: datetime) -> FriendNameView:
    """Answer whether one partner of a program, several or none share a name, with a token for a conversion."""
    named = identify(typed, program, visitor=visitor, at=at)
    token = friend_tokens.write(program.id, named.answer, named.digest, named.partner_id, at=at)
    return FriendNameView("friend_name", program.id, named.answer, token)


def identify(typed: FriendName, program: Program, *, visitor: str, at: datetime) -> Named:
    """
    Return whether one partner of a program, several or none share a name.

    Refused: more than ten tries in an hour from one visitor, or too many for the program.
    """
    hint = hint_of(typed.hint) if typed.hint is not None else None
    if hint is not None and len(hint) < HINT:
        raise InvalidValue("A hint is two letters or digits.", pointer="/hint")
    count(
        limit("friend names from", visitor, most=MOST_OF_A_VISITOR, at=at),
        limit("friend names", program.id, most=MOST_OF_A_PROGRAM, at=at),
        at=at,
    )
    digests = shared_name_digests(program.id, fold_name(typed.name))
    return _find(program, digests, hint, at=at)


def find_named_friend(token: FriendToken, program_id: str, *, at: datetime) -> str | None:
    """Return the partner whom a token's visitor named, if they still share that name; or who they were merged into."""
    holders = [row.partner_id for row in list_holders(program_id, [token.digest]) if row.counts(at)]
    for partner_id, profile in recall_all(holders).items():
        if any(token.is_of(one) for one in every_id(profile.partner)):
            return partner_id
    return None


def _find(program: Program, digests: list[str], hint: str | None, *, at: datetime) -> Named:
    holders = list_holders(program.id, digests)
    matching = [
        partner
        for partner in _standing(program.id, list(dict.fromkeys(row.partner_id for row in holders if row.counts(at))))
        if hint is None or hint in hints_of(partner)
    ]
    if not matching or not program.takes_touch(at):
        return Named(digests[0], "nobody")
    # Of so many, another one may match who was not read.
    is_one = len(matching) == 1 and len(holders) < READ_HOLDERS
    return Named(digests[0], "found", matching[0].id) if is_one else Named(digests[0], "which")


def _standing(program_id: str, identifiers: list[str]) -> list[Partner]:
    """Return those who take part in a program and are neither banned nor erased: by one read of a constant size."""
    # Rows that never exist, in the places of more partners.
    nobody = [f"{holders_key(program_id, '')}{number}" for number in range(READ_HOLDERS - len(identifiers))]
    read = [*identifiers[:READ_HOLDERS], *nobody]
    keys = [(one, "partner") for one in read] + [(one, enrollment_key(program_id)) for one in read]
    stored = rows.find_all(PartnerRow, [*keys, *((stopped_key("banned", one), one) for one in read)])
    standing = []
    for identifier in identifiers[:READ_HOLDERS]:
        partner = stored.get((identifier, "partner"))
        enrollment = stored.get((identifier, enrollment_key(program_id)))
        if not isinstance(partner, Partner) or not isinstance(enrollment, Enrollment):
            continue
        is_gone = partner.erased_at is not None or partner.merged_into is not None or enrollment.left_at is not None
        if not is_gone and (stopped_key("banned", identifier), identifier) not in stored:
            standing.append(partner)
    return standing
