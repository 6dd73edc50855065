"""What tests start from: an environment, moto's tables made from infra/tables.yaml, and streams."""

import os

# Moto patches botocore; with `wire`, the same tests run over the wire against the embedded engine.
os.environ.setdefault("GOODWORD_TRANSPORT", "botocore")
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    GOODWORD_TABLES="goodword-test-",
    GOODWORD_URL="https://go.example",
    GOODWORD_SENDER="Goodword <hello@go.example>",
    GOODWORD_DEAD_LETTERS="goodword-test-dead-letters",
    GOODWORD_SECRETS="a-secret-that-is-long-enough-for-tests-1 an-older-secret-that-still-verifies-2",
)

import pytest

from tests import calls

# They need Chromium, and an environment of their own: `make browser`.
collect_ignore = ["browser"]

calls.listen()


def pytest_collection_modifyitems(items):
    """Put last what looks back on all the others."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(autouse=True)
def _evidence(request):
    """Count what a test calls as evidence of what a function needs, unless chance decides what it calls."""
    with calls.evidence("faults" not in request.path.parts):
        yield


@pytest.fixture(scope="session")
def emulator():
    """AWS for the flow tests: moto in this process; or, over the wire, MiniStack beside it."""
    from tests import world

    with world.moto() if os.environ["GOODWORD_TRANSPORT"] == "botocore" else world.ministack() as fresh:
        yield fresh


@pytest.fixture
def aws(emulator):
    """Fresh tables, streams and mailbox, and nothing remembered from the test before."""
    from chalicelib.kit import memory
    from chalicelib.messages import mailbox
    from tests import world

    memory.forget_everything()
    mailbox._client.cache_clear()
    with emulator() as letters:
        world.create_tables()
        world.letters = letters
        yield


@pytest.fixture
def shop(aws):
    """A programme, a partner and a website, driven through the public API."""
    from tests.world import NOON, Shop

    return Shop(NOON)


@pytest.fixture(scope="session")
def running():
    """The service of `make run`: real streams, real concurrency, real HTTP."""
    from tests.running import Running

    service = Running()
    yield service
    service.stop()
