"""TLS: as a client draind believes an AWS endpoint only with a certificate that it can verify; as a server it shows its
own, and the next one when the files are renewed."""

import datetime
import http.server
import ipaddress
import json
import ssl
import threading
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import environment, free_port, http as request, wait_for
import conftest

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:role/draind</Arn><UserId>A:1</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


def certificate(folder, address):
    """Self-signed, for an IP address; the files of the certificate and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an endpoint for a test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256()))
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


@pytest.fixture
def endpoint(tmp_path):
    """An HTTPS server that knows who everybody is, and its certificate's file."""
    yield from serve_identity(tmp_path, "127.0.0.1")


@pytest.fixture
def misnamed_endpoint(tmp_path):
    """The same on the same address, with a certificate for another."""
    yield from serve_identity(tmp_path, "127.0.0.2")


def serve_identity(tmp_path, name):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(IDENTITY)))
            self.end_headers()
            self.wfile.write(IDENTITY)

        def log_message(self, *arguments):
            pass

    certificate_file, key_file = certificate(tmp_path, name)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}", certificate_file
    server.shutdown()
    server.server_close()


def readiness(folder, aws, **settings):
    """What /readyz first answers once the recorded drains are read."""
    port = free_port()
    process = conftest.start(
        [conftest.BUILT / "draind"], stderr=open(folder / "draind.log", "wb"),
        env=environment(
            AWS_ENDPOINT_URL=aws, DRAIND_TOPICS="arn:aws:sns:eu-west-1:123456789012:drain-hooks",
            DRAIND_LISTEN=f"127.0.0.1:{free_port()}", DRAIND_ADMIN_LISTEN=f"127.0.0.1:{port}",
            DRAIND_STORE=f"sqlite:{folder}/draind.db", AWS_MAX_ATTEMPTS="1", **settings))

    def answer():
        assert process.poll() is None, (folder / "draind.log").read_text()
        try:
            status, body = request("GET", f"http://127.0.0.1:{port}/readyz")
        except OSError:
            return None
        return None if b"still being read" in body else (status, json.loads(body))

    try:
        return wait_for(answer, "draind answers")
    finally:
        conftest.stop(process)


def test_an_endpoint_with_an_unknown_certificate_is_not_believed(tmp_path, endpoint):
    status, answer = readiness(tmp_path, endpoint[0])
    assert status == 503
    assert "certificate" in answer["error"]["message"]


def test_the_authorities_of_aws_ca_bundle_are_believed(tmp_path, endpoint):
    status, answer = readiness(tmp_path, endpoint[0], AWS_CA_BUNDLE=str(endpoint[1]))
    assert status == 200, answer


def test_a_trusted_certificate_of_another_host_is_not_believed(tmp_path, misnamed_endpoint):
    status, answer = readiness(tmp_path, misnamed_endpoint[0], AWS_CA_BUNDLE=str(misnamed_endpoint[1]))
    assert status == 503
    assert "127.0.0.1" in answer["error"]["message"] and "name" in answer["error"]["message"]


def shown_certificate(port):
    """In DER, as a client gets it that asks no questions."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def test_draind_serves_its_certificate_and_a_renewed_one_without_a_restart(tmp_path, simulate, start_draind):
    files = certificate(tmp_path, "127.0.0.1")
    draind = start_draind(
        ["arn:aws:sns:eu-west-1:123456789012:drain-hooks"], simulate().endpoint,
        DRAIND_TLS_CERTIFICATE=str(files[0]), DRAIND_TLS_PRIVATE_KEY=str(files[1]))
    port = int(draind.ingress.rsplit(":", 1)[1])
    trusting = ssl.create_default_context(cafile=files[0])
    with urllib.request.urlopen(f"https://127.0.0.1:{port}/healthz", context=trusting) as answer:
        assert answer.status == 200
    first = shown_certificate(port)
    renewed = certificate(tmp_path, "127.0.0.1")[0].read_text()
    wait_for(lambda: shown_certificate(port) != first, "the renewed certificate is shown")
    assert shown_certificate(port) == ssl.PEM_cert_to_DER_cert(renewed)
    assert [line["message"] for line in draind.lines()].count("serving the renewed certificate") == 1
