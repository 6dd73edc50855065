"""What tests start from: an environment, moto's tables made from infra/tables.yaml, and streams."""

import os

os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    # Moto patches botocore; the wire is tested against MiniStack and against servers of its own.
    GOODWORD_TRANSPORT="botocore",
    GOODWORD_TABLES="goodword-test-",
    GOODWORD_URL="https://go.example",
    GOODWORD_SENDER="Goodword <hello@go.example>",
    GOODWORD_SECRETS="a-secret-that-is-long-enough-for-tests-1 an-older-secret-that-still-verifies-2",
)

import pytest


@pytest.fixture
def aws(monkeypatch):
    """Fresh tables, streams and mailbox, and nothing remembered from the test before."""
    from moto import mock_aws

    from chalicelib.kit import memory
    from chalicelib.messages import mailbox
    from tests import world

    memory.forget_everything()
    mailbox._client.cache_clear()
    with mock_aws():
        world.create_tables()
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
