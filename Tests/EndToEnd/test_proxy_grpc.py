"""gRPC through the proxy: grpcio as the server behind it and as the client before it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import certificates
import grpc
import pytest
import waiting
from proxies import proxy
from rawclient import exchange
from upstream import Peer, Upstream

SERVICE = "martlet.Test"
LARGE = bytes(range(256)) * 16_384
"""4 MB, gRPC's own limit is raised for it."""
OPTIONS = [("grpc.max_receive_message_length", 1 << 24), ("grpc.max_send_message_length", 1 << 24)]


class Service:
    """Messages are bytes, so that nothing has to be generated."""

    def __init__(self):
        self.cancelled = threading.Event()
        self.metadata = {}

    def echo(self, request, context):
        self.metadata = dict(context.invocation_metadata())
        context.send_initial_metadata([("x-initial", "1")])
        context.set_trailing_metadata([("x-trailing", "2"), ("x-bytes-bin", b"\0\xff")])
        return request

    def count(self, request, context):
        for number in range(int(request)):
            yield b"%d" % number

    def total(self, requests, context):
        return b"%d" % sum(int(request) for request in requests)

    def chat(self, requests, context):
        for request in requests:
            yield b"re: " + request

    def fail(self, request, context):
        context.set_trailing_metadata([("x-why", "because")])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today: ä")

    def fail_late(self, request, context):
        yield b"one"
        context.abort(grpc.StatusCode.DATA_LOSS, "the rest is gone")

    def slow(self, request, context):
        context.add_callback(self.cancelled.set)
        self.cancelled.wait(waiting.DEADLINE)
        return b""

    def handlers(self):
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Echo": grpc.unary_unary_rpc_method_handler(self.echo),
                "Count": grpc.unary_stream_rpc_method_handler(self.count),
                "Total": grpc.stream_unary_rpc_method_handler(self.total),
                "Chat": grpc.stream_stream_rpc_method_handler(self.chat),
                "Fail": grpc.unary_unary_rpc_method_handler(self.fail),
                "FailLate": grpc.unary_stream_rpc_method_handler(self.fail_late),
                "Slow": grpc.unary_unary_rpc_method_handler(self.slow),
            },
        )


class Running:
    def __init__(self, credentials=None):
        self.service = Service()
        self.server = grpc.server(ThreadPoolExecutor(32), options=OPTIONS)
        self.server.add_generic_rpc_handlers((self.service.handlers(),))
        if credentials:
            self.port = self.server.add_secure_port("127.0.0.1:0", credentials)
        else:
            self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def stop(self):
        self.server.stop(0).wait(waiting.DEADLINE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority):
    return authority.pair()


@pytest.fixture(scope="module", params=["plain", "tls"])
def running(request, authority, pair):
    """A gRPC server, a proxy and a channel to it: without TLS on both hops, and with it."""
    if request.param == "plain":
        running = Running()
        with proxy(f"h2c://127.0.0.1:{running.port}", retries=0) as server:
            running.proxy = server
            with grpc.insecure_channel("{}:{}".format(*server.address), options=OPTIONS) as running.channel:
                yield running
    else:
        running = Running(grpc.ssl_server_credentials([(pair.key.read_bytes(), pair.certificate.read_bytes())]))
        settings = {"certificate": pair.certificate, "key": pair.key, "upstream_ca": authority.path, "retries": 0}
        with proxy(f"https://127.0.0.1:{running.port}", bind_scheme="https", **settings) as server:
            running.proxy = server
            credentials = grpc.ssl_channel_credentials(authority.path.read_bytes())
            with grpc.secure_channel("{}:{}".format(*server.address), credentials, options=OPTIONS) as running.channel:
                yield running
    running.stop()


def unary(running, name, request=b"", **options):
    return running.channel.unary_unary(f"/{SERVICE}/{name}").with_call(request, timeout=waiting.DEADLINE, **options)


def test_unary(running):
    answer, call = unary(running, "Echo", b"hello", metadata=[("x-own", "3"), ("x-own-bin", b"\1\2")])
    assert answer == b"hello"
    assert ("x-initial", "1") in call.initial_metadata()
    assert {("x-trailing", "2"), ("x-bytes-bin", b"\0\xff")} <= {tuple(item) for item in call.trailing_metadata()}
    assert call.code() == grpc.StatusCode.OK
    metadata = running.service.metadata
    assert (metadata["x-own"], metadata["x-own-bin"], metadata["x-forwarded-for"]) == ("3", b"\1\2", "127.0.0.1")


def test_empty_messages(running):
    assert unary(running, "Echo", b"")[0] == b""


def test_messages_of_4_mb(running):
    assert unary(running, "Echo", LARGE)[0] == LARGE


def test_server_streaming(running):
    answers = running.channel.unary_stream(f"/{SERVICE}/Count")(b"1000", timeout=waiting.DEADLINE)
    assert [int(answer) for answer in answers] == list(range(1000))


def test_client_streaming(running):
    call = running.channel.stream_unary(f"/{SERVICE}/Total")
    assert call((b"%d" % number for number in range(1000)), timeout=waiting.DEADLINE) == b"499500"


