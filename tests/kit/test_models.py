"""PynamoDB without botocore's client: models do what they did, and whoever wants that client gets it."""

import subprocess
import sys

import pytest

from tests.running import ROOT

pytestmark = pytest.mark.slow

_ENVIRONMENT = {"GOODWORD_TABLES": "goodword-test-", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("import_models have_no_botocore write_and_read", id="rows are written, refused and read"),
        pytest.param("import_models write_and_read make_a_client", id="then a client can be made"),
        pytest.param("import_models make_a_client write_and_read", id="or before that"),
        pytest.param("import_models catch_what_botocore_raises", id="PynamoDB catches what botocore raises"),
        pytest.param("import_botocore import_models write_and_read make_a_client", id="botocore was imported before"),
    ],
)
def test_in_a_process_of_its_own(steps):
    command = [sys.executable, "-m", "tests.kit.models_alone", *steps.split()]

    done = subprocess.run(command, cwd=ROOT, env=_ENVIRONMENT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
