"""Shows a reward with its evidence, what is due, and a payout: for each page, the values its template takes."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.admin import codes
from chalicelib.admin.english import day, moment, money
from chalicelib.admin.history.audit_pages import decisions
from chalicelib.admin.lists import zone_of
from chalicelib.admin.money import evidence
from chalicelib.admin.money.payout_items import item_rows, waits_for_approval
from chalicelib.admin.money.payout_list import describe
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.audit.actor import Actor
from chalicelib.clicks.find import find_row, read_id
from chalicelib.clicks.shapes import ClickView
from chalicelib.conversions.credits import credited
from chalicelib.conversions.find import find as find_conversion
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.kit import bodies, ids, instants
from chalicelib.notes.note import NoteView, view_note
from chalicelib.partners import find as partners
from chalicelib.payouts import find as payout_search
from chalicelib.payouts.approval import may_approve
from chalicelib.payouts.preview import preview
from chalicelib.payouts.shapes import ItemsQuery, PayoutView
from chalicelib.payouts.table import Payout
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.rewards.codes import handed_out, mask_code
from chalicelib.rewards.explain import explain
from chalicelib.rewards.explanation import ExplanationView
from chalicelib.rewards.find import RewardState, decision_of, find
from chalicelib.rewards.shapes import RewardView
from chalicelib.search.payout_items import list_items
from chalicelib.users.find import find_names

_PAGE = 25
# What is due is added up account by account; each takes a call or two.
_SECONDS, _CALLS = 5.0, 24


def reward(identifier: str, *, typed: Mapping[str, str] | None = None, at: datetime) -> AdminPage:
    """
    Show a reward, and all that led to it: touches, conditions and calculation.

    *typed* is a form that was refused, to be mended.
    """
    state = find(identifier)
    decision = decision_of(state.reward.decision_id)
    conversion_id = decision.conversion_id if decision else state.reward.decision_id
    reported = find_conversion(conversion_id, ConversionQuery())
    conversion, explained = credited(reported), explain(reported)
    if decision is not None and identifier not in {grant.id for grant in decision.rewards}:
        # An admin corrected the conversion's credit later.
        decision = decision_of(conversion.decided_as) or decision
    customer = referrals.find_rows([conversion.customer_id]).get(conversion.customer_id)
    partner = partners.find_rows([state.reward.partner_id]).get(state.reward.partner_id)
    handout = handed_out(state)
    zone = zone_of(state.reward.program_id, at=at)
    values: dict[str, Any] = {
        "reward": _reward(state, view_note(state.reward), at=at),
        "code_end": mask_code(handout.code) if handout is not None and handout.code else "",
        "code_instructions": (handout.instructions if handout is not None else None) or "",
        "typed": typed or {},
        "sponsor": {"id": state.reward.partner_id, "name": partner.name if partner else state.reward.partner_id},
        "customer": evidence.customer_of(conversion, customer),
        "alike": evidence.alike(partner, customer),
        "after": evidence.after(explained, conversion),
        "device": _device(explained),
        "decisions": decisions(identifier),
        "conversion": conversion,
        "amount": money(conversion.amount, conversion.currency) if conversion.priced else "",
        "why": evidence.with_days(explained.why, zone),
        "moment": partial(moment, zone=zone),
        "touches": explained.touches,
        "calculation": [],
        "conditions": [],
        "changes": evidence.changes(explained, identifier),
        "has_more_changes": explained.has_more_changes,
    }
    if decision is not None:
        terms = programs.find_with_version(decision.program_id, decision.terms_version).version(decision.terms_version)
        values["calculation"] = evidence.calculation(decision, conversion, terms)
        values["conditions"] = evidence.conditions(decision, conversion, terms)
    return AdminPage("reward", "rewards", "A reward", values)


def _device(explained: ExplanationView) -> str:
    """
    Return the stored device that followed the credited link; empty for a typed code.

    The device of the purchase is unknown: the server reports it. Takes one read.
    """
    touches = [*explained.touches, *([explained.referral.touch] if explained.referral else [])]
    won = next((one for one in touches if one is not None and one.result == "won" and one.by == "click"), None)
    if won is None:
        return ""
    click_id = read_id(won.touch)
    click = ClickView.of(won.touch, click_id, find_row(click_id))
    parts = [codes.name_of(click.device), click.browser, click.country] if click.stored else []
    return ", ".join(part for part in parts if part) or "no longer kept"


def due(currency: str, *, at: datetime) -> AdminPage:
    """Show what a payout in a currency would pay now, and a form that begins it, once however often it is sent."""
    bodies.check_currency(currency)
    result = preview(currency, at=at, most_seconds=_SECONDS, most_calls=_CALLS)
    values = {
        "currency": currency,
        "total": money(result.total, currency),
        "accounts": result.accounts,
        "total_below": money(result.total_below, currency),
        "accounts_below": result.accounts_below,
        "total_withheld": money(result.total_withheld, currency),
        "accounts_withheld": result.accounts_withheld,
        "complete": result.complete,
        "once": ids.ulid(at),
    }
    return AdminPage("due", "payouts", f"A payout in {currency}", values)


def payout(identifier: str, *, actor: Actor, at: datetime, owners: list[str], typed: str = "") -> AdminPage:
    """Show a payout and its first items; or the items of the people who were searched for."""
    row = payout_search.find(identifier)
    has_more = False
    if owners:
        items = [payout_search.find_item(row.id, one) for one in owners]
    else:
        page = list_items(row.id, ItemsQuery(limit=_PAGE), list)
        items, has_more = page.data, page.has_more
    values = {
        "payout": describe(PayoutView.of(row)),
        **_approval(row, actor),
        "items": item_rows(items, row.currency, at=at),
        "has_more": has_more,
        "found": bool(owners),
        "typed": typed,
    }
    return AdminPage("payout", "payouts", f"Payout {row.id[-10:]}", values)


def _approval(row: Payout, actor: Actor) -> dict[str, Any]:
    """Return whether a payout needs a second person's approval, whether this actor may give it, and who gave it."""
    awaits_approval = waits_for_approval(row)
    names = find_names([one for one in (row.created_by, row.prepared_by, row.approved_by) if one])
    approver = row.approved_by or ""
    approved = f"{names.get(approver, approver)}, {day(row.approved_at)}" if row.approved_at else ""
    prepared_by = row.prepared_by or row.created_by
    return {
        "awaits_approval": awaits_approval,
        "may_approve": awaits_approval and may_approve(row, actor),
        "approved": approved,
        "prepared_by": names.get(prepared_by, "") if prepared_by else "",
    }


def _reward(state: RewardState, note: NoteView | None, *, at: datetime) -> dict[str, Any]:
    view = RewardView.of(state, note=note, now=instants.text(at))
    names = names_of([view.owner])
    left = money(view.remaining.amount, view.remaining.currency) if view.remaining else ""
    return {
        "view": view,
        "what": view.benefit.spelled if view.benefit else left,
        "owner": names.get(view.owner, view.owner),
        "partner": view.owner if view.owner.startswith("ptr_") and view.owner in names else None,
        "program": programs.find(view.program).program.name,
    }
