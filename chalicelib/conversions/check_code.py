"""Checks a code for a page: whether it counts now, and what a friend gets with it, but not whose it is."""

from datetime import datetime

from chalicelib.access.rate_limit import count, limit
from chalicelib.language.texts import Texts
from chalicelib.links import codes
from chalicelib.links import find as links
from chalicelib.links.shapes import CodeReason, CodeView
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms

# An hour, from one address, which an office or a mobile network may share; and for one program.
MOST_OF_A_VISITOR = 120
MOST_OF_A_PROGRAM = 10_000


def check_code(typed: str, program_terms: ProgramTerms, t: Texts, *, visitor: str, at: datetime) -> CodeView:
    """
    Return whether a code as it was *typed* counts, judged as a report of a conversion would judge it now.

    A partner who is suspended or banned makes no difference: a friend gets what they were promised. Refused: too many
    checks in an hour, from one visitor or for the program.
    """
    program = program_terms.program
    count(
        limit("codes from", visitor, most=MOST_OF_A_VISITOR, at=at),
        limit("codes", program.id, most=MOST_OF_A_PROGRAM, at=at),
        at=at,
    )
    link = links.find_by_codes([typed]).get(codes.read_typed(typed) or "")
    reason = _objection(link, program_terms, at=at)
    rules = [rule for rule in program_terms.in_force(at).rules if rule.to == "referee"] if reason is None else []
    offer = sentences.friend_gets(rules, program.currency, t) or t["code_valid"]
    return CodeView(
        object="code",
        program=program.id,
        # Of another program's code, not even how it is spelled.
        code=link.code if link is not None and reason != "unknown_code" else None,
        valid=reason is None,
        reason=reason,
        currency=program.currency,
        rules=rules,
        sentence=offer if reason is None else t[f"code_{reason}"],
    )


def _objection(link: Link | None, program_terms: ProgramTerms, *, at: datetime) -> CodeReason | None:
    if link is None or link.program_id != program_terms.program.id:
        return "unknown_code"
    if not program_terms.program.takes_touch(at):
        return "program_ended"
    if not links.is_live(link, at):
        return "link_ended"
    return None if partners.recall_all([link.partner_id]) else "unknown_code"
