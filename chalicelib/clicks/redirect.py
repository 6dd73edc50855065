"""
The redirect as a separate Lambda function, which imports only what a click needs.

Behind a REST API (payload 1.0) as `/{id}`, or by a Function URL (payload 2.0) as any path.
"""

from typing import Any

from chalicelib.clicks.follow import RedirectAnswer, follow
from chalicelib.kit import clock, front, urls


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one visitor."""
    context = event["requestContext"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if event.get("version") == "2.0":
        method, code = context["http"]["method"], event["rawPath"].lstrip("/")
        query = event.get("rawQueryString") or ""
        source = context["http"]["sourceIp"]
        # Before this address nothing of AWS's writes what visitors may write as well.
        if not front.is_trusted(headers):
            headers = {name: value for name, value in headers.items() if name not in front.CLAIMS}
    else:
        method, code = event["httpMethod"], (event.get("pathParameters") or {}).get("id", "")
        query = urls.to_query(event.get("multiValueQueryStringParameters"))
        source = context["identity"]["sourceIp"]
    if method not in ("GET", "HEAD"):
        return _response(
            RedirectAnswer(405, {"Allow": "GET, HEAD", "Content-Type": "text/plain"}, "Follow a link with GET.")
        )
    address = front.address_of(headers, source)
    answer = follow(code, method=method, headers=headers, address=address, at=clock.now(), query=query)
    return _response(answer._replace(body="") if method == "HEAD" else answer)


def _response(answer: RedirectAnswer) -> dict[str, Any]:
    """Return the response in the form that a REST API and a Function URL both take."""
    return {"statusCode": answer.status, "headers": answer.headers, "body": answer.body, "isBase64Encoded": False}