def test_both_directions_one_after_the_other(running):
    """Each message is sent when the answer to the one before it has come: nothing on the way may wait for more."""
    heard = threading.Semaphore(1)
    said = []

    def talk():
        for number in range(20):
            assert heard.acquire(timeout=waiting.DEADLINE)
            yield b"%d" % number

    for answer in running.channel.stream_stream(f"/{SERVICE}/Chat")(talk(), timeout=waiting.DEADLINE):
        said.append(answer)
        heard.release()
    assert said == [b"re: %d" % number for number in range(20)]


def test_many_at_a_time(running):
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda number: unary(running, "Echo", b"%d" % number)[0], range(300)))
    assert answers == [b"%d" % number for number in range(300)]


def test_an_error_that_is_all_of_the_answer(running):
    with pytest.raises(grpc.RpcError) as failed:
        unary(running, "Fail")
    assert failed.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert failed.value.details() == "not today: ä"
    assert ("x-why", "because") in failed.value.trailing_metadata()


def test_an_error_behind_messages(running):
    answers = running.channel.unary_stream(f"/{SERVICE}/FailLate")(b"", timeout=waiting.DEADLINE)
    assert next(answers) == b"one"
    with pytest.raises(grpc.RpcError) as failed:
        next(answers)
    assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.DATA_LOSS, "the rest is gone")


def test_a_method_that_is_not_there(running):
    with pytest.raises(grpc.RpcError) as failed:
        unary(running, "Missing")
    assert failed.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_deadline(running):
    running.service.cancelled.clear()
    with pytest.raises(grpc.RpcError) as failed:
        running.channel.unary_unary(f"/{SERVICE}/Slow")(b"", timeout=0.3)
    assert failed.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert running.service.cancelled.wait(waiting.DEADLINE)


def test_a_call_that_is_cancelled(running):
    running.service.cancelled.clear()
    before = running.service.metadata
    call = running.channel.unary_unary(f"/{SERVICE}/Slow").future(b"", timeout=waiting.DEADLINE)
    # What is behind it on the same connection shows that it has arrived.
    unary(running, "Echo", b"x")
    assert running.service.metadata is not before
    call.cancel()
    assert running.service.cancelled.wait(waiting.DEADLINE)


def test_a_server_that_is_not_there_is_unavailable():
    running = Running()
    running.stop()
    with proxy(f"h2c://127.0.0.1:{running.port}", retries=0) as server:
        with grpc.insecure_channel("{}:{}".format(*server.address)) as channel:
            with pytest.raises(grpc.RpcError) as failed:
                channel.unary_unary(f"/{SERVICE}/Echo")(b"x", timeout=waiting.DEADLINE)
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE
    assert failed.value.details() == "The server behind this one gave no usable answer."


def test_what_martlet_answers_itself_is_a_status_of_grpc():
    """A server that hangs, and one that is full, over HTTP/2 and for gRPC-Web over HTTP/1.1."""
    with Upstream(lambda peer: peer.ends()) as upstream, proxy(upstream.url.replace("http:", "h2c:"), connect_timeout="200ms", retries=0) as server:
        with grpc.insecure_channel("{}:{}".format(*server.address)) as channel:
            with pytest.raises(grpc.RpcError) as failed:
                channel.unary_unary(f"/{SERVICE}/Echo")(b"x", timeout=waiting.DEADLINE)
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE

    def silent(peer: Peer) -> None:
        peer.request()
        peer.ends()

    with Upstream(silent) as upstream, proxy(upstream.url, answer_timeout="200ms", retries=0) as server:
        with grpc.insecure_channel("{}:{}".format(*server.address)) as channel:
            with pytest.raises(grpc.RpcError) as failed:
                channel.unary_unary(f"/{SERVICE}/Echo")(b"x", timeout=waiting.DEADLINE)
        assert failed.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert failed.value.details() == "The server behind this one did not answer in time."
        web = exchange(server.address, method="POST", body=b"\0\0\0\0\0", headers=[("Content-Type", "application/grpc-web+proto")])
        assert (web.status, web.header("Content-Type"), web.header("grpc-status")) == (200, "application/grpc-web+proto", "4")


def test_a_server_that_is_restarted():
    """It says goodbye to its connections, and calls go to the next one."""
    running = Running()
    with proxy(f"h2c://127.0.0.1:{running.port}") as server:
        with grpc.insecure_channel("{}:{}".format(*server.address)) as channel:
            echo = channel.unary_unary(f"/{SERVICE}/Echo")
            assert echo(b"1", timeout=waiting.DEADLINE) == b"1"
            running.stop()
            other = grpc.server(ThreadPoolExecutor(4))
            other.add_generic_rpc_handlers((Service().handlers(),))
            assert other.add_insecure_port(f"127.0.0.1:{running.port}") == running.port
            other.start()
            assert echo(b"2", timeout=waiting.DEADLINE) == b"2"
            other.stop(0).wait(waiting.DEADLINE)
