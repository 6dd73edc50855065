"""A partner's name for friends, in each of their programs: what others learn by it, and their consent."""

from chalice.app import Response

from chalicelib.access.rate_limit import count, limit
from chalicelib.kit.digests import digest
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.language import formats
from chalicelib.language.texts import Texts
from chalicelib.partners.shared_names import share, withdraw
from chalicelib.portal.page import PortalPage, PortalVisit, go_on, respond
from chalicelib.portal.session import signed_in
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.web.forms import takes

# An hour: nobody learns by trying which names others share.
_MOST_OF_A_PARTNER = 10
_WORDS = ("names_1", "names_2", "names_3", "names_4", "names_agree")


@signed_in
def show_names(visit: PortalVisit) -> Response:
    """Say what others learn by a shared name, and show it in each program."""
    return respond(visit, _page(visit))


@signed_in
@takes("program", "shared_name", "agrees")
def share_name(visit: PortalVisit) -> Response:
    """Share a name with friends, with consent to the words on the page."""
    partner_id, t = visit.profile.partner.id, visit.t
    try:
        program = _of(visit)
        if "agrees" not in visit.form:
            raise InvalidValue("The partner must agree.", pointer="/agrees")
        count(limit("shared names of", partner_id, most=_MOST_OF_A_PARTNER, at=visit.at), at=visit.at)
        name = visit.form.get("shared_name", "")
        words = {"words_hash": words_hash(t), "language": t.language}
        row = share(partner_id, program.id, name, **words, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(visit, _page(visit), refusal=refusal)
    return go_on(visit, "/portal/names", t("names_shared", name=row.name, program=program.name))


@signed_in
@takes("program")
def withdraw_name(visit: PortalVisit) -> Response:
    """Share no name any longer in a program."""
    program = _of(visit)
    withdraw(visit.profile.partner.id, program.id, actor=visit.actor, at=visit.at)
    return go_on(visit, "/portal/names", visit.t("names_stopped", program=program.name))


def words_hash(t: Texts) -> str:
    """Return a digest of the words that a partner agrees to, without the program's name."""
    return digest([t(key, program="") if key == "names_agree" else t[key] for key in _WORDS])


def _of(visit: PortalVisit) -> Program:
    return programs.find(visit.form.get("program", "")).program


def _page(visit: PortalVisit) -> PortalPage:
    entries = []
    for enrollment in visit.profile.enrollments:
        program, shared = programs.find(enrollment.program_id).program, visit.profile.shared_name(enrollment.program_id)
        # Only a program with a website asks for names.
        takes_part = enrollment.left_at is None and program.takes_touch(visit.at)
        if shared is None and not (takes_part and program.origins):
            continue
        since = formats.day(shared.since, visit.t.locale) if shared is not None else ""
        entries.append((program.id, program.name, shared.name if shared is not None else "", since, takes_part))
    return PortalPage("names", {"entries": entries, "words": _WORDS[:4]})
