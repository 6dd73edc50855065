"""Retraces how far a partner has got in a program, from the facts of the other rooms."""

from chalicelib.links import find as links
from chalicelib.onboarding.progress import Facts
from chalicelib.partners.find import Member
from chalicelib.partners.table import Enrollment
from chalicelib.stats.look_back import look_back

# Of a partner with more links, the oldest ones are looked at.
MOST_LINKS = 10


def retrace(member: Member, enrollment: Enrollment) -> Facts:
    """
    Return what is known of a partner's steps in a program.

    Who was added by the business's own server has agreed there: their step is dated when they were added.
    """
    found, _ = links.list_page(member.partner.id, limit=100)
    mine = [link for link in found if link.program_id == enrollment.program_id]
    history = look_back(member.partner.id, enrollment.program_id, [link.key for link in mine[:MOST_LINKS]])
    return Facts(
        invited=enrollment.invited_at,
        agreed=enrollment.agreed_at or enrollment.enrolled_at,
        first_link=mine[0].created_at if mine else None,
        first_hit=history.first_hit or history.first_conversion,
        first_click=history.first_click or history.first_conversion,
        first_referral=history.first_conversion,
        last_activity=history.last,
    )
