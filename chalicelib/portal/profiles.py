"""The profiles of a mailbox: a session has all profiles of its address, and shows one."""

from collections.abc import Sequence
from datetime import datetime

from chalice.app import Request

from chalicelib.access.sessions import SessionToken
from chalicelib.access.table import MagicLink, Session
from chalicelib.language.texts import Texts
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import email_of_mailbox
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.identity import end_form_links
from chalicelib.programs import find as programs
from chalicelib.web.actors import actor_of_session


def find_profiles(session: Session) -> list[PartnerProfile]:
    """
    Return the profiles that a session opens, those that take part in a program first.

    None if its holder's address has changed: they sign in with the new one. None if they were erased or merged. An
    account that was handed over since the session began is its new holder's, also if the mailbox is the same.
    """
    holder = partners.find_all([session.holder_id]).get(session.holder_id)
    if holder is not None and (holder.partner.erased_at is not None or holder.partner.merged_into is not None):
        return []
    if holder is None:
        return []
    if session.mailbox is None:
        profiles = [holder]
    else:
        email = email_of_mailbox(holder.partner, session.mailbox)
        profiles = partners.find_by_address(email) if email is not None else []
    return with_duplicates([one for one in profiles if not _handed_over_since(one, session.created_at)])


def is_of_former_holder(link: MagicLink) -> bool:
    """Return whether an account of its mailbox was handed over after a sign-in link was sent there."""
    holder = partners.find_all([link.holder_id]).get(link.holder_id)
    email = email_of_mailbox(holder.partner, link.mailbox) if holder is not None and link.mailbox is not None else None
    profiles = partners.find_by_address(email) if email is not None else [holder] if holder is not None else []
    return any(_handed_over_since(one, link.created_at) for one in profiles)


def _handed_over_since(profile: PartnerProfile, begun: datetime) -> bool:
    handed_over_at = profile.partner.handed_over_at
    return handed_over_at is not None and begun <= handed_over_at


def with_duplicates(profiles: list[PartnerProfile]) -> list[PartnerProfile]:
    """Return profiles, and after them their duplicates: what was granted to these is still in their own accounts."""
    merged = [one for profile in profiles for one in profile.partner.duplicates or ()]
    return [*profiles, *partners.find_all(merged).values()]


def choose_profile(profiles: Sequence[PartnerProfile], identifier: str | None) -> PartnerProfile | None:
    """Return the profile of that id if it is one of them, or else the first."""
    return next((one for one in profiles if one.partner.id == identifier), next(iter(profiles), None))


def take_over(session: Session, token: SessionToken, request: Request, *, at: datetime) -> None:
    """Hand the profiles of a mailbox over to its reader, who has just opened an email. Idempotent."""
    for profile in find_profiles(session):
        end_form_links(profile, actor=actor_of_session(token, profile.partner.id, request), at=at)


def name_profiles(profiles: Sequence[PartnerProfile], t: Texts) -> list[tuple[str, str]]:
    """Return the id of each profile, and its name: the partner's, and the programs it takes part in."""
    return [(one.partner.id, t("profile_of", name=one.partner.name, programs=_programs(one, t))) for one in profiles]


def _programs(profile: PartnerProfile, t: Texts) -> str:
    if profile.partner.merged_into is not None:
        return t["profile_merged"]
    taken = [one for one in profile.enrollments if one.left_at is None]
    names = [programs.find(one.program_id).program.name for one in taken or profile.enrollments]
    return ", ".join(names) if taken else t("profile_left", programs=", ".join(names))
