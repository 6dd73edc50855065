"""Dead letters are listed, and redriven once their cause is mended."""

import copy
import json
import re
import threading

import pytest

import app as goodword
from chalicelib.dead_letters import redrive
from chalicelib.dead_letters.bucket import REDRIVEN, get_bucket
from chalicelib.dead_letters.dead_letter import PREFIX, DeadLetter
from chalicelib.kit.dynamo import wire
from infra.local import templates
from infra.local.dead_letters import write
from infra.local.functions import Functions
from tests.dead_letters.dead_letters import dead_letter
from tests.faults.world import built_once
from tests.forms import Browser

NAME = "conversions_to_rewards"


@pytest.fixture
def lambda_(monkeypatch):
    """Have functions of a test's choice answer to Lambda's Invoke; by default app.py's own."""
    begun = []

    def answering(**others):
        own_functions = {source.function: getattr(goodword, source.function) for source in templates.event_sources()}
        functions = {**own_functions, **others}

        def call(name, event):
            try:
                return functions[name](event, None)
            finally:
                # The thread ends with its answer, and so does its connection, where it has one.
                if isinstance(wire.dynamodb(), wire.Wire):
                    wire.dynamodb().close()

        begun.append(Functions(functions, call))
        begun[-1].start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", begun[-1].url)
        redrive._lambda.cache_clear()
        return begun[-1]

    yield answering
    redrive._lambda.cache_clear()
    for functions in begun:
        functions.stop()


@pytest.fixture
def functions(lambda_):
    return lambda_()


@pytest.fixture
@built_once
def business(shop):
    """A program, and a partner whose friend signed up and bought; no reward was decided yet."""
    program = shop.program()
    ada = shop.partner(program)
    shop.lead(program, click_id=shop.click_id(shop.link(program, ada)))
    sale = shop.sale(program)
    return program, ada, sale.json


def give_up(shop, *, name=NAME, records=None, raised=False):
    """Have a reaction give up on what its stream has for it. Returns the records."""
    source = next(one for one in shop.streams.sources if one.function == name)
    pending = shop.streams.records(source)
    shop.streams.read[name] = len(pending)
    write(get_bucket().s3, get_bucket().name, source, records or pending, raised=raised, at=shop.at)
    return pending


def poisoned(record):
    poison = copy.deepcopy(record)
    del poison["dynamodb"]["NewImage"]["received_at"]
    poison["dynamodb"]["NewImage"]["pk"] = {"S": "cnv_poison"}
    poison["dynamodb"]["SequenceNumber"] = "999"
    return poison


def listed(shop, query=""):
    return shop.get(f"/v1/dead-letters{query}").json


def keys():
    objects = get_bucket().s3.list_objects_v2(Bucket=get_bucket().name)
    return [one["Key"] for one in objects.get("Contents", [])]


def test_what_a_function_gave_up_on_is_seen_delivered_again_and_gone(shop, business, functions):
    _, ada, sale = business
    give_up(shop)

    [view] = listed(shop)["data"]
    shop.wait(hours=1)
    answer = shop.post(f"/v1/dead-letters/{view['id']}/redrive")

    assert view | {"id": "", "subjects": []} == {
        "id": "",
        "object": "dead_letter",
        "function": NAME,
        "given_up_at": "2026-03-10T12:00:00.000Z",
        "records": 2,
        "tries": 11,
        "condition": "RetryAttemptsExhausted",
        "error": None,
        "subjects": [],
        "unreadable": None,
        "redriven_at": None,
    }
    assert sale["id"] in view["subjects"]
    assert "customer-1" not in json.dumps(view)
    assert (answer.status, answer.json) == (200, view | {"redriven_at": "2026-03-10T13:00:00.000Z"})
    assert listed(shop) == {"data": [], "has_more": False, "next_cursor": None}
    assert [key.startswith(REDRIVEN + PREFIX) for key in keys()] == [True]
    shop.settle()
    assert shop.balance(ada)["due"] == 200 + 300


