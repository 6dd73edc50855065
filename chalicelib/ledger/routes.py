"""Balances, entries and statements of partners and customers, and the ledger's proof, over HTTP."""

from datetime import datetime, timedelta

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.ledger import find
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find_owner import Owner, id_of
from chalicelib.ledger.shapes import (
    BalancesView,
    BalanceView,
    EntriesQuery,
    EntryView,
    StatementQuery,
    StatementView,
    VerificationView,
    VerifyQuery,
)
from chalicelib.ledger.statement import as_csv, statement
from chalicelib.ledger.verify import VerificationProgress, verify
from chalicelib.partners import find as partners
from chalicelib.partners.find import Member
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals

routes = Blueprint(__name__)


@routes.route("/v1/partners/{id}/balances", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=BalancesView)
def get_balances(call: Call[None, NoQuery], id: str) -> BalancesView:
    """Show what a partner is owed, in every currency of their programs."""
    return _balances(partners.find(id))


@routes.route("/v1/partners/{id}/entries", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EntriesQuery, answer=Page[EntryView])
def list_entries(call: Call[None, EntriesQuery], id: str) -> Page[EntryView]:
    """List the ledger entries of a partner in one currency, oldest first."""
    return _entries(partners.find(id), call)


@routes.route("/v1/partners/{id}/statement", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatementQuery, answer=StatementView | Document)
def get_statement(call: Call[None, StatementQuery], id: str) -> StatementView | Document:
    """Write a partner's statement in one currency: opening, movements with reasons, closing; JSON by page, or a whole CSV."""
    return _statement(partners.find(id), call)


@routes.route("/v1/customers/{id}/balances", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=BalancesView)
def get_customer_balances(call: Call[None, NoQuery], id: str) -> BalancesView:
    """Show what a customer is owed who was sent by a partner, in every currency of those programs."""
    return _balances(referrals.find(id))


@routes.route("/v1/customers/{id}/entries", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EntriesQuery, answer=Page[EntryView])
def list_customer_entries(call: Call[None, EntriesQuery], id: str) -> Page[EntryView]:
    """List the ledger entries of a customer in one currency, oldest first."""
    return _entries(referrals.find(id), call)


@routes.route("/v1/customers/{id}/statement", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatementQuery, answer=StatementView | Document)
def get_customer_statement(call: Call[None, StatementQuery], id: str) -> StatementView | Document:
    """Write a customer's statement in one currency: opening, movements with reasons, closing; JSON by page, or a whole CSV."""
    return _statement(referrals.find(id), call)


def _balances(owner: Owner) -> BalancesView:
    program_ids = {one.program_id for one in (owner.enrollments if isinstance(owner, Member) else owner.referrals)}
    currencies = sorted({programs.find(one).program.currency for one in program_ids})
    balances = [BalanceView.of(one, find.account_state(account_of(id_of(owner), one))) for one in currencies]
    return BalancesView("balances", *_ids(owner), balances)


def _entries(owner: Owner, call: Call[None, EntriesQuery]) -> Page[EntryView]:
    query = f"entries of {id_of(owner)} {call.query.currency}"
    position = cursors.read(call.query.cursor, of=query)
    entries, position = find.page(id_of(owner), call.query.currency, limit=call.query.limit, position=position)
    return Page([EntryView.of(entry) for entry in entries], position is not None, cursors.write(position, of=query))


def _statement(owner: Owner, call: Call[None, StatementQuery]) -> StatementView | Document:
    owner_id, query = id_of(owner), call.query
    bodies.check_currency(query.currency)
    list_name = f"statement of {owner_id} {query.currency} {query.from_} {query.to}"
    cursor = cursors.read(query.cursor, of=list_name) or {}
    end = _moment(query.to, "/to") or call.at
    if "end" in cursor and query.to is None:
        # The pages of one statement end at one moment.
        end = instants.parse(cursor["end"])
    begin = _moment(query.from_, "/from") or end - timedelta(days=30)
    if begin >= end:
        raise InvalidValue("A statement begins before it ends.", pointer="/from")
    if query.format == "csv":
        if query.cursor is not None or query.limit is not None:
            raise InvalidValue("A CSV is whole: it has no pages.", pointer="/cursor" if query.cursor else "/limit")
        text = as_csv(owner_id, query.currency, begin=begin, end=end)
        return Document(text, "text/csv; charset=utf-8", f"statement-{query.currency}.csv")
    page = statement(
        owner_id,
        query.currency,
        begin=begin,
        end=end,
        limit=query.limit or 100,
        position=cursor.get("position"),
        span=tuple(cursor["span"]) if cursor else None,
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
    )


def _ids(owner: Owner) -> tuple[str | None, str | None]:
    """Return the owner's id as a partner's, or else as a customer's."""
    return (owner.partner.id, None) if isinstance(owner, Member) else (None, owner.customer.customer_id)


@routes.route("/v1/ledger/verify", methods=["GET"])
@endpoint(routes, scope="stats:read", query=VerifyQuery, answer=VerificationView)
def verify_ledger(call: Call[None, VerifyQuery]) -> VerificationView:
    """Verify the hash chain of the whole ledger, some seconds a call; reports the first invalid entry."""
    cursor = cursors.read(call.query.cursor, of="verify")
    verified = verify(msgspec.convert(cursor, VerificationProgress) if cursor else VerificationProgress())
    rest = None if verified.done or verified.bad else msgspec.to_builtins(verified.progress)
    return VerificationView(
        object="verification",
        accounts=verified.progress.accounts,
        entries=verified.progress.entries,
        bad=verified.bad,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of="verify"),
    )


def _moment(written: str | None, pointer: str) -> datetime | None:
    """Read a moment, or a day for the moment it begins in UTC."""
    if written is None:
        return None
    try:
        if len(written) == len("2026-11-22"):
            written = f"{written}T00:00:00Z"
        return instants.parse(written)
    except ValueError as error:
        raise InvalidValue("This is neither a date nor an RFC 3339 instant.", pointer=pointer) from error
