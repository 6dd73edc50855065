"""The link on a partner's share page: the page's own, or the partner's first active link in the program."""

import contextlib
from collections.abc import Iterable
from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit.errors import ExternalIdTaken
from chalicelib.links import find
from chalicelib.links.create import TooManyLinks, create
from chalicelib.links.shapes import NewLink
from chalicelib.links.table import Link
from chalicelib.partners.find import PartnerNotEnrolled
from chalicelib.partners.table import Enrollment

_OWN = "share-page"


def first_link(enrollment: Enrollment, own: Iterable[Link], *, at: datetime) -> Link | None:
    """
    Return the link to show, or None if there is no active one.

    *own* are the partner's links, oldest first. They come from an index, which may not have the page's own link yet
    when it was just created: if none of them will do, that is read by its name.
    """
    live = [one for one in own if one.program_id == enrollment.program_id and find.is_live(one, at)]
    # A business may give its links any name, and so one that is like ours.
    name = _external_id(enrollment)
    if live:
        return next((one for one in live if one.external_id == name), live[0])
    with contextlib.suppress(find.LinkNotFound):
        page = find.find(f"ext_{name}")
        if page.partner_id == enrollment.id and page.program_id == enrollment.program_id and find.is_live(page, at):
            return page
    return None


def ensure_first_link(enrollment: Enrollment, *, actor: Actor, at: datetime) -> None:
    """Create the page's own link unless there is one to show. Idempotent: safe to run late, twice or concurrently."""
    if first_link(enrollment, find.list_all(enrollment.id), at=at) is None:
        new = NewLink(program=enrollment.program_id, partner=enrollment.id, external_id=_external_id(enrollment))
        # Another call was faster, a hundred links lead elsewhere, or they have left: the page shows what there is.
        with contextlib.suppress(ExternalIdTaken, TooManyLinks, PartnerNotEnrolled):
            create(new, actor=actor, at=at)


def is_of_share_page(link: Link) -> bool:
    """Return whether a share page made this link for itself."""
    return (link.external_id or "").startswith(f"{_OWN}:")


def _external_id(enrollment: Enrollment) -> str:
    """Return the name under which the page makes its link, so that tapping twice makes one."""
    return f"{_OWN}:{enrollment.id}:{enrollment.program_id}"
