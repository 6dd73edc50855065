"""How the service reaches an engine, in this process or another: the wire's calls, and what the SDK's clients send."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import botocore.handlers
import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib.emails import ses_client
from chalicelib.kit import config
from chalicelib.kit.dynamo import wire
from infra.local.processes import Address, Caller

# Status, headers, and a body.
Answer = tuple[int, dict[str, str], bytes]


class Answering(Protocol):
    """An engine, here or in another process."""

    def answer(self, operation: str, body: bytes) -> Answer:
        """Answer as DynamoDB."""

    def request(self, service: str, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer as S3 or SES."""


class RemoteEngine:
    """The engine of another process, behind its door. Raises ConnectionResetError if it cannot answer."""

    def __init__(self, address: Address) -> None:
        self._caller = Caller(address)

    def answer(self, operation: str, body: bytes) -> Answer:
        answer: Answer = self._caller.ask("answer", operation, body)
        return answer

    def request(self, service: str, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        answer: Answer = self._caller.ask("request", service, method, url, headers, body)
        return answer


def answering(engine: Answering) -> Callable[..., Answer]:
    """Return what an engine's door answers with: the name of a method, and its arguments."""
    methods: dict[str, Callable[..., Answer]] = {"answer": engine.answer, "request": engine.request}
    return lambda method, *arguments: methods[method](*arguments)


def use_remote_engine(address: Address) -> None:
    """Have all of this process ask the engine of another."""
    use_engine(RemoteEngine(address))


def use_engine(engine: Answering) -> None:
    """Have all calls of this process to AWS go to an engine."""
    wire.use(EngineWire(engine))
    ses_client.use(EngineSes(engine))
    answer_botocore(lambda: engine)


class EngineWire(wire.Wire):
    """The service's own wire, with its retries, over an engine and not a socket."""

    def __init__(self, engine: Answering) -> None:
        super().__init__(
            endpoint="http://engine.invalid", target="DynamoDB_20120810", service="dynamodb", region=config.region()
        )
        self.engine = engine

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        return read(operation, self.engine.answer(operation, body))


class EngineSes:
    """The service's client of SES, over an engine and not a socket."""

    def __init__(self, engine: Answering) -> None:
        self.engine = engine

    def send_email(self, **email: Any) -> dict[str, Any]:
        answer = self.engine.request("sesv2", "POST", f"http://ses{ses_client.PATH}", {}, json.dumps(email).encode())
        return ses_client.read(*answer)


def read(operation: str, answer: Answer) -> dict[str, Any]:
    """Return what an answer says. Raises wire.Declined."""
    status, headers, content = answer
    document: dict[str, Any] = msgspec.json.decode(content)
    if status == 200:
        return document
    raise wire.declined(operation, status, document, headers)


def answer_botocore(engine: Callable[[], Answering | None]) -> None:
    """Let botocore's clients that are made from now on be answered by the engine, if there is one."""

    def answer(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        service, current = event_name.split(".")[1], engine()
        if current is None or service not in ("dynamodb", "s3", "sesv2"):
            return None
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body = request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        body = body.encode() if isinstance(body, str) else body
        if service == "dynamodb":
            status, received, content = current.answer(headers["x-amz-target"].rpartition(".")[2], body)
        else:
            status, received, content = current.request(service, str(request.method), request.url, headers, body)
        return AWSResponse(request.url, status, {**received, "content-length": str(len(content))}, _Raw(content))

    botocore.handlers.BUILTIN_HANDLERS.append(("before-send", answer))


class _Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
