"""Signatures: held to botocore's own signer."""

from datetime import UTC, datetime
from unittest.mock import patch

import botocore.auth
import botocore.compat
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.dynamo.sigv4 import Credentials, signed_headers

WORDS = st.text("ABCDEFabcdef0123456789/+", min_size=1, max_size=40)


@given(
    body=st.binary(max_size=300),
    key=WORDS,
    secret=WORDS,
    token=st.none() | WORDS,
    at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),
    region=st.sampled_from(["us-east-1", "eu-central-1", "ap-southeast-2"]),
    call=st.sampled_from([("dynamodb", "/", "DynamoDB_20120810.GetItem"), ("ses", "/v2/email/outbound-emails", None)]),
)
def test_every_signature_is_the_one_botocore_makes(body, key, secret, token, at, region, call):
    at = at.replace(microsecond=0)
    service, path, target = call
    host = f"{service}.{region}.amazonaws.com"
    ours = signed_headers(
        host=host,
        target=target,
        path=path,
        body=body,
        region=region,
        service=service,
        credentials=Credentials(key, secret, token),
        at=at.replace(tzinfo=UTC),
    )

    request = AWSRequest(
        "POST",
        f"https://{host}{path}",
        headers={name: ours[name] for name in ("content-type", "x-amz-target") if name in ours},
        data=body,
    )
    with patch("botocore.auth.get_current_datetime", return_value=at):
        botocore.auth.SigV4Auth(BotocoreCredentials(key, secret, token), service, region).add_auth(request)

    assert ours["authorization"] == request.headers["Authorization"]
    assert ours.get("x-amz-target") == target
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]
