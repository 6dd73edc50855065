"""Ends the links of a partner's page that join forms led to: whoever sent such a form may be anybody."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import writes
from chalicelib.partners.find import PartnerProfile, find
from chalicelib.partners.table import Enrollment


def end_form_links(profile: PartnerProfile, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Leave a partner's profile to those alone who read the emails to its address. Idempotent.

    It is done once such an email was opened, and before the profile is shown to one, or gets part of another program.
    """
    for row in profile.enrollments:
        if row.form_nonce is not None:
            same = Enrollment.form_nonce == row.form_nonce
            ended = writes.update_if(row, Enrollment.form_nonce.remove(), condition=same)
            actor.commit(ended, action="partner.form_link_ended", subject=row.id, part=row.program_id, at=at)
    return find(profile.partner.id) if profile.has_form_link else profile
