"""The emails of a program, over HTTP: templates, previews and tests, and the sender."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.shapes import (
    CustomTemplateName,
    EmailPreview,
    EmailTestView,
    NewCustomTemplate,
    NewEmailTest,
    TemplateDraft,
    TemplateList,
    TemplatesQuery,
    TemplateView,
)
from chalicelib.emails.table import CustomTemplate
from chalicelib.emails.templates import check, check_name, custom_templates, customize, restore
from chalicelib.kit.shapes import NoQuery
from chalicelib.programs import find, settings
from chalicelib.programs.sender_shapes import NewSender, SenderView

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/sender", methods=["POST"])
@endpoint(routes, scope="admin", body=NewSender, answer=SenderView, replays=False)
def set_sender(call: Call[NewSender, NoQuery], id: str) -> SenderView:
    """Set who a program's emails come from, and where answers go."""
    return SenderView.of(settings.set_sender(id, call.body, actor=call.actor, at=call.at))


@routes.route("/v1/programs/{id}/sender", methods=["GET"])
@endpoint(routes, scope="admin", answer=SenderView)
def get_sender(call: Call[None, NoQuery], id: str) -> SenderView:
    """Show who a program's emails come from."""
    return SenderView.of(find.read(find.find(id).program.id).program)


@routes.route("/v1/programs/{id}/emails", methods=["GET"])
@endpoint(routes, scope="admin", query=TemplatesQuery, answer=TemplateList)
def list_email_templates(call: Call[None, TemplatesQuery], id: str) -> TemplateList:
    """List every email in a language: its template, the template's owner, and the names it may use."""
    language = call.query.language
    custom = custom_templates(find.find(id).program.id, language=language)
    return TemplateList([_template_view(custom.get(template), template, language) for template in TEMPLATES])


@routes.route("/v1/programs/{id}/emails", methods=["POST"])
@endpoint(routes, scope="admin", body=NewCustomTemplate, answer=TemplateView, status=201, replays=False)
def set_email_template(call: Call[NewCustomTemplate, NoQuery], id: str) -> TemplateView:
    """Replace an email's template in a language with the program's own; in effect within half a minute."""
    new = call.body
    made = customize(id, new.template, new.language, subject=new.subject, text=new.text, actor=call.actor, at=call.at)
    return TemplateView.of(made)


@routes.route("/v1/programs/{id}/emails/restore", methods=["POST"])
@endpoint(routes, scope="admin", body=CustomTemplateName, answer=TemplateView, replays=False)
def restore_email_template(call: Call[CustomTemplateName, NoQuery], id: str) -> TemplateView:
    """Take a program's custom template away again."""
    restore(id, call.body.template, call.body.language, actor=call.actor, at=call.at)
    return TemplateView.built_in(call.body.template, call.body.language)


@routes.route("/v1/programs/{id}/emails/preview", methods=["POST"])
@endpoint(routes, scope="admin", body=TemplateDraft, answer=EmailPreview, replays=False)
def preview_email(call: Call[TemplateDraft, NoQuery], id: str) -> EmailPreview:
    """Render an email with a sample's values, from its template or from a draft; nothing is stored or sent."""
    # Imported late: few calls write an email, and what writes it brings much along.
    from chalicelib.emails.render import render_preview

    program, draft = find.find(id).program, call.body
    check_name(draft.template)
    custom = custom_templates(program.id, language=draft.language)
    current = _template_view(custom.get(draft.template), draft.template, draft.language)
    subject, text = draft.subject or current.subject, draft.text or current.text
    check(draft.template, subject, text)
    changed = None if draft.subject is None and draft.text is None else f"{subject}\n\n{text}"
    email = render_preview(program, draft.template, draft.language, url=program.landing_url, draft=changed)
    return EmailPreview("preview", draft.template, draft.language, email.subject, email.text, email.html)


@routes.route("/v1/programs/{id}/emails/test", methods=["POST"])
@endpoint(routes, scope="admin", body=NewEmailTest, answer=EmailTestView, status=201, replays=False)
def send_test_email(call: Call[NewEmailTest, NoQuery], id: str) -> EmailTestView:
    """Send a test of an email, as it is stored now and with a sample's values, to a person who administers."""
    # Imported late, as above.
    from chalicelib.emails.send_test import request_test

    new = call.body
    message = request_test(id, new.template, new.language, new.user, actor=call.actor, at=call.at)
    return EmailTestView("test_email", message.id, new.template, new.language, message.recipient_id)


def _template_view(custom: CustomTemplate | None, template: str, language: str) -> TemplateView:
    return TemplateView.of(custom) if custom is not None else TemplateView.built_in(template, language)
