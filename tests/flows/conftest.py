"""The flows tell what each function calls; its role is compared with that (tests/infra/test_roles.py)."""

import pytest

from tests import calls


@pytest.fixture(autouse=True)
def _put_down():
    with calls.flow():
        yield
