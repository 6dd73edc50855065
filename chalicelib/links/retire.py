"""Takes a partner out of a program: their part ends, and so do their links."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.links import find as links
from chalicelib.links.create import MOST_PER_PARTNER
from chalicelib.links.table import Link
from chalicelib.partners.find import Member
from chalicelib.partners.leave import leave
from chalicelib.programs import find as programs


def retire(reference: str, program: str, *, at: datetime) -> Member:
    """
    End a partner's part in a program, then each of their links in it; none can be made meanwhile.

    Called again, after a crash too, it ends what is left. What they are owed stays owed.
    """
    member = leave(reference, program, at=at)
    program_id = programs.find(program).program.id
    found, _ = links.page(member.partner.id, limit=MOST_PER_PARTNER)
    for link in found:
        if link.program_id == program_id and link.disabled_at is None:
            ended = writes.update_if(link, Link.disabled_at.set(at), condition=Link.disabled_at.does_not_exist())
            writes.commit(ended)
    return member
