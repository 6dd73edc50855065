"""Programs and their terms, over HTTP."""

from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.access.api_keys import LEADS
from chalicelib.access.api_keys import create as create_key
from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.access.rate_limit import find_visitor
from chalicelib.access.shapes import KeyView, NewKeyView, NewPublishableKey
from chalicelib.conversions.cross_origin import check_origin, cross_origin, preflight
from chalicelib.conversions.shapes import LeadView, NewLead
from chalicelib.conversions.take_lead import take_lead
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.cursors import ListPage, Page
from chalicelib.kit.errors import InvalidValue, NotFound
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.onboarding.check_ins import check_in
from chalicelib.onboarding.shapes import CheckInQuery, CheckInView
from chalicelib.programs import find, settings, webhooks
from chalicelib.programs.create import create
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.shapes import (
    NewLogo,
    NewProgram,
    NewTerms,
    NewWebhook,
    ProgramChange,
    ProgramDeletionView,
    ProgramsQuery,
    ProgramSummary,
    ProgramView,
    TermsList,
    TermsView,
    WebhookView,
    WithdrawnTerms,
)
from chalicelib.programs.table import End, TermsVersion
from chalicelib.programs.terms_versions import add_version, withdraw_version
from chalicelib.reports.cohort_shapes import CohortsQuery, CohortsView
from chalicelib.reports.funnel_shapes import FunnelQuery, FunnelView
from chalicelib.reports.leaderboard_shapes import LeaderboardQuery, LeaderboardView
from chalicelib.reports.shapes import ReportQuery, ReportView
from chalicelib.rewards.dry_run import dry_run
from chalicelib.rewards.impact_preview import preview_impact
from chalicelib.rewards.shapes import AffectedView, DryRun, DryRunView, NewTermsView
from chalicelib.stats.report import program_report
from chalicelib.stats.shapes import RankingQuery, RankingView, StatsQuery, StatsView

routes = Blueprint(__name__)


