"""The map: what app.py listens to, against what infra/ feeds it, and what the API says of itself."""

import inspect
import json
import re
import subprocess
import sys

import pytest
from msgspec import Struct

import app as goodword
from chalicelib.kit import errors, modules
from chalicelib.links import codes
from infra.local import templates
from tests.running import ROOT

CODES = [
    "action_item_closed",
    "action_item_not_found",
    "adjustment_conflict",
    "adjustment_decided",
    "adjustment_not_found",
    "already_extended",
    "already_introduced",
    "amendment_after_refund",
    "amendment_conflict",
    "application_decided",
    "application_not_found",
    "ask_link_refused",
    "bad_request",
    "benefit_link_not_found",
    "benefits_given_elsewhere",
    "body_too_large",
    "busy",
    "claim_closed",
    "claim_link_not_found",
    "click_not_found",
    "code_not_replaceable",
    "code_refused",
    "code_taken",
    "confirmation_link_refused",
    "consent_needed",
    "conversion_conflict",
    "conversion_not_found",
    "conversion_voided",
    "cost_not_found",
    "currency_mismatch",
    "cursor_mismatch",
    "customer_erased",
    "customer_merged",
    "customer_not_found",
    "dead_letter_not_found",
    "dead_letter_unreadable",
    "destination_refused",
    "disposable_email",
    "email_not_found",
    "endpoint_exists",
    "endpoint_inactive",
    "endpoint_not_found",
    "export_not_found",
    "external_id_taken",
    "forbidden",
    "idempotency_key_reused",
    "internal_error",
    "introduction_not_found",
    "introduction_not_won",
    "introduction_of_others",
    "introductions_closed",
    "invalid_json",
    "invalid_value",
    "key_not_found",
    "key_revoked",
    "last_owner",
    "link_not_found",
    "material_changed",
    "material_not_found",
    "material_not_in_force",
    "material_withdrawn",
    "message_not_found",
    "message_sent",
    "method_not_allowed",
    "moment_not_asked",
    "moment_not_found",
    "money_owed",
    "move_refused",
    "name_taken",
    "no_owner",
    "not_found",
    "not_handed_over",
    "not_ready",
    "not_sent",
    "note_not_found",
    "origin_not_allowed",
    "other_mode",
    "owner_without_role",
    "partner_ambiguous",
    "partner_banned",
    "partner_erased",
    "partner_left",
    "partner_merged",
    "partner_not_enrolled",
    "partner_not_found",
    "partner_stopped",
    "payee_awaited",
    "payee_changed",
    "payee_confirmed",
    "payee_email_invalid",
    "payout_conflict",
    "payout_in_parts",
    "payout_items_settled",
    "payout_needs_approval",
    "payout_not_found",
    "payout_under_way",
    "person_link_not_found",
    "person_unreachable",
    "precondition_failed",
    "program_ended",
    "program_is_live",
    "program_not_found",
    "redrive_incomplete",
    "refund_conflict",
    "refund_exceeds_sale",
    "refund_not_found",
    "refused_by_gateway",
    "report_incomplete",
    "report_too_large",
    "restore_conflict",
    "reward_fulfilled",
    "reward_not_found",
    "reward_not_fulfillable",
    "reward_settled",
    "role_address",
    "rotation_under_way",
    "second_person_needed",
    "self_introduction",
    "share_link_not_found",
    "shared_name_refused",
    "sign_in_link_refused",
    "statement_too_long",
    "target_ended",
    "target_not_found",
    "target_overlaps",
    "terms_in_force",
    "terms_not_found",
    "thanks_due_out_of_reach",
    "thanks_settled",
    "timezone_refused",
    "too_many_costs",
    "too_many_endpoints",
    "too_many_ids",
    "too_many_links",
    "too_many_materials",
    "too_many_open",
    "too_many_requests",
    "too_many_targets",
    "too_many_thanks",
    "too_many_today",
    "too_much_to_hand_over",
    "too_much_to_merge",
    "unauthorized",
    "unknown_template_variable",
    "unsubscribe_link_not_found",
    "unsupported_media_type",
    "user_exists",
    "user_not_found",
    "webhook_refused",
]


def test_the_error_codes_are_these_and_no_others():
    # Codes are those of the modules that were imported; which ones other tests have imported is chance.
    modules.import_everything()

    assert [one["code"] for one in errors.codes()] == CODES
    assert all(one["meaning"] for one in errors.codes())


