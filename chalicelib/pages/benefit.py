"""Writes the page of a friend's benefit: the code that they need to use it, for whoever has the link of their email."""

from chalice.app import Request, Response

from chalicelib.language.texts import texts
from chalicelib.programs import find as programs
from chalicelib.programs.imprint import imprints_of
from chalicelib.referrals import find as customers
from chalicelib.rewards.codes import BenefitLinkNotFound, handed_out, read_link
from chalicelib.web import shell
from chalicelib.web.brand import brand_of
from chalicelib.web.forms import locale_of
from chalicelib.web.not_now import answer_unknown

_SHELL = shell.public(__file__)


def answer(request: Request, token: str) -> Response:
    """Show a benefit with its code; or say that it was taken back, or that its code is no longer kept."""
    try:
        state = read_link(token)
    except BenefitLinkNotFound:
        return answer_unknown(request)
    reward = state.reward
    if reward.benefit is None:
        return answer_unknown(request)
    customer = customers.find_rows([reward.owner_id]).get(reward.owner_id)
    t = texts(locale_of(request, (customer.locale if customer is not None else None) or ""))
    program = programs.find(reward.program_id).program
    values = {
        "t": t,
        "title": f"{reward.benefit.spelled} – {program.name}",
        "what": reward.benefit.spelled,
        "program": program.name,
        "handout": handed_out(state),
        "landing": program.landing_url,
        "imprints": imprints_of([program], t.locale),
    }
    return shell.respond(_SHELL, "benefit.html", values, brand=brand_of(program))
