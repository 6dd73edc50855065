"""The answers about an account, of a partner or of a customer: balances, entries, statements."""

from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.access.endpoint import Call
from chalicelib.kit import bodies, cursors, instants, walk
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.cursors import Page
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import Document
from chalicelib.language import FALLBACK
from chalicelib.language.formats import spreadsheet_of
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find_owner import Owner, id_of, programs_of
from chalicelib.ledger.shapes import (
    BalancesView,
    BalanceView,
    EntriesQuery,
    EntryView,
    StatementQuery,
    StatementView,
    say_why,
    view_entries,
)
from chalicelib.ledger.statement import as_csv, statement
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs

_full_page = walk.full(ledger.page)


def show_balances(owner: Owner) -> BalancesView:
    """Return what an account owner is owed, in every currency of their programs."""
    program_ids = {
        one.program_id for one in (owner.enrollments if isinstance(owner, PartnerProfile) else owner.referrals)
    }
    currencies = sorted({programs.find(one).program.currency for one in program_ids})
    balances = [BalanceView.of(one, ledger.account_state(account_of(id_of(owner), one))) for one in currencies]
    return BalancesView("balances", *_ids(owner), balances)


def list_entries(owner: Owner, call: Call[None, EntriesQuery]) -> Page[EntryView]:
    """Return one page of an account's ledger entries."""
    list_name = f"entries of {id_of(owner)} {call.query.currency}"
    position = cursors.read(call.query.cursor, of=list_name)
    page, position = _full_page(id_of(owner), call.query.currency, limit=call.query.limit, position=position)
    return Page(view_entries(page, texts(FALLBACK)), position is not None, cursors.write(position, of=list_name))


def show_statement(owner: Owner, call: Call[None, StatementQuery]) -> StatementView | Document:
    """Return an account's statement: JSON by page, or a whole CSV."""
    owner_id, query = id_of(owner), call.query
    bodies.check_currency(query.currency)
    if query.timezone is not None and not instants.is_zone(query.timezone):
        raise InvalidValue("This is not the name of a time zone.", pointer="/timezone")
    calendar = Calendar(query.timezone) if query.timezone else calendar_of(owner, query.currency)
    list_name = f"statement of {owner_id} {query.currency} {query.from_} {query.to} {calendar.zone}"
    resumed = cursors.read(query.cursor, of=list_name) or {}
    end = _moment(query.to, "/to", calendar, days=1) or call.at
    if "end" in resumed and query.to is None:
        # The pages of one statement end at one moment.
        end = instants.parse(resumed["end"])
    begin = _moment(query.from_, "/from", calendar) or end - timedelta(days=30)
    if begin >= end:
        raise InvalidValue("The start must be before the end.", pointer="/from")
    if query.format == "csv":
        if query.cursor is not None or query.limit is not None:
            raise InvalidValue("A CSV has no pages.", pointer="/cursor" if query.cursor else "/limit")
        say = partial(say_why, t=texts(FALLBACK))
        text = as_csv(owner_id, query.currency, begin=begin, end=end, say=say, dialect=spreadsheet_of(query.locale))
        return Document(text, "text/csv; charset=utf-8", f"statement-{query.currency}.csv")
    page = statement(
        owner_id,
        query.currency,
        begin=begin,
        end=end,
        limit=query.limit or 100,
        position=resumed.get("position"),
        span=tuple(resumed["span"]) if resumed else None,
    )
    rest = None
    if page.position is not None:
        rest = {"position": page.position, "end": instants.text(end), "span": page.span}
    partner, customer = _ids(owner)
    return StatementView.of(
        page,
        partner=partner,
        customer=customer,
        currency=query.currency,
        begin=instants.text(begin),
        end=instants.text(end),
        cursor=cursors.write(rest, of=list_name),
        t=texts(FALLBACK),
    )


def calendar_of(owner: Owner, currency: str) -> Calendar:
    """Return by whose days an account is looked at: its programs', if they have the same, or else UTC's."""
    calendars = {program.calendar for program in programs_of(owner, currency)}
    return calendars.pop() if len(calendars) == 1 else Calendar("UTC")


def _ids(owner: Owner) -> tuple[str | None, str | None]:
    """Return the owner's id as a partner's, or else as a customer's."""
    return (owner.partner.id, None) if isinstance(owner, PartnerProfile) else (None, owner.customer.customer_id)


def _moment(text: str | None, pointer: str, calendar: Calendar, *, days: int = 0) -> datetime | None:
    """Read a moment; or a day, as the moment it begins, or some days later."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-22"):
            day = date.fromisoformat(text) + timedelta(days=days)
            return instants.parse(calendar.midnight(day).isoformat())
        return instants.parse(text)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(
            "Write a date, such as 2026-11-21, or a date and time as RFC 3339.", pointer=pointer
        ) from error
