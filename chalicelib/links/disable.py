"""Ends links: one, or all those of a partner who leaves a program."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.partners.enrollment import leave
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs


def disable(reference: str, *, at: datetime) -> Link:
    """End a link: it leads nowhere, and its code is never given to another. Idempotent."""
    _disable(links.find(reference), at=at)
    return links.find(reference)


def leave_program(reference: str, program: str, *, at: datetime) -> PartnerProfile:
    """
    End a partner's part in a program, then each of their links in it; none can be created meanwhile.

    Idempotent: called again after a crash, it ends the rest. What they are owed stays owed.
    """
    profile = leave(reference, program, at=at)
    program_id = programs.find(program).program.id
    for link in links.list_all(profile.partner.id):
        if link.program_id == program_id and link.disabled_at is None:
            _disable(link, at=at)
    return profile


def _disable(link: Link, *, at: datetime) -> None:
    writes.commit(writes.update_if(link, Link.disabled_at.set(at), condition=Link.disabled_at.does_not_exist()))