def test_delivered_again_what_was_done_is_not_done_twice(shop, business, functions):
    _, ada, _ = business
    records = give_up(shop)
    assert shop.streams.deliver(NAME, records) == []
    shop.settle()
    once, dead_letters = shop.balance(ada), shop.emails()

    [view] = listed(shop)["data"]
    assert shop.post(f"/v1/dead-letters/{view['id']}/redrive").status == 200
    shop.settle()

    assert (shop.balance(ada), shop.emails()) == (once, dead_letters)


def test_what_was_put_away_is_not_there_any_more(shop, business, functions):
    give_up(shop)
    [view] = listed(shop)["data"]

    answers = [shop.post(f"/v1/dead-letters/{view['id']}/redrive") for _ in range(2)]

    assert [one.status for one in answers] == [200, 404]
    assert answers[1].json["code"] == "dead_letter_not_found"
    assert shop.post("/v1/dead-letters/dlt_x/redrive").status == 404


def test_somebody_who_is_faster_changes_nothing(shop):
    get_bucket().put_away(DeadLetter(f"{PREFIX}x/y", 1, shop.at))

    assert keys() == []


def test_records_that_fail_again_stay_with_how_many_and_why_and_the_others_are_taken(shop, business, functions):
    _, ada, _ = business
    source = next(one for one in shop.streams.sources if one.function == NAME)
    first, second = shop.streams.records(source)
    give_up(shop, records=[first, poisoned(first), second])
    [view] = listed(shop)["data"]

    answer = shop.post(f"/v1/dead-letters/{view['id']}/redrive")

    problem = {name: answer.json[name] for name in ("code", "function", "records", "left", "reason")}
    assert answer.status == 409
    assert problem == {
        "code": "redrive_incomplete",
        "function": NAME,
        "records": 3,
        "left": 1,
        "reason": "failed_again",
    }
    assert "1 of 3 records failed again" in answer.json["detail"]
    assert listed(shop)["data"] == [view]
    shop.settle()
    assert shop.balance(ada)["due"] == 200 + 300


def test_a_function_that_raises_keeps_its_dead_letter_until_it_is_mended(shop, business, functions):
    give_up(shop, raised=True)
    [view] = listed(shop)["data"]
    functions.failing = {NAME}

    failed = shop.post(f"/v1/dead-letters/{view['id']}/redrive")
    functions.failing = set()
    mended = shop.post(f"/v1/dead-letters/{view['id']}/redrive")

    assert view["error"] == "Unhandled"
    assert (failed.status, failed.json["reason"], failed.json["left"]) == (409, "raised", 2)
    assert "raised InjectedFailure" in failed.json["detail"]
    assert mended.status == 200


def test_what_an_exception_was_about_is_not_told(shop, business, lambda_):
    def raising(event, context):
        raise ValueError("ann@mail.example")

    lambda_(**{NAME: raising})
    give_up(shop)
    [view] = listed(shop)["data"]

    answer = shop.post(f"/v1/dead-letters/{view['id']}/redrive")

    assert "raised ValueError" in answer.json["detail"]
    assert "ann@" not in answer.body


def test_an_answer_that_names_other_records_leaves_all_of_them(shop, business, lambda_):
    lambda_(**{NAME: lambda event, context: {"batchItemFailures": [{"itemIdentifier": "of somebody else"}]}})
    give_up(shop)
    [view] = listed(shop)["data"]

    assert shop.post(f"/v1/dead-letters/{view['id']}/redrive").json["left"] == 2


