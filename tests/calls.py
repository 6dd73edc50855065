"""
Which function of the stack makes which calls of AWS: recorded at the transport while the tests run.

At the end of a whole run without a failure it is compared with what infra/app.yaml allows: nothing
missing, nothing too much. Where tests run in several processes, each hands over what it recorded.
"""

import functools
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar

from botocore.client import BaseClient
from chalice.app import Chalice, EventSourceHandler
from chalice.package import YAMLTemplateSerializer
from chalice.utils import to_cfn_resource_name

from chalicelib.kit import memory
from chalicelib.kit.dynamo.wire import Wire
from tests.running import ROOT

# By function, what it called: {("rewards/waiting", "Query"), ...}.
made = defaultdict(set)
made_for_sure = defaultdict(set)
_memories = defaultdict(dict)
_function = ContextVar("the function that runs", default=None)
_sure = ContextVar("whether the test makes these calls each time", default=False)

_SIMPLE = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"}
_BATCHES = {"BatchGetItem", "BatchWriteItem"}
# Where the permission has another name than the operation.
_OTHERWISE = {
    ("s3", "ListObjectsV2"): ["ListBucket"],
    ("s3", "CopyObject"): ["GetObject", "PutObject"],
    ("lambda", "Invoke"): ["InvokeFunction"],
}
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def listen():
    """Begin to put calls down, for the rest of this process."""
    _around(Chalice, "__call__", lambda app, event, context: _api(event))
    _around(EventSourceHandler, "__call__", lambda handler, *_: to_cfn_resource_name(handler.func.__name__))
    _forget_each()
    _before(BaseClient, "_make_api_call", lambda client: client.meta.service_model.service_name)
    _before(Wire, "call", lambda wire: wire._service)


@contextmanager
def evidence(sure):
    """Return whether the calls in this block are made each time they are run, or by chance."""
    token = _sure.set(sure)
    try:
        yield
    finally:
        _sure.reset(token)


def needed(service, operation, parameters):
    """Return what a role must allow for a call: pairs of a table (or table/index, or a service) and an operation."""
    if service == "s3":
        bucket = "roots" if parameters["Bucket"].endswith("-roots") else "s3"
        return {(bucket, one) for one in _OTHERWISE.get((service, operation), [operation])}
    if (service, operation) in _OTHERWISE:
        return {(service, one) for one in _OTHERWISE[service, operation]}
    if service != "dynamodb":
        return {(service.removesuffix("v2"), operation)}
    if operation in _SIMPLE:
        index = parameters.get("IndexName")
        return {(_table(parameters["TableName"]) + (f"/{index}" if index else ""), operation)}
    if operation in _BATCHES:
        return {(_table(name), operation) for name in parameters["RequestItems"]}
    if operation == "TransactGetItems":
        return {(_table(part["Get"]["TableName"]), "GetItem") for part in parameters["TransactItems"]}
    assert operation == "TransactWriteItems", f"which permissions does {operation} need?"
    parts = [part for item in parameters["TransactItems"] for part in item.items()]
    return {(_table(part["TableName"]), _PARTS[kind]) for kind, part in parts}


def _table(name):
    return name.split("-", 2)[2]


def _api(event):
    """Return which function API Gateway would call: the redirect has one of its own."""
    return "Redirect" if event["requestContext"]["resourcePath"] == "/{id}" else "APIHandler"


def _around(owner, method, name_of):
    original = getattr(owner, method)

    @functools.wraps(original)
    def named(self, *arguments):
        function = name_of(self, *arguments)
        token = _function.set(function)
        try:
            with _own_memory(function):
                return original(self, *arguments)
        finally:
            _function.reset(token)

    setattr(owner, method, named)


@contextmanager
def _own_memory(function):
    """Let a function remember only what it asked itself: on Lambda, each is a process of its own."""
    before = {one: one._entries for one in memory._all}
    for one in before:
        one._entries = _memories[function].setdefault(one, {})
    try:
        yield
    finally:
        for one, entries in before.items():
            one._entries = entries


def _forget_each():
    """Have `forget_everything` forget what each function remembers."""
    forget = memory.forget_everything

    def forget_each():
        for memories in _memories.values():
            for entries in memories.values():
                entries.clear()
        forget()

    memory.forget_everything = forget_each


def _before(client, method, service_of):
    original = getattr(client, method)

    @functools.wraps(original)
    def noted(self, operation, parameters):
        function = _function.get()
        if function is not None:
            calls = needed(service_of(self), operation, parameters)
            made[function] |= calls
            if _sure.get():
                made_for_sure[function] |= calls
        return original(self, operation, parameters)

    setattr(client, method, noted)


# What no test provokes, and why the function needs it all the same.
RARE = {}
# Whether one row is looked up or several is often chance: how many fall into one part of a list.
_LOOK_UPS = {"GetItem", "BatchGetItem"}


def declared():
    """Return the functions as infra/app.yaml has them; Chalice adds their code later."""
    template = YAMLTemplateSerializer().load_template((ROOT / "infra/app.yaml").read_text())
    return {name: one for name, one in template["Resources"].items() if "Calls" in one.get("Metadata", {})}


def recorded():
    """Return what was recorded in this process, as JSON can hold it."""
    return [{name: sorted(calls) for name, calls in one.items()} for one in (made, made_for_sure)]


def merge(of_a_process):
    """Take over what another process has recorded."""
    for mine, theirs in zip((made, made_for_sure), of_a_process, strict=True):
        for name, calls in theirs.items():
            mine[name] |= {tuple(call) for call in calls}


def differences():
    """Return in what calls and permissions differ, a sentence each."""
    functions = declared()
    missing, unused = set(), set()
    for name, function in functions.items():
        allowed = {(target, one) for target, listed in function["Metadata"]["Calls"].items() for one in listed}
        missing |= {(name, *call) for call in made[name] - allowed}
        unused |= {(name, *call) for call in allowed - _evident(made_for_sure[name])}
    wrong = [
        f"{name} makes calls, and nothing says which it may make" for name in sorted(made.keys() - functions.keys())
    ]
    wrong += [f"{call} happened, and is not allowed" for call in sorted(missing)]
    wrong += [f"{call} is allowed, and no test did it" for call in sorted(unused - RARE.keys())]
    wrong += [f"{call} is called rare, and happened or is not allowed" for call in sorted(RARE.keys() - unused)]
    return wrong


def _evident(recorded):
    looked_up = {target for target, operation in recorded if operation in _LOOK_UPS}
    return recorded | {(target, operation) for target in looked_up for operation in _LOOK_UPS}