@routes.route("/v1/programs", methods=["POST"])
@endpoint(routes, scope="admin", body=NewProgram, answer=ProgramView, status=201)
def create_program(call: Call[NewProgram, NoQuery]) -> ProgramView:
    """Create a program with its first terms."""

    def view(program_terms: ProgramTerms) -> ProgramView:
        return ProgramView.with_terms(program_terms.program, program_terms.in_force(call.at))

    return view(create(call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/programs", methods=["GET"])
@endpoint(routes, scope="admin", query=ProgramsQuery, answer=ListPage[ProgramSummary])
def list_programs(call: Call[None, ProgramsQuery]) -> ListPage[ProgramSummary]:
    """List the live programs, or with `mode=test` the test programs, newest first; terms are at each one's path."""
    from chalicelib.search import business

    return business.list_programs(call.query, lambda page: [ProgramSummary.of(one) for one in page])


@routes.route("/v1/programs/{id}", methods=["GET"])
@endpoint(routes, scope="admin", answer=ProgramView, tagged=True)
def get_program(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show a program and the terms in force."""
    return _tagged(find.read(find.find(id).program.id), call)


@routes.route("/v1/programs/{id}", methods=["PATCH"])
@endpoint(routes, scope="admin", body=ProgramChange, answer=ProgramView, tagged=True)
def change_program(call: Call[ProgramChange, NoQuery], id: str) -> Tagged:
    """Change a program's name, landing page, hosts, time zone or settings; fields that are not sent stay."""
    changed = settings.change_settings(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return _tagged(changed, call)


@routes.route("/v1/programs/{id}", methods=["DELETE"])
@endpoint(routes, scope="admin", answer=ProgramDeletionView)
def delete_program(call: Call[None, NoQuery], id: str) -> ProgramDeletionView:
    """Delete a test program with all that is in it; a second time, or once it is gone, changes nothing."""
    # Imported late: few calls delete one.
    from chalicelib.deletion.begin import begin

    deletion = begin(id, actor=call.actor, at=call.at)
    begun_at = instants.text(deletion.begun_at)
    return ProgramDeletionView("program_deletion", deletion.program_id, deletion.status, begun_at)


def _tagged(program_terms: ProgramTerms, call: Call[Any, NoQuery]) -> Tagged:
    view = ProgramView.with_terms(program_terms.program, program_terms.in_force(call.at))
    return Tagged.of(view, program_terms.program)


@routes.route("/v1/programs/{id}/logo", methods=["POST"])
@endpoint(routes, scope="admin", body=NewLogo, answer=ProgramView, replays=False, tagged=True)
def set_logo(call: Call[NewLogo, NoQuery], id: str) -> Tagged:
    """Set a program's logo, or remove it; the file is rewritten without its metadata, and served by us."""
    # Imported late: few calls read a picture.
    from chalicelib.programs import logo

    return _tagged(logo.set_logo(id, call.body.image, if_match=call.if_match, actor=call.actor, at=call.at), call)


@routes.route("/v1/programs/{id}/end", methods=["POST"])
@endpoint(routes, scope="admin", body=End, answer=ProgramView, replays=False, tagged=True)
def end_program(call: Call[End, NoQuery], id: str) -> Tagged:
    """Set when a program ends; until they are reached, both dates can be set later, and not earlier."""
    from chalicelib.programs.end import set_end

    return _tagged(set_end(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at), call)


@routes.route("/v1/programs/{id}/keys", methods=["POST"])
@endpoint(routes, scope="admin", body=NewPublishableKey, answer=NewKeyView, status=201, replays=False)
def create_publishable_key(call: Call[NewPublishableKey, NoQuery], id: str) -> NewKeyView:
    """Create a publishable key for the program's website: it reports this program's leads and checks its codes."""
    program = find.find(id).program
    key, secret = create_key(name=call.body.name, scopes=[LEADS], program_id=program.id, actor=call.actor, at=call.at)
    return NewKeyView(key=KeyView.of(key), secret=secret)


@routes.route("/v1/programs/{id}/webhook", methods=["POST"])
@endpoint(routes, scope="admin", body=NewWebhook, answer=WebhookView, replays=False)
def set_webhook(call: Call[NewWebhook, NoQuery], id: str) -> WebhookView:
    """Set the webhook that asks for benefits to be given; every call makes a new secret, shown this once."""
    program = settings.set_webhook(id, call.body.url, actor=call.actor, at=call.at)
    return WebhookView("webhook", program.id, program.webhook_url, webhooks.show_secret(program))


@routes.route("/v1/programs/{id}/terms/withdraw", methods=["POST"])
@endpoint(routes, scope="admin", body=WithdrawnTerms, answer=TermsView, replays=False)
def withdraw_terms(call: Call[WithdrawnTerms, NoQuery], id: str) -> TermsView:
    """Withdraw a version of the terms that has not begun; a second time changes nothing."""
    return TermsView.of(withdraw_version(id, call.body.version, actor=call.actor, at=call.at))


@routes.route("/v1/programs/{id}/terms", methods=["GET"])
@endpoint(routes, scope="admin", answer=TermsList)
def list_terms(call: Call[None, NoQuery], id: str) -> TermsList:
    """List every version of the terms, newest first."""
    versions = find.read(find.find(id).program.id).versions
    return TermsList([TermsView.of(terms) for terms in reversed(versions)])


@routes.route("/v1/programs/{id}/check-ins", methods=["GET"])
@endpoint(routes, scope="stats:read", query=CheckInQuery, answer=Page[CheckInView])
def list_check_ins(call: Call[None, CheckInQuery], id: str) -> Page[CheckInView]:
    """List partners who are stuck, or went quiet, newest first."""
    program = find.find(id).program
    list_name = f"check-ins of {program.id}, newest first"
    concerns, position = check_in(
        program.id,
        stuck_days=call.query.stuck_days,
        quiet_days=call.query.quiet_days,
        limit=call.query.limit,
        position=cursors.read(call.query.cursor, of=list_name),
        at=call.at,
    )
    data = [
        CheckInView("check_in", partner_id, program.id, concern.why, concern.step, instants.text(concern.since))
        for partner_id, concern in concerns
    ]
    return Page(data, position is not None, cursors.write(position, of=list_name))


@routes.route("/v1/programs/{id}/terms", methods=["POST"])
@endpoint(routes, scope="admin", body=NewTerms, answer=NewTermsView, status=201)
def add_terms(call: Call[NewTerms, NoQuery], id: str) -> NewTermsView:
    """Add a version of the terms, for touches from its date on; says who is affected."""

    def view(terms: TermsVersion) -> NewTermsView:
        preview = AffectedView.of(preview_impact(find.read(terms.id), terms))
        return NewTermsView(**msgspec.structs.asdict(TermsView.of(terms)), affected=preview)

    return view(add_version(id, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/programs/{id}/terms/dry-run", methods=["POST"])
@endpoint(routes, scope="admin", body=DryRun, answer=DryRunView, replays=False)
def try_terms(call: Call[DryRun, NoQuery], id: str) -> DryRunView:
    """Compute what other terms would have paid in a past span of time; nothing is written."""
    program = find.find(id).program
    begin = bodies.read_instant(call.body.from_, pointer="/from")
    end = min(bodies.read_instant(call.body.to, pointer="/to"), call.at)
    if begin >= end:
        raise InvalidValue("The start must be before the end.", pointer="/from")
    result = dry_run(program.id, call.body, begin=begin, end=end, at=call.at)
    return DryRunView.of(
        result,
        program=program.id,
        currency=program.currency,
        begin=instants.text(begin),
        complete=result.until >= end,
    )


@routes.route("/v1/programs/{id}/leads", methods=["OPTIONS"])
def ask_about_leads(id: str) -> Response:
    """Tell a browser whether a page may report leads."""
    return preflight(routes.current_request, id)


@routes.route("/v1/programs/{id}/leads", methods=["POST"])
@cross_origin(routes)
@endpoint(routes, scope=LEADS, body=NewLead, answer=LeadView, status=201, replays=False)
def report_lead(call: Call[NewLead, NoQuery], id: str) -> LeadView:
    """Report a sign-up from a page of the website, with a publishable key; a repeat changes nothing."""
    program = find.find(id).program
    if call.program_id != program.id:
        raise NotFound("This key belongs to another program.")
    check_origin(routes.current_request, program.origins)
    take_lead(call.body, program.id, visitor=find_visitor(routes.current_request), at=call.at)
    return LeadView("lead", program.id, call.body.external_id, instants.text(call.at))


@routes.route("/v1/programs/{id}/stats", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatsQuery, answer=StatsView)
def get_program_stats(call: Call[None, StatsQuery], id: str) -> StatsView:
    """Sum up a program, as of the last rollup: in total and per local day."""
    return program_report(id, call.query, at=call.at)


@routes.route("/v1/programs/{id}/ranking", methods=["GET"])
@endpoint(routes, scope="stats:read", query=RankingQuery, answer=RankingView)
def get_ranking(call: Call[None, RankingQuery], id: str) -> RankingView:
    """Rank a program's partners and channels over at most 366 days."""
    # Loaded late: most calls need none of it.
    from chalicelib.stats.rank import rank

    return rank(id, call.query, at=call.at)


@routes.route("/v1/programs/{id}/leaderboard", methods=["GET"])
@endpoint(routes, scope="stats:read", query=LeaderboardQuery, answer=LeaderboardView | Document)
def get_leaderboard(call: Call[None, LeaderboardQuery], id: str) -> LeaderboardView | Document:
    """Rank a program's partners by what they brought in a period, with each one's share: JSON, or a whole CSV."""
    # Loaded late: most calls need none of it.
    from chalicelib.reports.leaderboard import as_csv, leaderboard

    view, _ = leaderboard(id, call.query, at=call.at)
    return as_csv(view, locale=call.query.locale) if call.query.format == "csv" else view


@routes.route("/v1/programs/{id}/report", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ReportQuery, answer=ReportView | Document)
def get_report(call: Call[None, ReportQuery], id: str) -> ReportView | Document:
    """Report any metrics by up to two dimensions, filtered by the same: JSON, or a whole CSV."""
    # Loaded late: most calls need none of it.
    from chalicelib.reports.report import report
    from chalicelib.reports.table import as_csv

    view = report(id, call.query, at=call.at)
    return as_csv(view, locale=call.query.locale) if call.query.format == "csv" else view


@routes.route("/v1/programs/{id}/cohorts", methods=["GET"])
@endpoint(routes, scope="stats:read", query=CohortsQuery, answer=CohortsView | Document)
def get_cohorts(call: Call[None, CohortsQuery], id: str) -> CohortsView | Document:
    """Report what became of customers by the month they were bound in, or partners by the one they enrolled in."""
    # Loaded late: most calls need none of it.
    from chalicelib.reports.cohort_csv import cohorts_as_csv
    from chalicelib.reports.cohorts import cohorts

    view = cohorts(id, call.query)
    return cohorts_as_csv(view, locale=call.query.locale) if call.query.format == "csv" else view


@routes.route("/v1/programs/{id}/funnel", methods=["GET"])
@endpoint(routes, scope="stats:read", query=FunnelQuery, answer=FunnelView | Document)
def get_funnel(call: Call[None, FunnelQuery], id: str) -> FunnelView | Document:
    """Count how far those got who clicked in a period, and what customers did who bought first in it: JSON, or CSV."""
    # Loaded late: most calls need none of it.
    from chalicelib.reports.funnel import funnel
    from chalicelib.reports.funnel_table import as_csv

    view = funnel(id, call.query, at=call.at)
    return as_csv(view, locale=call.query.locale) if call.query.format == "csv" else view