def test_a_function_that_is_not_there_and_one_that_does_not_answer_are_said(shop, business, lambda_, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(redrive, "_PATIENCE_SECONDS", 1.0)
    lambda_(**{NAME: lambda event, context: over.wait(10)})
    give_up(shop)
    gone = dead_letter("arn:aws:lambda:us-east-1:000000000000:function:goodword-dev-GoneAway-1A2B", {})
    get_bucket().s3.put_object(Bucket=get_bucket().name, Key=f"{PREFIX}zzz", Body=json.dumps(gone).encode())
    by_function = {one["function"]: one for one in listed(shop)["data"]}

    answers = {name: shop.post(f"/v1/dead-letters/{one['id']}/redrive") for name, one in by_function.items()}
    over.set()

    assert {name: one.json["reason"] for name, one in answers.items()} == {NAME: "no_answer", "gone_away": "not_called"}
    assert "ResourceNotFoundException" in answers["gone_away"].json["detail"]
    assert len(listed(shop)["data"]) == 2


def test_an_object_that_is_no_dead_letter_is_listed_with_the_reason_and_left(shop):
    get_bucket().s3.put_object(Bucket=get_bucket().name, Key=f"{PREFIX}odd", Body=b"hello")

    [view] = listed(shop)["data"]
    answer = shop.post(f"/v1/dead-letters/{view['id']}/redrive")

    assert (view["function"], view["records"]) == (None, None)
    assert "not in the format of a dead letter" in view["unreadable"]
    assert (answer.status, answer.json["code"]) == (409, "dead_letter_unreadable")
    assert keys() == [f"{PREFIX}odd"]


def test_dead_letters_are_listed_page_by_page_and_only_for_admins(shop, business):
    for _ in range(3):
        give_up(shop)
    weak = shop.post("/v1/keys", {"name": "website", "scopes": ["stats:read"]}).json["secret"]

    first = listed(shop, "?limit=2")
    second = listed(shop, f"?limit=2&cursor={first['next_cursor']}")

    assert [len(first["data"]), first["has_more"]] == [2, True]
    assert [len(second["data"]), second["has_more"], second["next_cursor"]] == [1, False, None]
    assert len({one["id"] for one in first["data"] + second["data"]}) == 3
    assert shop.get("/v1/dead-letters?cursor=forged").json["code"] == "cursor_mismatch"
    assert shop.get("/v1/dead-letters", key=weak).status == 403
    assert shop.post(f"/v1/dead-letters/{first['data'][0]['id']}/redrive", key=weak).status == 403


def test_a_page_that_takes_long_is_a_short_one_and_goes_on(shop, business, monkeypatch):
    for _ in range(3):
        give_up(shop)
    monkeypatch.setattr("chalicelib.dead_letters.find._MOST_SECONDS", -1)

    cursor, listed_ids = "", []
    while cursor is not None:
        answer = listed(shop, f"?cursor={cursor}" if cursor else "")
        listed_ids += [one["id"] for one in answer["data"]]
        assert len(answer["data"]) == 1
        cursor = answer["next_cursor"]

    assert len(set(listed_ids)) == 3


def test_on_the_admin_pages_dead_letters_are_seen_and_delivered_again(shop, business, functions):
    _, ada, sale = business
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    assert "dead letter" not in admin.get("/admin").body
    give_up(shop)

    assert "1 dead letter: records failed to process" in admin.get("/admin").body
    page = admin.get("/admin/messages").body
    again = re.search(r'action="(/admin/dead-letters/dlt_\w+)"', page)[1]
    for text in (NAME, "Mar\xa010,\xa02026, 12:00", "RetryAttemptsExhausted, after 11 tries", sale["id"]):
        assert text in page
    functions.failing = {NAME}
    failed = admin.send(again)
    functions.failing = set()
    done = admin.send(again)

    assert failed.status == 422
    assert "the function raised InjectedFailure. The dead letter stays." in failed.body
    assert again in failed.body
    assert (done.status, done.headers["Location"]) == (303, "/admin/messages")
    assert "dlt_" not in admin.get("/admin/messages").body
    assert admin.send(again).status == 404
    shop.settle()
    assert shop.balance(ada)["due"] == 200 + 300


def test_the_admin_pages_have_a_page_more_of_dead_letters(shop, business):
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    for _ in range(26):
        give_up(shop)

    first = admin.get("/admin/messages?status=sent").body
    more = re.search(r'href="(/admin/messages\?\S*dead=\S+)#dead-letters"', first)[1]
    second = admin.get(more.replace("&amp;", "&")).body

    assert [page.count(">Redeliver<") for page in (first, second)] == [25, 1]
    assert "26 dead letters: records failed to process" in admin.get("/admin").body
