"""What a partner's page says of duplicates, and the page that says what merging one does, in money and to whom."""

from datetime import datetime
from typing import Any

from chalicelib.admin.english import LOCALE, minute, money
from chalicelib.admin.merging import question
from chalicelib.admin.page import AdminPage
from chalicelib.kit.keyed_digests import mailbox_of
from chalicelib.language.formats import listed
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.partners.find import PartnerProfile, find, find_rows
from chalicelib.partners.merge import check_and_list
from chalicelib.partners.payee import new_payee
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program


def of_duplicates(profile: PartnerProfile) -> dict[str, Any]:
    """Return which partner a duplicate was merged into, and who was merged into them: one read, if there is anybody."""
    partner = profile.partner
    identifiers = [*(partner.duplicates or ()), *([partner.merged_into] if partner.merged_into is not None else [])]
    names = {identifier: row.name for identifier, row in find_rows(identifiers).items()}
    into = partner.merged_into
    return {
        "merged_into": (into, names.get(into, into)) if into is not None else None,
        "merged": minute(partner.merged_at) if partner.merged_at is not None else "",
        "duplicates": [(one, names.get(one, one)) for one in partner.duplicates or ()],
    }


def merge(duplicate: str, into: str, *, at: datetime) -> AdminPage:
    """Say what merging a duplicate into another partner does. Refuses who cannot be merged."""
    merged, survivor = find(duplicate), find(into)
    check_and_list(merged, survivor, at=at)
    name, stays = _named(merged.partner), _named(survivor.partner)
    by_id = programs.find_rows({one.program_id for one in merged.enrollments})
    happens = [
        f"{name} and {stays} become one partner: {stays}. This cannot be undone.",
        f"Both IDs, external IDs and email addresses lead to {stays}, and sessions and emailed links of {name} end.",
        f"The links of {name} go on. What comes by them, and what customers of {name} buy, earns rewards for {stays} "
        "from now on.",
        *_takes_over(merged, survivor, by_id, stays),
        *_money(merged, survivor, by_id, at=at),
        "Category, tiers, payout details and settings stay as they are.",
        *_emails_about(merged.partner, survivor.partner),
    ]
    page_of = f"/admin/partners/{merged.partner.id}"
    return question(merged.partner.name, "partners", page_of, happens=happens, into=survivor.partner.id)


def _named(partner: Partner) -> str:
    """Return a name with what tells two of the same name apart."""
    return f"{partner.name} ({partner.email or partner.id})"


def _emails_about(duplicate: Partner, partner: Partner) -> list[str]:
    """Say who gets an email about the merge."""
    mailboxes = {mailbox_of(email): email for email in (duplicate.email, partner.email) if email is not None}
    if not mailboxes:
        return []
    verb = "gets" if len(mailboxes) == 1 else "get"
    return [f"{listed(list(mailboxes.values()), LOCALE)} {verb} an email that says so, with what is not paid out yet."]


def _takes_over(merged: PartnerProfile, survivor: PartnerProfile, by_id: dict[str, Program], stays: str) -> list[str]:
    missing = [one for one in merged.enrollments if one.left_at is None and not survivor.takes_part(one.program_id)]
    names = [by_id[one.program_id].name for one in missing]
    return [f"{stays} takes part in {listed(names, LOCALE)} as well."] if names else []


def _money(merged: PartnerProfile, survivor: PartnerProfile, by_id: dict[str, Program], *, at: datetime) -> list[str]:
    """Say what becomes of what a duplicate earned: how much it is, who is paid, and from when on."""
    duplicate, partner = merged.partner, survivor.partner
    currencies = {account_of(duplicate.id, one.currency): one.currency for one in by_id.values()}
    states = account_states(sorted(currencies))
    owed = [
        money(state.held + state.due + state.frozen, currencies[account])
        for account, state in states.items()
        if state.held or state.due or state.frozen
    ]
    paid, payee = duplicate.payee_at(at), partner.chosen_payee
    whom = f"{payee[0]}, {payee[1]}" if payee[1] else payee[0]
    _, change = new_payee(duplicate, paid, partner, at=at)
    when = ""
    if change is not None and change.effective_from is not None and change.effective_from > at:
        when = f" from {minute(change.effective_from)} UTC on; until then, {paid[0]} ({paid[1]}) is still paid"
    account = f"the account of {_named(duplicate)}"
    stays = f"{listed(owed, LOCALE)} in {account} stays there, and" if owed else f"{account} has nothing left, and what"
    return [
        f"Nothing that was earned moves: {stays} {'is' if owed else 'it still gets is'} paid to {whom}{when}.",
        "Payouts that were already prepared are paid as they were sealed.",
        *([f"{duplicate.email} gets an email about the new payout details."] if change and duplicate.email else []),
    ]
