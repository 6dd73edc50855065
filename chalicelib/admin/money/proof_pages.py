"""Shows whether the ledger is unchanged, and what comparisons of days found; for each page, what its template takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import convert, to_builtins

from chalicelib.admin.codes import name_of
from chalicelib.admin.english import day, minute, number
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.kit import cursors
from chalicelib.kit.chains import BadRow
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find_owner import owner_ids
from chalicelib.ledger.verify_some import RowsProgress, verify_some
from chalicelib.reconciliation.table import REPORTS, DayReport

_DAYS = 30
_REPAIRS = {
    "decide": "decide it",
    "put": "write what is missing",
    "recount": "count again",
    "requeue": "send it again",
    "none": "needs a person",
}


def verification(query: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show the forms that verify the ledger; and, if one was sent, the result in words, or how far it got."""
    owner, currency = query.get("owner", "").strip(), query.get("currency", "").strip().upper()
    values: dict[str, Any] = {"owner": owner, "currency": currency, "result": None}
    if query.get("run"):
        values["result"] = _verified(owner, currency, query.get("cursor"), at=at)
    return AdminPage("verification", "payouts", "Verification", values)


def _verified(owner: str, currency: str, cursor: str | None, *, at: datetime) -> dict[str, Any]:
    account = account_of(owner_ids(owner)[0], currency) if owner and owner_ids(owner) else None
    if owner and account is None:
        return {"good": False, "sentence": f"There is no partner and no customer {owner}.", "following": None}
    named = f"admin verification {account or 'all'}"
    read = cursors.read(cursor, of=named)
    progress = convert(read, RowsProgress) if read else RowsProgress()
    checked = verify_some(progress, account=account)
    read_so_far = f"{_count(progress.entries, 'entry', 'entries')} of {_count(progress.chains, 'account', 'accounts')}"
    if checked.bad is not None:
        return {"good": False, "sentence": _broken(checked.bad), "following": None}
    erased = _erased(progress.notes_erased)
    if not checked.done:
        sentence = f"So far, {read_so_far} were checked, and all are as they were written.{erased}"
        return {"good": True, "sentence": sentence, "following": cursors.write(to_builtins(progress), of=named)}
    if account is not None and not progress.chains:
        return {
            "good": True,
            "sentence": f"This account in {currency or 'this currency'} has no entries.",
            "following": None,
        }
    sentence = (
        f"All {read_so_far} are as they were written, on {minute(at)} UTC: no stored entry was changed, "
        f"removed or added, and every balance follows from its entries.{erased}"
    )
    return {"good": True, "sentence": sentence, "following": None}


def _erased(notes: int) -> str:
    if not notes:
        return ""
    return " 1 note was erased, as it may be." if notes == 1 else f" {number(notes)} notes were erased, as they may be."


def _broken(bad: BadRow) -> str:
    owner, _, currency = bad.chain.partition("#")
    name = names_of([owner]).get(owner, owner)
    return f"The account of {name} in {currency} is broken at {bad.row}: {bad.what}. Someone changed stored rows."


def _count(value: int, one: str, many: str) -> str:
    return f"{number(value)} {one if value == 1 else many}"


def reconciliation(cursor: str | None, chosen: str | None) -> AdminPage:
    """Show the comparisons of the last days, newest first; and of one that was chosen, the differences it found."""
    named = "admin reconciliation"
    page = DayReport.query(
        REPORTS, scan_index_forward=False, limit=_DAYS, last_evaluated_key=cursors.read(cursor, of=named)
    )
    reports = list(page)
    values = {
        "days": [_report(one) for one in reports],
        "cursor": cursor or "",
        "chosen": next((_differences(one) for one in reports if one.day == chosen), None),
        **rest_of(page.last_evaluated_key, named, cursor),
    }
    return AdminPage("reconciliation", "payouts", "Reconciliation", values)


def _report(report: DayReport) -> dict[str, Any]:
    return {
        "day": report.day,
        "date": day(report.day),
        "checked": number(sum(report.progress.checked.values())),
        "drift": report.drift,
        "repaired": report.drift - report.left,
        "left": report.left,
        "finished": f"{minute(report.finished_at)} UTC" if report.finished_at else "",
    }


def _differences(report: DayReport) -> dict[str, Any]:
    checked = sorted(report.progress.checked.items())
    return {
        **_report(report),
        "more": max(0, report.drift - len(report.first)),
        "counts": [(what.capitalize(), number(count)) for what, count in checked],
        "differences": [
            {
                "kind": name_of(one.kind),
                "subject": one.subject,
                "detail": one.detail,
                "repaired": one.repaired,
                "repair": _REPAIRS[one.repair],
            }
            for one in report.first
        ],
    }
