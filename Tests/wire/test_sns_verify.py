"""`drainctl sns verify` on messages that AWS itself signed, kept beside the project."""

import json
import subprocess

import pytest

from conftest import BUILT, ROOT, environment

VECTORS = ROOT.parent / "shared" / "vectors" / "sns"
INDEX = json.loads((VECTORS / "index.json").read_text()) if VECTORS.exists() else []


def run(body, *arguments, **settings):
    return subprocess.run(
        [BUILT / "drainctl", "sns", "verify", "-", *map(str, arguments)], env=environment(**settings), input=body,
        capture_output=True, timeout=60)


def verify(body, *arguments):
    result = run(body, *arguments)
    return result.returncode, result.stdout.decode().strip()


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["file"])
def test_a_message_comes_out_as_its_index_says(entry):
    code, said = verify((VECTORS / entry["file"]).read_bytes(), "--certificate", VECTORS / entry["certificate"],
                        "--at", entry["at"])
    assert (code == 0, said == "valid") == (entry["expected"] == "valid",) * 2, said


@pytest.mark.skipif(not INDEX, reason="the shared vectors are not here")
class TestOneOfThem:
    entry = INDEX[0] if INDEX else None

    def verify(self, change=lambda message: message, *arguments):
        message = json.loads((VECTORS / self.entry["file"]).read_bytes())
        return verify(json.dumps(change(message)).encode(), "--certificate", VECTORS / self.entry["certificate"],
                      *arguments)

    def test_is_valid_as_it_is(self):
        assert self.verify() == (0, "valid")

    def test_is_not_valid_with_another_message(self):
        code, said = self.verify(lambda message: message | {"Message": "another"})
        assert code == 3 and "signature" in said

    def test_is_not_valid_for_another_topic(self):
        code, said = self.verify(lambda message: message, "--topic", "arn:aws:sns:us-east-1:123456789012:another")
        assert code == 3 and "topic" in said

    def test_is_not_valid_years_later(self):
        code, _ = self.verify(lambda message: message, "--at", "2026-01-01T00:00:00Z")
        assert code == 3


@pytest.mark.parametrize("body", [b"", b"hello", b"[]", b"{}"], ids=["empty", "text", "list", "object"])
def test_what_is_no_message_is_unreadable(body):
    code, said = verify(body)
    assert code == 65 and said


FORGED = {
    "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "m",
    "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "2", "Signature": "AAAA",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"}


def test_a_url_that_aws_never_uses_is_refused_without_a_fetch():
    url = "https://sns.eu-west-1.amazonaws.com.example.com/a.pem"
    code, said = verify(json.dumps(FORGED | {"SigningCertURL": url}).encode())
    assert code == 3 and "certificate" in said.lower()


def test_when_the_certificate_cannot_be_fetched_it_says_why_and_what_to_do():
    result = run(json.dumps(FORGED).encode(), HTTPS_PROXY="http://127.0.0.1:9")
    assert result.returncode == 69
    assert b"127.0.0.1" in result.stderr and b"--certificate" in result.stderr


def test_a_time_that_is_none_shows_how_the_verb_is_used():
    result = run(b"", "--at", "yesterday")
    assert result.returncode == 64
    assert b"--at: yesterday" in result.stderr and b"drainctl sns verify" in result.stderr


def test_a_message_from_after_the_given_time_is_refused():
    code, said = verify(json.dumps(FORGED).encode(), "--at", "2025-12-31T00:00:00Z")
    assert code == 3 and "from the future" in said


@pytest.mark.parametrize("content", ["hello", None], ids=["no PEM", "no file"])
def test_a_certificate_that_is_none_is_named_as_unreadable_input(tmp_path, content):
    file = tmp_path / "certificate.pem"
    if content:
        file.write_text(content)
    result = run(json.dumps(FORGED).encode(), "--certificate", file)
    assert result.returncode == 65
    assert str(file) in result.stderr.decode()


def test_authorities_that_cannot_be_read_are_bad_configuration():
    result = run(json.dumps(FORGED).encode(), AWS_CA_BUNDLE="no.pem")
    assert result.returncode == 78
    assert result.stderr.decode().count("\n") == 1 and "no.pem" in result.stderr.decode()
