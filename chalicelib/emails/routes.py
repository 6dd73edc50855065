"""Emails, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.emails import suppressions
from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.render import render_preview
from chalicelib.emails.shapes import (
    CustomTemplateName,
    EmailPreview,
    NewCustomTemplate,
    SuppressedAddress,
    SuppressionLifted,
    TemplateDraft,
    TemplateList,
    TemplatesQuery,
    TemplateView,
)
from chalicelib.emails.table import CustomTemplate
from chalicelib.emails.templates import check, custom_templates, customize, restore
from chalicelib.kit.shapes import NoQuery
from chalicelib.programs import find as programs

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/emails", methods=["GET"])
@endpoint(routes, scope="admin", query=TemplatesQuery, answer=TemplateList)
def list_emails(call: Call[None, TemplatesQuery], id: str) -> TemplateList:
    """List every email in a language: its template, whose it is, and the names it may use."""
    language = call.query.language
    custom = custom_templates(programs.find(id).program.id, language=language)
    return TemplateList([_view(custom.get(template), template, language) for template in TEMPLATES])


@routes.route("/v1/programs/{id}/emails", methods=["POST"])
@endpoint(routes, scope="admin", body=NewCustomTemplate, answer=TemplateView, status=201, replays=False)
def create_custom_template(call: Call[NewCustomTemplate, NoQuery], id: str) -> TemplateView:
    """Put a program's own template in the place of an email's, in a language; in effect within half a minute."""
    new = call.body
    return TemplateView.of(customize(id, new.template, new.language, subject=new.subject, text=new.text, at=call.at))


@routes.route("/v1/programs/{id}/emails/restore", methods=["POST"])
@endpoint(routes, scope="admin", body=CustomTemplateName, answer=TemplateView, replays=False)
def restore_template(call: Call[CustomTemplateName, NoQuery], id: str) -> TemplateView:
    """Take a program's custom template away again."""
    restore(id, call.body.template, call.body.language)
    return TemplateView.built_in(call.body.template, call.body.language)


@routes.route("/v1/programs/{id}/emails/preview", methods=["POST"])
@endpoint(routes, scope="admin", body=TemplateDraft, answer=EmailPreview, replays=False)
def preview_email(call: Call[TemplateDraft, NoQuery], id: str) -> EmailPreview:
    """Render an email with a sample's values, from its template or from a draft; nothing is stored or sent."""
    program, draft = programs.find(id).program, call.body
    custom = custom_templates(program.id, language=draft.language)
    current = _view(custom.get(draft.template), draft.template, draft.language)
    subject, text = draft.subject or current.subject, draft.text or current.text
    check(draft.template, subject, text)
    changed = None if draft.subject is None and draft.text is None else f"{subject}\n\n{text}"
    email = render_preview(program, draft.template, draft.language, url=program.landing_url, draft=changed)
    return EmailPreview("preview", draft.template, draft.language, email.subject, email.text, email.html)


@routes.route("/v1/suppressions/lift", methods=["POST"])
@endpoint(routes, scope="admin", body=SuppressedAddress, answer=SuppressionLifted, replays=False)
def lift_suppression(call: Call[SuppressedAddress, NoQuery]) -> SuppressionLifted:
    """Let emails go again to an address that was suppressed; messages that were skipped are sent by `retry`."""
    return SuppressionLifted("suppression", suppressions.lift(call.body.email))


def _view(custom: CustomTemplate | None, template: str, language: str) -> TemplateView:
    return TemplateView.of(custom) if custom is not None else TemplateView.built_in(template, language)
