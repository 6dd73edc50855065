"""What AWS hands to functions: a REST API's proxy events, with the headers that really come."""

import json
from typing import Any

Event = dict[str, Any]

BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


def follow(code: str, *, user_agent: str = BROWSER, address: str = "203.0.113.7") -> Event:
    """Return a visitor's GET of a short link, as an edge-optimised REST API passes it on."""
    headers = {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding": "gzip, deflate, br",
        "Accept-Language": "en-GB,en;q=0.9",
        "CloudFront-Forwarded-Proto": "https",
        "CloudFront-Is-Desktop-Viewer": "false",
        "CloudFront-Is-Mobile-Viewer": "true",
        "CloudFront-Is-SmartTV-Viewer": "false",
        "CloudFront-Is-Tablet-Viewer": "false",
        "CloudFront-Viewer-ASN": "1136",
        "CloudFront-Viewer-Country": "NL",
        "Host": "go.example.com",
        "Referer": "https://www.instagram.com/",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "cross-site",
        "User-Agent": user_agent,
        "Via": "2.0 0d1e2f3a4b5c6d7e8f90.cloudfront.net (CloudFront)",
        "X-Amz-Cf-Id": "uWz4gXEXAMPLEdFJ9X9rJm7vYqQ9a8wCw==",
        "X-Amzn-Trace-Id": "Root=1-6740a5d2-0123456789abcdef01234567",
        "X-Forwarded-For": f"{address}, 130.176.1.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return _event("GET", "/{id}", f"/{code}", headers, address=address, parameters={"id": code})


def post(path: str, body: dict[str, Any], *, key: str) -> Event:
    """Return a website's call of the API."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Authorization": f"Bearer {key}",
        "CloudFront-Forwarded-Proto": "https",
        "CloudFront-Viewer-Country": "DE",
        "Content-Type": "application/json",
        "Host": "go.example.com",
        "User-Agent": "python-httpx/0.28.1",
        "Via": "1.1 1a2b3c4d5e6f.cloudfront.net (CloudFront)",
        "X-Amzn-Trace-Id": "Root=1-6740a5d2-0123456789abcdef01234567",
        "X-Forwarded-For": "198.51.100.20, 130.176.1.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return _event("POST", path, path, headers, address="198.51.100.20", body=json.dumps(body))


def get(route: str, path: str, *, key: str, identifier: str) -> Event:
    """Return a call of the API that asks for something."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {key}", "Host": "go.example.com"}
    return _event("GET", route, path, headers, address="198.51.100.20", parameters={"id": identifier})


def _event(
    method: str,
    route: str,
    path: str,
    headers: dict[str, str],
    *,
    address: str,
    parameters: dict[str, str] | None = None,
    body: str | None = None,
) -> Event:
    return {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "a1b2c3d4e5",
            "domainName": "go.example.com",
            "domainPrefix": "go",
            "extendedRequestId": "Bb2cEXAMPLE=",
            "httpMethod": method,
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoIdentityId": None,
                "sourceIp": address,
                "user": None,
                "userAgent": headers.get("User-Agent"),
                "userArn": None,
            },
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "22/Nov/2026:05:00:00 +0000",
            "requestTimeEpoch": 1795323600000,
            "resourceId": "abc123",
            "resourcePath": route,
            "stage": "api",
        },
        "body": body,
        "isBase64Encoded": False,
    }
