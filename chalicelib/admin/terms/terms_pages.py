"""Shows terms, the forms that new ones are written in, and what they would say and pay before they are published."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.admin.codes import name_of_rule
from chalicelib.admin.english import LOCALE, minute
from chalicelib.admin.page import AdminPage
from chalicelib.admin.terms.recent_conversions import recent_conversions
from chalicelib.admin.terms.terms_fields import PLAIN, ROWS
from chalicelib.admin.terms.terms_losses import losses_in_words
from chalicelib.admin.terms.terms_reading import entries_of, fields_of_terms
from chalicelib.admin.terms.terms_sentences import changes_in_languages, in_languages
from chalicelib.kit import ids
from chalicelib.kit.digests import without_empty
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.walk import Deadline
from chalicelib.language.texts import texts
from chalicelib.partners import find as partner_search
from chalicelib.programs import find as programs
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.objections import find_warnings
from chalicelib.programs.shapes import NewTerms
from chalicelib.programs.table import TermsVersion, new_version
from chalicelib.programs.terms import TermsBody
from chalicelib.programs.terms_versions import start_of
from chalicelib.rewards.dry_run import DryRunResult, dry_run_of
from chalicelib.rewards.impact_preview import preview_impact
from chalicelib.rewards.shapes import AffectedView

DAYS = (7, 30, 90)
# A page waits for a dry run no longer; the API may take longer over it.
_SECONDS, _CALLS = 10.0, 22
_MOST_CONVERSIONS = 200
_MOST_PARTNERS = 10


def terms(reference: str, *, at: datetime, published: str = "", withdrawn: str = "") -> AdminPage:
    """
    Show the terms in force, those before, and those to come.

    *published* and *withdrawn* are numbers of versions: that it is so is read, not believed.
    """
    program_terms = programs.read(programs.find(reference).program.id)
    numbered = {str(one.version): one for one in program_terms.versions}
    new, gone = numbered.get(published), numbered.get(withdrawn)
    # A program's first terms change nothing.
    compares = new is not None and not new.withdrawn_at and len(program_terms.promised) > 1
    affected = AffectedView.of(preview_impact(program_terms, new)) if new and compares else None
    values = {
        "program": program_terms.program,
        "versions": [_version(one, program_terms, at=at) for one in reversed(program_terms.versions)],
        "affected": affected,
        "changes": changes_in_languages(
            numbered[str(affected.earlier_touches_keep_version)], new, program_terms.program.currency
        )
        if affected and new
        else [],
        "withdrawn": gone.version if gone and gone.withdrawn_at else None,
    }
    return AdminPage("terms", "programs", f"Terms of {program_terms.program.name}", values)


def form(
    program_terms: ProgramTerms,
    fields: Mapping[str, str],
    *,
    days: int = 30,
    reasons: Mapping[str, str] | None = None,
    at: datetime,
) -> AdminPage:
    """Show terms as a form; *reasons* say what is wrong with which field of one that was refused."""
    program = program_terms.program
    values = {
        "program": program,
        "part": "terms",
        "fields": fields,
        "plain": PLAIN,
        "lists": [(rows, len(entries_of(fields, rows))) for rows in ROWS],
        "reasons": reasons or {},
        "zone": program.calendar.zone_at(at),
        **_choices(days),
    }
    return AdminPage("terms_form", "programs", f"New terms of {program.name}", values)


def as_json(program_terms: ProgramTerms, draft: str, *, days: int = 30) -> AdminPage:
    """Show terms as JSON."""
    values = {"program": program_terms.program, "part": "terms", "draft": draft, **_choices(days)}
    return AdminPage("terms_json", "programs", f"New terms of {program_terms.program.name}", values)


def check(program_terms: ProgramTerms, new: NewTerms, *, days: int, at: datetime) -> AdminPage:
    """
    Show what people will read, what gets worse, what the terms would have paid, and a button that publishes them.

    Refuses a date on which they may not begin.
    """
    begins = start_of(new, program_terms, at=at)
    program, before = program_terms.program, program_terms.last
    after = new_version(program.id, new, version=before.version + 1, effective_from=begins, at=at)
    deadline = Deadline(_SECONDS, _CALLS)
    listed, of_all = recent_conversions(program.id, begin=at - timedelta(days=days), end=at, most=_MOST_CONVERSIONS)
    result = dry_run_of(program.id, new, listed, end=at, at=at, deadline=deadline)
    in_money = [rule.id for rule in new.rules if rule.benefit is None]
    values = {
        "program": program,
        "part": "terms",
        "languages": in_languages(after, program.currency, before=before),
        "words": new.words,
        "before": before.version,
        "losses": losses_in_words(before, after, program.currency),
        "warnings": [sentence for _, sentence in find_warnings(after)],
        "days": days,
        "tried": result,
        "complete": of_all and result.until >= at,
        "tried_from": min(listed).at if listed else at,
        "rules": [(name_of_rule(rule), result.by_rule.get(rule, 0)) for rule in in_money],
        "partners": _partners(result),
        "begins": minute(begins) if new.effective_from is not None else "",
        "draft": draft_of(new),
        "once": ids.ulid(at),
    }
    return AdminPage("terms_check", "programs", f"Check the new terms of {program.name}", values)


def draft_of(terms: NewTerms | TermsVersion) -> str:
    """Return what terms say as the API takes it, without what they leave open."""
    body = {name: getattr(terms, name, None) for name in TermsBody.__struct_fields__}
    if isinstance(terms, NewTerms):
        body["effective_from"] = terms.effective_from
    return msgspec.json.format(msgspec.json.encode(without_empty(msgspec.to_builtins(body))), indent=2).decode()


def fields_of_version(program_terms: ProgramTerms, number: str, *, at: datetime) -> dict[str, str]:
    """Return a form that says what a version does; the last one, if there is none of that number."""
    versions = [one for one in program_terms.versions if str(one.version) == number]
    version = versions[0] if versions else program_terms.last
    body = NewTerms(**{name: getattr(version, name) for name in TermsBody.__struct_fields__})
    return fields_of_terms(body, program_terms.program.currency, program_terms.program.calendar.zone_at(at))


def _choices(days: int) -> dict[str, Any]:
    return {"days": days, "spans": DAYS}


def _partners(result: DryRunResult) -> list[tuple[str, str, int, int]]:
    """Return for whom the difference is largest: id, name, what was paid, and what would have been."""
    differing = [(one, both) for one, both in result.by_partner.items() if both[0] != both[1]]
    most = sorted(differing, key=lambda one: (-abs(one[1][1] - one[1][0]), one[0]))[:_MOST_PARTNERS]
    profiles = partner_search.recall_all([one for one, _ in most])
    names = {one: profiles[one].partner.name if one in profiles else one for one, _ in most}
    return [(one, names[one], paid, would_pay) for one, (paid, would_pay) in most]


def _version(one: TermsVersion, program_terms: ProgramTerms, *, at: datetime) -> dict[str, Any]:
    currency = program_terms.program.currency
    state = "upcoming" if one.effective_from > at else "ended"
    if one.withdrawn_at is not None:
        state = "withdrawn"
    if one.version == program_terms.in_force(at).version:
        state = "in force"
    return {
        "number": one.version,
        "from_": minute(one.effective_from),
        "state": state,
        "json": draft_of(one),
        "you": sentences.in_full(one, "referrer", currency, texts(LOCALE)),
        "friend": sentences.in_full(one, "referee", currency, texts(LOCALE)),
        "bounds": sentences.bounds(one, currency, texts(LOCALE)),
    }


def withdraw_terms(program: str, version: str) -> AdminPage:
    """Say what withdrawing a version of terms does."""
    program_terms = programs.read(programs.find(program).program.id)
    terms = next((one for one in program_terms.versions if str(one.version) == version), None)
    if terms is None:
        raise InvalidValue("There is no such version.", pointer="/version")
    happens = [
        f"Version {version} of the terms of {program_terms.program.name} will not take effect on "
        f"{minute(terms.effective_from)} UTC. The previous version stays in force.",
        "A withdrawn version cannot be restored, but you can publish the same terms as a new version.",
    ]
    values = {"happens": happens, "program_id": program_terms.program.id, "version": version}
    return AdminPage("withdraw_terms", "programs", f"Withdraw version {version}", values)
