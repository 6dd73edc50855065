"""
An entry a function: the module that Lambda imports for one trigger of app.py, with what it needs and nothing else.

A module has its trigger's name, and its `handler` takes what Lambda gives. It is the one definition of what a trigger
does: on Lambda it is called itself, by the name that infra/package.py gives it in the template; anywhere else by
app.py. How much each may import is in tests/bench.
"""

import gc
import importlib
from collections.abc import Callable
from functools import wraps
from typing import Any

# Before anything imports PynamoDB, which would bring botocore along.
from chalicelib.kit.dynamo import models as models

# What is imported stays: to look for garbage in it, after every seven hundred objects, would be a twentieth of a start.
gc.set_threshold(50_000)


def entry(trigger: Callable[[Any], None]) -> Callable[[Any], Any]:
    """Return a trigger for Chalice that calls the entry of its name, imported when it is first called."""

    @wraps(trigger)
    def call(event: Any) -> Any:
        module = importlib.import_module(f"{__name__}.{trigger.__name__}")
        return module.handler(event.to_dict(), event.context)

    return call
