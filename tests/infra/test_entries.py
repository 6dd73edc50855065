"""Each trigger of app.py has an entry, which is what it calls here and what is called on Lambda."""

import importlib
import pkgutil

import pytest

import app as goodword
from chalicelib import entries
from infra import package

TRIGGERS = {source.name: source for source in goodword.app.event_sources}
CONTEXT = object()
EVENTS = {
    "DynamoDBEvent": {"Records": [{"dynamodb": {}}]},
    "SNSEvent": {"Records": [{"Sns": {"Message": "{}", "Subject": None, "MessageAttributes": {}}}]},
    "CloudWatchEvent": dict.fromkeys(
        ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources"), ""
    ),
}


def test_every_trigger_has_an_entry_and_every_entry_a_trigger():
    assert {module.name for module in pkgutil.iter_modules(entries.__path__)} == TRIGGERS.keys()


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_hands_what_lambda_gives_to_the_handler_of_its_entry_and_returns_what_that_returns(name, monkeypatch):
    trigger = getattr(goodword, name)
    event, calls, answer = EVENTS[trigger.event_class.__name__], [], object()

    def handler(*arguments):
        calls.append(arguments)
        return answer

    monkeypatch.setattr(f"chalicelib.entries.{name}.handler", handler)

    assert trigger(event, CONTEXT) is answer
    assert calls == [(event, CONTEXT)]


@pytest.mark.parametrize("name", TRIGGERS)
def test_lambda_calls_the_same_handler(name):
    template = {"Resources": {name: {"Properties": {"Handler": TRIGGERS[name].handler_string}}}}

    package.name_entries(template["Resources"])

    module, _, function = template["Resources"][name]["Properties"]["Handler"].rpartition(".")
    assert module == f"chalicelib.entries.{name}"
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("handler", ["app.app", "chalicelib.clicks.redirect.handler"])
def test_what_is_no_trigger_is_called_as_it_was(handler):
    function = {"Properties": {"Handler": handler}}

    package.name_entries({"APIHandler": function})

    assert function == {"Properties": {"Handler": handler}}
