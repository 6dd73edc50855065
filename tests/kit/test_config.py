"""The environment: endpoints are AWS's own names for them, in each partition."""

import botocore.session
import pytest

from chalicelib.kit import config


@pytest.mark.parametrize(
    "region", ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1", "eusc-de-east-1"]
)
def test_endpoints_are_those_that_botocore_calls_in_the_region(region, monkeypatch):
    monkeypatch.setenv("AWS_REGION", region)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SESV2"):
        monkeypatch.delenv(name, raising=False)
    session = botocore.session.get_session()

    def called(service):
        return session.create_client(service, region_name=region).meta.endpoint_url

    assert (config.dynamodb_url(), config.ses_url()) == (called("dynamodb"), called("sesv2"))
