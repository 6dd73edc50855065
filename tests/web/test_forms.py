"""Forms: a view sees the fields that its forms show, and no other."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

import app as goodword
from chalicelib.access.api_keys import Scope
from chalicelib.admin.materials.material_views import BODY as MATERIAL
from chalicelib.admin.programs.asking_pages import LIMITS, RULE
from chalicelib.admin.programs.look_pages import ORDER
from chalicelib.admin.programs.new_program_reading import FIELDS as PROGRAM
from chalicelib.admin.programs.receiving_form import FIELDS as RECEIVING
from chalicelib.admin.programs.sharing_pages import FIELDS as MESSAGES
from chalicelib.admin.selected import CODES, PICKS
from chalicelib.admin.terms.terms_fields import NAMES as TERMS
from chalicelib.language.texts import languages
from chalicelib.onboarding.join_form import TRAP
from chalicelib.partners.preferences import TOPICS
from chalicelib.portal.introduction_form import ANSWERS
from chalicelib.web.addresses import Deferred
from chalicelib.web.forms import fields_of, read_form, read_own_form

ROOMS = [Path("chalicelib") / room for room in ("admin", "pages", "portal")]
# Forms that say no address go to that of their page.
OWN = {
    "ask.html": "/ask/{id}",
    "introduced.html": "/introduced/{id}",
    "join.html": "/join/{id}",
    "share.html": "/s/{id}",
    "stop.html": "/u/{id}",
    "who.html": "/who/{id}",
}
# Where rows of lists are selected.
SELECTED = [
    *("/admin/rewards/selected", "/admin/benefits/selected", "/admin/actions/selected"),
    "/admin/programs/{id}/applications/selected",
]
# One form of two pages, which say where it goes.
SHARED = {
    "/admin/{{ path }}/selected": SELECTED,
    "/admin/{{ work.path }}/selected": SELECTED,
    "/admin{{ action }}": ["/admin/programs/{id}/endpoints", "/admin/endpoints"],
    "{{ page_of }}/merge": ["/admin/customers/{id}/merge", "/admin/partners/{id}/merge"],
    "/admin/{{ path }}": ["/admin/adjustments", "/admin/payout-settings"],
    "/admin/partners/{{ id }}/{{ act }}": ["/admin/partners/{id}/leave", "/admin/partners/{id}/share-link"],
}
FORM = re.compile(r"<form([^>]*\bmethod=\"post\"[^>]*)>(.*?)</form>", re.DOTALL)
NAME = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=\"([^\"]+)\"")
# Buttons that send a form elsewhere than its other buttons do, with what is written there for the address.
ELSEWHERE = re.compile(r'<button\b[^>]*\bname="([^"]+)"[^>]*\bformaction="([^"]+)"[^>]*>')
ADDRESSES = {"{{ preview }}": "/admin/programs/{id}/email-preview"}
# What the macro of parts.html shows by which a role is chosen.
MACROS = {"role", "program"}
# A page that asks for confirmation sends again what the form before it sent.
REPEATED = {
    "{{ trap }}": {TRAP},
    "{{ topic }}": set(TOPICS),
    "off_{{ topic }}": {f"off_{topic}" for topic in TOPICS},
    "{{ name }}": set(PROGRAM),
    "{{ limit_field }}": set(LIMITS),
    "{{ rule_field }}": set(RULE),
    "{{ words_field }}": {f"words_{tag}" for tag, _ in languages()},
    "{{ scope }}": set(get_args(Scope)),
    "{{ button_field }}": set(ORDER),
    "{{ typed_field }}": set(),
    "pick_{{ loop.index0 }}": set(PICKS),
    "{{ code_field }}": set(CODES),
    "{{ answer_field }}": set(ANSWERS),
    "{{ text_field }}": set(MESSAGES),
    "{{ receiving_field }}": set(RECEIVING),
}


def with_parts(template):
    """Return what a template has, with the parts of its room that it includes."""
    text = template.read_text()
    for name in re.findall(r'\{% include "([^"]+)" %\}', text):
        if (part := template.with_name(name)).exists():
            text = text.replace(f'{{% include "{name}" %}}', with_parts(part))
    return text


def fields_in_templates():
    """Return which fields the forms of each address show, by the templates."""
    forms = {}
    for template in (one for room in ROOMS for one in sorted((room / "templates").glob("*.html"))):
        for attributes, content in FORM.findall(with_parts(template)):
            action = re.search(r'\baction="([^"]*)"', attributes)
            path = (
                action[1].replace("{{ root }}", "").replace("{{ here_is }}", "/admin/programs/{id}") if action else ""
            )
            paths = SHARED.get(path) or [re.sub(r"\{\{[^}]*\}\}", "{id}", path) or OWN[template.name]]
            elsewhere = ELSEWHERE.findall(content)
            content = ELSEWHERE.sub("", content)
            buttons = set(re.findall(r'<button\b[^>]*\bname="([^"]+)"', content))
            for button, address in elsewhere:
                sent = set(NAME.findall(content)) - buttons | {button}
                forms.setdefault(ADDRESSES[address], set()).update(sent)
            names = set(NAME.findall(content)) | (MACROS if "parts.role(" in content else set())
            names |= set(MATERIAL) if "written.fields(" in content else set()
            names |= set(TERMS) if "terms.field(" in content else set()
            for each in paths:
                forms.setdefault(each, set()).update(*(REPEATED.get(name, {name}) for name in names))
    # Of the lists whose rows are selected, those of applications and of action items give no codes.
    for path in ("/admin/programs/{id}/applications/selected", "/admin/actions/selected"):
        forms[path] -= {*CODES, "instructions"}
    return forms


def posted():
    """Return the views that forms are sent to, by their addresses."""
    methods = {
        path: entries["POST"].view_function for path, entries in goodword.app.routes.items() if "POST" in entries
    }
    views = {path: getattr(view, "__wrapped__", view) for path, view in methods.items()}
    return {path: view.load() for path, view in views.items() if isinstance(view, Deferred)}


def test_a_view_takes_the_fields_that_its_forms_show_and_no_other():
    assert {path: set(fields_of(view)) for path, view in posted().items()} == fields_in_templates()


@pytest.mark.parametrize("read", [read_form, read_own_form])
def test_a_field_that_no_form_shows_is_not_read(read):
    body = b"channel=Blog&partner=ptr_1&external_id=mine&channel_=x&Channel=y&empty="
    request = SimpleNamespace(raw_body=body, headers={"sec-fetch-site": "same-origin"})

    assert read(request, ("channel", "empty")) == {"channel": "Blog"}
    assert read(request, ()) == {}
