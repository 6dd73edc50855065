"""Balances, entries and statements of a partner, and the ledger's proof, over HTTP."""

from datetime import datetime, timedelta

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.kit.errors import ValueRefused
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.ledger import find
from chalicelib.ledger.entries import account_of
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
from chalicelib.ledger.verify import Progress, verify
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs

routes = Blueprint(__name__)


@routes.route("/v1/partners/{id}/balances", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=BalancesView)
def get_balances(call: Call[None, NoQuery], id: str) -> BalancesView:
    """Show what a partner is owed, in every currency of their programmes."""
    member = partners.find(id)
    currencies = sorted({programs.find(one.program_id).program.currency for one in member.enrolments})
    balances = [BalanceView.of(one, find.standing(account_of(member.partner.id, one))) for one in currencies]
    return BalancesView("balances", member.partner.id, balances)


@routes.route("/v1/partners/{id}/entries", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EntriesQuery, answer=Page[EntryView])
def list_entries(call: Call[None, EntriesQuery], id: str) -> Page[EntryView]:
    """List the ledger entries of a partner in one currency, oldest first."""
    partner = partners.find(id).partner
    named = f"entries of {partner.id} {call.query.currency}"
    position = cursors.read(call.query.cursor, of=named)
    found, position = find.page(partner.id, call.query.currency, limit=call.query.limit, position=position)
    return Page([EntryView.of(entry) for entry in found], position is not None, cursors.write(position, of=named))


@routes.route("/v1/partners/{id}/statement", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatementQuery, answer=StatementView)
def get_statement(call: Call[None, StatementQuery], id: str) -> StatementView | Document:
    """Write a partner's statement in one currency: opening, movements with reasons, closing; JSON or CSV."""
    partner, query = partners.find(id).partner, call.query
    bodies.check_currency(query.currency)
    end = _moment(query.to, "/to") or call.at
    begin = _moment(query.from_, "/from") or end - timedelta(days=30)
    if begin >= end:
        raise ValueRefused("A statement begins before it ends.", pointer="/from")
    named = f"statement of {partner.id} {query.currency} {query.from_} {query.to}"
    seen = cursors.read(query.cursor, of=named) or {}
    if "end" in seen and query.to is None:
        # The pages of one statement end at one moment.
        end = instants.parse(seen["end"])
        begin = _moment(query.from_, "/from") or end - timedelta(days=30)
    span = tuple(seen["span"]) if "span" in seen else None
    made = statement(
        partner.id, query.currency, begin=begin, end=end, limit=query.limit, position=seen.get("position"), span=span
    )
    rest = None
    if made.position is not None:
        rest = {"position": made.position, "end": instants.text(end), "span": made.span}
    cursor = cursors.write(rest, of=named)
    if query.format == "csv":
        text = as_csv(made, currency=query.currency, begin=begin, end=end, continued=query.cursor is not None)
        return Document(text, "text/csv; charset=utf-8", f"statement-{query.currency}.csv", next_cursor=cursor)
    return StatementView.of(
        made,
        partner=partner.id,
        currency=query.currency,
        begin=instants.text(begin),
        end=instants.text(end),
        cursor=cursor,
    )


@routes.route("/v1/ledger/verify", methods=["GET"])
@endpoint(routes, scope="stats:read", query=VerifyQuery, answer=VerificationView)
def verify_ledger(call: Call[None, VerifyQuery]) -> VerificationView:
    """Walk the whole ledger, some seconds a call, and name the first row that does not follow from the others."""
    seen = cursors.read(call.query.cursor, of="verify")
    walked = verify(msgspec.convert(seen, Progress) if seen else Progress())
    rest = None if walked.done or walked.bad else msgspec.to_builtins(walked.progress)
    return VerificationView(
        object="verification",
        accounts=walked.progress.accounts,
        entries=walked.progress.entries,
        bad=walked.bad,
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
        raise ValueRefused("This is neither a date nor an RFC 3339 instant.", pointer=pointer) from error
