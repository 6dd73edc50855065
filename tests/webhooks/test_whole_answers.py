"""A benefit counts as given once its receiver has said so to the end: half of an answer says nothing."""

import socket
import threading

import pytest

from chalicelib.webhooks.post import Request, post

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def receiver(monkeypatch):
    """Return a way to have a receiver that sends these bytes and hangs up, and what it was sent."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("GOODWORD_WEBHOOK_TEST_HOST", host := f"127.0.0.1:{server.getsockname()[1]}")
    requests = []

    def begin(answer):
        def serve():
            connection, _ = server.accept()
            with connection:
                requests.append(connection.recv(65536))
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        return thread

    yield host, begin, requests
    server.close()


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_answer_that_is_cut_off_anywhere_in_its_head_is_no_answer(receiver, length):
    host, begin, _ = receiver
    thread = begin(WHOLE[:length])

    with pytest.raises(OSError):
        post(Request(f"http://{host}/", b"{}", {}))
    thread.join()


def test_an_answer_that_arrived_to_its_end_counts_and_is_asked_for_by_a_whole_path(receiver):
    host, begin, requests = receiver
    for path, line in (("/", b"POST / "), ("?x=1", b"POST /?x=1 "), ("/a?x=1", b"POST /a?x=1 ")):
        thread = begin(WHOLE)
        assert post(Request(f"http://{host}{path}", b"{}", {})).status == 200
        thread.join()
        assert requests[-1].startswith(line)
