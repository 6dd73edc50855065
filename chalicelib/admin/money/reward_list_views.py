"""The lists of rewards and of benefits to give; and what is done with several of them at once."""

from functools import partial

from chalice.app import Response

from chalicelib.access.api_keys import Forbidden
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.money import money_forms, reward_list
from chalicelib.admin.money.reward_selection import describe, find_selected, names_of_selected
from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.selected import (
    CODES,
    FIELDS,
    PICKS,
    do_with_each,
    find_results,
    question,
    results_page,
    selected_ids,
)
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.shapes import FulfillmentReport, Review
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "any program")
def show_rewards(visit: AdminVisit) -> Response:
    """Show rewards, by filters; or one, by its id."""
    if "id" in visit.query:
        return shell.redirect(SHELL, f"/admin/rewards/{reward_of(visit.query['id'].strip()).pk}")
    return show_list(visit, reward_list.rewards(visit))


@signed_in
@needs("stats:read", "any program")
def save_rewards(visit: AdminVisit) -> Response:
    """Save what a list of rewards shows."""
    return save_list(visit, reward_list.rewards(visit))


@signed_in
@needs("stats:read", "any program")
def show_benefits(visit: AdminVisit) -> Response:
    """Show benefits that are to be given."""
    return show_list(visit, reward_list.benefits(visit))


@signed_in
@needs("stats:read", "any program")
def save_benefits(visit: AdminVisit) -> Response:
    """Save which benefits are to be given."""
    return save_list(visit, reward_list.benefits(visit))


@signed_in
@needs("rewards:write", "any program")
@takes(*FIELDS, *CODES, "instructions")
def decide_selected(visit: AdminVisit) -> Response:
    """Say what releasing, refusing or giving several rewards does; or do it with each, once for each form."""
    form = visit.form
    states = find_selected(selected_ids(form), visit.rights)
    work, items = describe(form.get("action", ""), states, visit.rights)
    if form.get("step") != "do":
        return respond(visit, question(work, items, typed=form, at=visit.at))
    try:
        if work.asks_note:
            bodies.typed({"note": form.get("note", "")}, Review, strict=True)
    except InvalidValue as refusal:
        return respond_again(visit, question(work, items, typed=form, at=visit.at), refusal)
    if work.asks_codes and (wrong := _wrong_codes(form)):
        return respond(visit, question(work, items, typed=form, at=visit.at), refusal=wrong[0], invalid=wrong[1])
    chosen = [one.reward.pk for one in states]
    path = do_with_each(
        work, chosen, partial(_decide, visit), once=form.get("once", ""), actor=visit.actor, at=visit.at
    )
    return shell.redirect(SHELL, path)


def _wrong_codes(form: dict[str, str]) -> tuple[Refused, list[str]] | None:
    """Return why codes or instructions cannot be given, and the fields with such ones; None if all are good."""
    refusals: dict[str, Refused] = {}
    for name in (*CODES, "instructions"):
        if name in form:
            try:
                bodies.typed({name.partition("_")[0]: form[name]}, FulfillmentReport, strict=True)
            except InvalidValue as refusal:
                refusals[name] = refusal
    return (next(iter(refusals.values())), list(refusals)) if refusals else None


def _decide(visit: AdminVisit, reward: str) -> None:
    if not visit.rights.may("rewards:write", [reward_of(reward).program_id]):
        raise Forbidden("Your role does not allow this in its program.")
    form = visit.form
    code = next((form.get(f"code_{number}") for number, name in enumerate(PICKS) if form.get(name) == reward), None)
    # Without a code, there is nothing to explain.
    handout = {"code": code, "instructions": form.get("instructions", "")} if code is not None else {}
    fields = {name: form[name] for name in ("action", "note") if name in form}
    handout = {name: text for name, text in handout.items() if text}
    money_forms.decide_reward(reward, fields | handout, actor=visit.actor, at=visit.at)


@signed_in
@needs("rewards:write", "any program")
def show_decided_rewards(visit: AdminVisit) -> Response:
    """Show what became of selected rewards."""
    return _results(visit, "rewards")


@signed_in
@needs("rewards:write", "any program")
def show_given_benefits(visit: AdminVisit) -> Response:
    """Show what became of selected benefits."""
    return _results(visit, "benefits")


def _results(visit: AdminVisit, path: str) -> Response:
    if "result" not in visit.query:
        return shell.redirect(SHELL, f"/admin/{path}")
    results = find_results(path, visit.query["result"], actor=visit.actor, at=visit.at)
    return respond(visit, results_page(path, "rewards", results, names_of_selected([one.id for one in results])))
