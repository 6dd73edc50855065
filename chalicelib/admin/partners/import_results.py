"""What became of the lines of an import: kept for two days, without what the lines said of people."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib.admin.partners.import_reading import COLUMNS, Table
from chalicelib.audit.actor import Actor
from chalicelib.kit import csv_text, idempotency
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import NotFound
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.responses import Document
from chalicelib.links.shapes import make_url
from chalicelib.onboarding.batch import add_all
from chalicelib.onboarding.batch_shapes import BatchResult, PartnerResult
from chalicelib.partners import find as partners
from chalicelib.partners import share
from chalicelib.partners.table import Enrollment, enrollment_key

LABELS: dict[BatchResult, str] = {
    "created": "New",
    "added": "Added",
    "unchanged": "Nothing to do",
    "refused": "Refused",
    "not_reached": "Not reached",
}
_HEADER = ("line", "result", "name", "email", "external_id", "partner", "page", "link", "remarks")
_NAMES = {f"/{field}": column for column, field in COLUMNS.items()}


class LineResult(Struct, frozen=True):
    """What became of a line, or in a check, what would: with a sentence for each thing to know."""

    number: int
    result: BatchResult
    partner: str | None
    code: str | None
    remarks: list[str]


def check_lines(table: Table, *, actor: Actor, at: datetime) -> list[LineResult]:
    """Return what an import of the lines would do; nothing is written."""
    return _results(table, add_all([line.item for line in table.lines], dry_run=True, actor=actor, at=at))


def import_once(text: str, table: Table, *, program_id: str, once: str, actor: Actor, at: datetime) -> None:
    """Import the lines, and keep the results under the form's token; with one that was used, nothing is done."""
    idempotency.check(once)
    call, digests = _call(program_id, once, actor), fingerprints(text)
    if idempotency.find(call, fingerprints=digests, at=at) is not None:
        return
    results = _results(table, add_all([line.item for line in table.lines], dry_run=False, actor=actor, at=at))
    body = msgspec.json.encode(results).decode()
    # If the same form was faster in another window, its results stay: what they say is done, too.
    writes.commit(idempotency.receipt(call, fingerprint=digests[0], status=303, body=body, at=at))


def find_results(program_id: str, once: str, *, actor: Actor, at: datetime) -> list[LineResult]:
    """Return the results of one's own import. Raises NotFound."""
    receipt = rows.find(idempotency.CallReceipt, _call(program_id, once, actor), "receipt")
    if receipt is None or receipt.good_until <= at:
        raise NotFound("The results of an import are kept for two days, for the person who imported.")
    return msgspec.json.decode(receipt.body, type=list[LineResult])


def as_csv(results: list[LineResult], program_id: str) -> Document:
    """Return results as a spreadsheet opens them, with each partner's page and link."""
    ids = [one.partner for one in results if one.partner is not None]
    people = partners.find_rows(ids)
    enrollments = rows.find_all(Enrollment, [(one, enrollment_key(program_id)) for one in ids])
    table = []
    for one in results:
        person = people.get(one.partner or "")
        enrollment = enrollments.get((one.partner or "", enrollment_key(program_id)))
        table.append(
            (
                one.number,
                LABELS[one.result],
                person.name if person else "",
                (person.email if person else None) or "",
                (person.external_id if person else None) or "",
                one.partner or "",
                share.make_url(enrollment) if enrollment else "",
                make_url(one.code) if one.code else "",
                " ".join(one.remarks),
            )
        )
    return Document(csv_text.written(_HEADER, table, dialect=csv_text.spreadsheet()), "text/csv", "import.csv")


def _call(program_id: str, once: str, actor: Actor) -> str:
    return f"{actor.id}#/admin/programs/{program_id}/import#{once}"


def _results(table: Table, results: list[PartnerResult]) -> list[LineResult]:
    return [
        LineResult(
            line.number,
            result.result,
            result.partner,
            result.link.code if result.link is not None else None,
            _remarks(result),
        )
        for line, result in zip(table.lines, results, strict=True)
    ]


def _remarks(result: PartnerResult) -> list[str]:
    problem: Any = result.problem
    if problem is not None:
        return [_reason(one) for one in problem.get("errors") or [problem]]
    remarks = []
    if result.ignored:
        columns = ", ".join(_NAMES.get(pointer, pointer) for pointer in result.ignored)
        remarks.append(f"Stays as it is, though the line says something else: {columns}.")
    if result.same_email:
        remarks.append(f"Another partner has the same email address: {', '.join(result.same_email)}.")
    return remarks


def _reason(error: dict[str, str]) -> str:
    column = _NAMES.get(error.get("pointer", ""), "")
    detail = error["detail"].replace("`", "")
    return f"{column}: {detail}" if column else detail
