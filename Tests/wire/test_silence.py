"""Whoever does not answer, or does not finish a sentence, holds up neither an answer nor the end of draind."""

import concurrent.futures
import json
import shutil
import socket
import subprocess
import threading
import time

import pytest

from conftest import Draind, free_port, http, wait_for
from recorder import Recorder

TOPIC = "arn:aws:sns:eu-west-1:123456789012:drain-hooks"
LONGEST_SHUTDOWN = 20


class Silence:
    """A server that takes every request and answers none."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests = []
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        try:
            while received := connection.recv(1 << 16):
                self.requests.append(received)
        except OSError:
            pass

    def close(self):
        for each in [self.listener, *self.connections]:
            each.close()


class UnreadyDraind(Draind):
    def wait_until_ready(self):
        """It never is: this waits for the first answer to a probe after the drains were taken up."""
        def up():
            assert self.process.poll() is None, self.log.read_text()
            try:
                return b"still being read" not in http("GET", self.admin + "/readyz")[1]
            except OSError:
                return False

        wait_for(up, "draind is up")


@pytest.fixture
def silence():
    silence = Silence()
    yield silence
    silence.close()


@pytest.fixture
def start_unready(tmp_path):
    started = []

    def start(aws, topics=(TOPIC,), **settings):
        started.append(UnreadyDraind(tmp_path, topics, aws, **settings))
        return started[-1]

    yield start
    for draind in started:
        draind.stop()


def timed(action):
    """What it gives, and how many seconds it took."""
    begun = time.monotonic()
    return action(), time.monotonic() - begun


def readiness(draind):
    status, body = http("GET", draind.admin + "/readyz")
    return status, json.loads(body)["error"]["message"]


def test_a_probe_learns_soon_that_aws_is_silent(start_unready, silence):
    draind, seconds = timed(lambda: start_unready(silence.url))
    assert seconds < 10
    assert readiness(draind) == (503, "AWS does not answer: none within 3.0 seconds")
    assert len([request for request in silence.requests if b"GetCallerIdentity" in request]) == 1


def test_a_name_that_nobody_resolves_holds_up_neither_readiness_nor_the_end(tmp_path, start_unready):
    source, library = tmp_path / "resolver.c", tmp_path / "resolver.so"
    source.write_text(r"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>
        #include <string.h>
        #include <unistd.h>

        int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
            if (host && !strcmp(host, "slow.invalid")) { sleep(600); return EAI_AGAIN; }
            int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
                dlsym(RTLD_NEXT, "getaddrinfo");
            return next(host, service, hints, found);
        }
        """)
    # Swift's own toolchain brings it.
    subprocess.run([shutil.which("clang") or "cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    draind = start_unready("http://slow.invalid", certificate_origin="http://127.0.0.1:1", LD_PRELOAD=str(library))
    assert readiness(draind) == (503, "AWS does not answer: none within 3.0 seconds")
    code, seconds = timed(draind.stop)
    assert code == 0 and seconds < LONGEST_SHUTDOWN


def test_a_half_sent_request_does_not_hold_up_the_end(start_draind, simulate):
    draind = start_draind([TOPIC], simulate().endpoint)
    port = int(draind.ingress.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /sns HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        # Answered after it, so draind has begun to read that one.
        assert http("GET", draind.ingress + "/healthz")[0] == 200
        code, seconds = timed(draind.stop)
    assert code == 0 and seconds < LONGEST_SHUTDOWN


def test_calls_under_way_do_not_hold_up_the_end(protected, silence):
    simulation, draind = protected()
    simulation.scale_in(1)
    wait_for(draind.drains, "the hook is accepted")
    draind.kill()
    for service in ("ECS", "AUTO_SCALING"):
        draind.environment[f"AWS_ENDPOINT_URL_{service}"] = silence.url
    draind.start()
    wait_for(lambda: silence.requests, "AWS is being asked about the drain")
    code, seconds = timed(draind.stop)
    assert code == 0 and seconds < LONGEST_SHUTDOWN


class Confirmation:
    """The genuine question of SNS whether a subscription is wanted, for draind to answer."""

    def __init__(self, simulation):
        self.topic = simulation.create_topic()
        recorder = Recorder()
        simulation.client("sns").subscribe(TopicArn=self.topic, Protocol="http", Endpoint=recorder.origin)
        (self.message,) = wait_for(lambda: recorder.messages("SubscriptionConfirmation"), "SNS asks to confirm")
        recorder.close()
        self.body = json.dumps(self.message).encode()


def test_a_confirmation_that_sns_does_not_take_is_answered_503_before_sns_gives_up(start_draind, simulate, silence):
    simulation = simulate()
    confirmation = Confirmation(simulation)
    draind = start_draind([confirmation.topic], simulation.endpoint, AWS_ENDPOINT_URL_SNS=silence.url)
    (status, _), seconds = timed(lambda: draind.post(confirmation.body))
    assert status == 503 and seconds < 15


def test_a_confirmation_under_way_does_not_hold_up_the_end(start_draind, simulate, silence):
    simulation = simulate()
    confirmation = Confirmation(simulation)
    draind = start_draind([confirmation.topic], simulation.endpoint, AWS_ENDPOINT_URL_SNS=silence.url)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(draind.post, confirmation.body)
        wait_for(lambda: silence.requests, "SNS is being asked")
        code, seconds = timed(draind.stop)
        assert answer.result()[0] == 503
    assert code == 0 and seconds < LONGEST_SHUTDOWN


def test_a_confirmation_that_sns_refuses_is_answered_503(start_draind, simulate):
    simulation = simulate()
    confirmation = Confirmation(simulation)
    draind = start_draind(
        [confirmation.topic], simulation.endpoint, AWS_ENDPOINT_URL_SNS=f"http://127.0.0.1:{free_port()}")
    assert draind.post(confirmation.body)[0] == 503


def test_a_dry_run_confirms_nothing(start_draind, simulate, silence):
    simulation = simulate()
    confirmation = Confirmation(simulation)
    draind = start_draind(
        [confirmation.topic], simulation.endpoint, AWS_ENDPOINT_URL_SNS=silence.url, DRAIND_DRY_RUN="on")
    assert draind.post(confirmation.body)[0] == 200
    assert silence.requests == []