@pytest.mark.slow
def test_they_are_listed_by_a_function_that_has_only_just_started():
    asks = (
        "import app; from chalice.test import Client; "
        "print(Client(app.app).__enter__().http.get('/v1/errors').body.decode())"
    )
    program = f"import sys; sys.path.insert(0, '.'); {asks}"

    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=ROOT, env={}, stdout=subprocess.PIPE, check=True)

    assert [one["code"] for one in json.loads(done.stdout)["data"]] == CODES


def test_every_trigger_is_in_app_py():
    handlers = [source.handler_string for source in goodword.app.event_sources]

    assert handlers
    assert all(handler.startswith("app.") for handler in handlers)


def test_every_reaction_is_fed_by_infra_and_no_stream_has_more_than_two():
    schedules = {source.name for source in goodword.app.event_sources if hasattr(source, "schedule_expression")}
    by_topic = {source.name for source in goodword.app.event_sources if hasattr(source, "topic")}
    triggers = {source.name for source in goodword.app.event_sources} - schedules - by_topic
    sources = templates.event_sources()

    assert {source.function for source in sources} == triggers
    moving = {"mature", "promote", "roll_up", "send_monthly", "check_partners", "check_introductions"}
    telling = {"announce_terms", "remind_admins", "publish_root", "send_scheduled"}
    assert schedules == moving | telling | {
        "sweep",
        "reconcile",
        "retain",
        "rotate_salts",
        "delete_tests",
        "trace_sources",
    }
    assert by_topic == {"bounces_to_suppressions"}
    assert all(source.function.startswith(f"{source.table}_to_") for source in sources)
    tables = [source.table for source in sources]
    assert max(tables.count(table) for table in tables) <= 2


def test_every_reaction_gives_up_in_the_end_and_keeps_what_it_gave_up_on():
    for resource in templates.read("app.yaml")["Resources"].values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            settings = event["Properties"]
            if "Topic" in settings:
                # Lambda itself tries this again, and SES keeps a list of its own.
                continue
            assert settings["StartingPosition"] == "TRIM_HORIZON"
            assert settings["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert 0 < settings["MaximumRetryAttempts"] <= 10_000
            assert settings["DestinationConfig"]["OnFailure"]["Type"] == "S3"


def test_the_models_are_what_the_tables_are():
    from pynamodb.models import Model

    modules.import_everything()
    defined = {table["TableName"]: table for table in templates.tables(stage="test")}
    models = [
        kind
        for module in list(__import__("sys").modules.values())
        if getattr(module, "__name__", "").startswith("chalicelib")
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Model) and hasattr(kind, "Meta") and hasattr(kind.Meta, "table_name")
    ]
    # Clicks are written and read without models: tests/clicks holds both ways to each other.
    assert {kind.Meta.table_name for kind in models} == set(defined) - {"goodword-test-clicks"}
    for kind in models:
        table = defined[kind.Meta.table_name]
        keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
        assert keys == {"HASH": "pk", "RANGE": "sk"}
        indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
        assert {index.Meta.index_name for index in kind._indexes.values()} <= indexes


def test_a_path_has_one_variable_and_it_is_called_id():
    for path in goodword.app.routes:
        assert re.findall(r"\{(\w+)\}", path) in ([], ["id"])


def test_no_code_can_hide_an_address_of_the_service_nor_what_may_become_one():
    """First words, and those after them: what is below /v1, the portal and the admin pages today."""
    first_words = {word for path in goodword.app.routes for word in path.split("/")[1:3]}
    spelled = {word.lower().replace(".", "-") for word in first_words if word and "{" not in word}

    assert {"goodword-js", "conversions", "clicks"} <= spelled
    assert spelled <= codes.reserved().keys()


def test_every_body_refuses_fields_it_does_not_know():
    for methods in goodword.app.routes.values():
        for entry in methods.values():
            endpoint = getattr(entry.view_function, "endpoint", None)
            if endpoint and endpoint.body and endpoint.read is None:
                assert issubclass(endpoint.body, Struct)
                assert endpoint.body.__struct_config__.forbid_unknown_fields
                assert endpoint.query.__struct_config__.forbid_unknown_fields
