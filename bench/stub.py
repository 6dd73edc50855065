"""
DynamoDB reduced to answers that never change: a loopback server for counting the client's own work.

`python -m bench.stub` prints its address, answers every signed call with the same bytes, and ends
with its parent's input.
"""

import json
import socket
import sys
import threading
import zlib

_LINK = {
    "pk": {"S": "bea-recommends"},
    "sk": {"S": "link"},
    "kind": {"S": "link"},
    "id": {"S": "lnk_01KKAGP600QG02D63426W5DBPS"},
    "code": {"S": "bea-recommends"},
    "program_id": {"S": "prg_01KKAGP600QG02D63426W5DBPS"},
    "partner_id": {"S": "ptr_01KKAGP600QG02D63426W5DBPS"},
    "destination": {"S": "https://tea.example/welcome"},
    "created_at": {"S": "2026-03-10T12:00:00.000Z"},
    "salt": {"S": "00112233445566778899aabbccddeeff"},
}
_ANSWERS = {b"GetItem": {"Item": _LINK}, b"PutItem": {}}


def _written(answer: dict[str, object]) -> bytes:
    body = json.dumps(answer).encode()
    head = (
        "HTTP/1.1 200 OK\r\nServer: Server\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\n"
        f"x-amzn-RequestId: {'A' * 52}\r\nx-amz-crc32: {zlib.crc32(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(connection: socket.socket) -> None:
    """Answer the calls of one connection, until it is closed."""
    answers = {name: _written(answer) for name, answer in _ANSWERS.items()}
    reader = connection.makefile("rb")
    while reader.readline():
        length, answer = 0, b""
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"x-amz-target":
                answer = answers[value.strip().rpartition(b".")[2]]
        reader.read(length)
        connection.sendall(answer)


def main() -> None:
    """Serve until the input ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)

    def accept() -> None:
        while True:
            connection, _ = listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
