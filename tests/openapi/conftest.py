"""What the tests of the OpenAPI document as others read it start from: the running service, and Node's tools."""

import pytest

from tests.running import ROOT, Running

NODE = ROOT / "build" / "node" / "node_modules" / ".bin"


@pytest.fixture(scope="session")
def running():
    """The service of `make run`, on a free port."""
    service = Running()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def document(running, tmp_path_factory):
    """The document, as it is served."""
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    file.write_bytes(running.call("GET", "/openapi.json")[2])
    return file
