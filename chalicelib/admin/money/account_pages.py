"""Shows accounts: statements of partners and customers, and what is owed in each currency: values of templates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, convert, to_builtins

from chalicelib.admin.codes import KINDS, name_of
from chalicelib.admin.english import LOCALE, minute, money
from chalicelib.admin.page import AdminPage
from chalicelib.kit import cursors, instants
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.errors import InvalidValue
from chalicelib.language.formats import listed, spreadsheet_of
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.accounts import calendar_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import Owner, id_of, programs_of, row_of
from chalicelib.ledger.shapes import say_why, view_entries
from chalicelib.ledger.statement import as_csv, statement
from chalicelib.ledger.table import SHARDS
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs

_PAGE = 50
_DAYS = timedelta(days=89)
_PARTS = ("held", "due", "frozen", "paid")
# Of liability: accounts that are read together, which takes a call for a hundred; and pages of names before that.
_NAMES, _MOST_ACCOUNTS = 100, 400


class Span(Struct, frozen=True):
    """Which account, and which days of it, both included."""

    currency: str
    begin: date
    end: date
    calendar: Calendar

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Return when the first day begins, and when the last one ends."""
        days = (self.begin, self.end + timedelta(days=1))
        begin, end = (instants.parse(self.calendar.midnight(one).isoformat()) for one in days)
        return begin, end


def statement_of(owner: Owner, query: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show one page of a statement: what an account opened with, what moved, and what it closed with."""
    owner_id = id_of(owner)
    name = row_of(owner).name or owner_id
    span = _span_of(owner, query, at=at)
    begin, end = span.moments
    named = f"admin statement of {owner_id} {span.currency} {span.begin} {span.end}"
    start = cursors.read(query.get("cursor"), of=named) or {}
    made = statement(
        owner_id,
        span.currency,
        begin=begin,
        end=end,
        limit=_PAGE,
        position=start.get("position"),
        span=tuple(start["span"]) if start else None,
    )
    rest = {"position": made.position, "span": made.span} if made.position is not None else None
    views = view_entries(made.movements, texts(LOCALE))
    zone = ZoneInfo(span.calendar.zone)
    values = {
        "id": owner_id,
        "name": name,
        "owners": "partners" if isinstance(owner, PartnerProfile) else "customers",
        "currencies": _currencies(owner) or [span.currency],
        "currency": span.currency,
        "from": span.begin.isoformat(),
        "to": span.end.isoformat(),
        "zone": span.calendar.zone,
        "opening": None if start else _balance(made.opening, span.currency),
        "closing": None if rest else _balance(made.closing, span.currency),
        "entries": [
            {
                "at": minute(instants.parse(view.at).astimezone(zone)),
                "seq": view.seq,
                "what": name_of(entry.name) if entry.kind == "adjustment" else KINDS[view.kind],
                "why": view.why,
                "note": view.note,
                "reward": view.reward,
                "source": view.source if entry.kind.startswith("payout") else "",
                "amounts": [
                    money(getattr(view, part), span.currency) if getattr(view, part) else "" for part in _PARTS
                ],
                "balance": money(sum(view.balance[part] for part in _PARTS[:-1]), span.currency),
            }
            for entry, view in zip(made.movements, views, strict=True)
        ],
        "labels": [name_of(part) for part in _PARTS],
        "following": cursors.write(rest, of=named),
        "begun": bool(start),
    }
    return AdminPage("statement", "payouts", f"Statement: {name}", values)


def statement_csv(owner: Owner, query: Mapping[str, str], *, at: datetime) -> tuple[str, str]:
    """Return a whole statement as CSV, and the file's name."""
    span = _span_of(owner, query, at=at)
    begin, end = span.moments
    t, dialect = texts(LOCALE), spreadsheet_of(LOCALE)
    text = as_csv(
        id_of(owner), span.currency, begin=begin, end=end, say=lambda entry: say_why(entry, t), dialect=dialect
    )
    return text, f"statement-{span.currency}-{span.begin}-{span.end}.csv"


def _span_of(owner: Owner, query: Mapping[str, str], *, at: datetime) -> Span:
    """Return the account and the days that are asked for; by default, the last 90 days."""
    currencies = _currencies(owner) or ["USD"]
    currency = query.get("currency") or currencies[0]
    if currency not in currencies:
        raise InvalidValue(f"Their programs pay in {', '.join(currencies)}.", pointer="/currency")
    calendar = calendar_of(owner, currency)
    today = calendar.day_of(at)
    end = _day(query.get("to"), "/to") or today
    begin = _day(query.get("from"), "/from") or end - _DAYS
    if begin > end:
        raise InvalidValue("The first day must not be after the last one.", pointer="/from")
    return Span(currency, begin, end, calendar)


def _day(text: str | None, pointer: str) -> date | None:
    if not text:
        return None
    try:
        return instants.parse(f"{text}T00:00:00Z").date()
    except ValueError as error:
        raise InvalidValue("Write a date, such as 2026-11-21.", pointer=pointer) from error


def _currencies(owner: Owner) -> list[str]:
    return sorted({program.currency for program in programs_of(owner)})


def _balance(parts: Mapping[str, int], currency: str) -> dict[str, Any]:
    return {
        "amounts": [money(parts[part], currency) for part in _PARTS],
        "balance": money(sum(parts[part] for part in _PARTS[:-1]), currency),
    }


class _Owed(Struct):
    """What is owed in each currency, as far as accounts were read: the sums by part; and where reading goes on."""

    sums: dict[str, dict[str, int]] = {}
    shard: int = 0
    after: str | None = None


def owed(cursor: str | None, *, at: datetime) -> AdminPage:
    """Show what is owed in each currency now, of all accounts, or of as many as a page may read so far."""
    named = "admin liability"
    read = cursors.read(cursor, of=named)
    so_far = convert(read, _Owed) if read else _Owed()
    _add_accounts(so_far)
    complete = so_far.shard == SHARDS
    offers, _ = programs.walk_page(limit=100, position=None)
    rows = [
        {
            "currency": currency,
            "programs": listed([one.name for one in offers if one.currency == currency], LOCALE),
            "accounts": sums.get("accounts", 0),
            "total": money(sums["held"] + sums["due"] + sums["frozen"], currency),
            **{name: money(sums[name], currency) for name in ("held", "due", "frozen", "paid", "overpaid")},
        }
        for currency, sums in sorted(so_far.sums.items())
    ]
    values = {
        "rows": rows,
        "complete": complete,
        "at": minute(at),
        "following": None if complete else cursors.write(to_builtins(so_far), of=named),
    }
    return AdminPage("owed", "payouts", "Liability", values)


def _add_accounts(so_far: _Owed) -> None:
    """Add the next accounts to the sums. What is due is not netted with what others owe."""
    names: list[str] = []
    while so_far.shard < SHARDS and len(names) < _MOST_ACCOUNTS:
        accounts, more = ledger.accounts(so_far.shard, after=so_far.after, limit=_NAMES)
        names += accounts
        if more and accounts:
            so_far.after = accounts[-1]
        else:
            so_far.shard, so_far.after = so_far.shard + 1, None
    for account, state in account_states(names).items():
        sums = so_far.sums.setdefault(account.rpartition("#")[2], dict.fromkeys((*_PARTS, "overpaid", "accounts"), 0))
        sums["accounts"] += 1
        sums["due"] += max(state.due, 0)
        sums["overpaid"] += max(-state.due, 0)
        for part in ("held", "frozen", "paid"):
            sums[part] += getattr(state, part)
