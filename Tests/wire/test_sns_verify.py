"""`drainctl sns verify` on messages that AWS itself signed, kept beside the project."""

import json
import subprocess

import pytest

from conftest import BUILT, ROOT, environment

VECTORS = ROOT.parent / "shared" / "vectors" / "sns"
INDEX = json.loads((VECTORS / "index.json").read_text()) if VECTORS.exists() else []


def verify(body, *arguments):
    result = subprocess.run(
        [BUILT / "drainctl", "sns", "verify", "-", *map(str, arguments)], env=environment(), input=body,
        capture_output=True, timeout=60)
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


def test_a_url_that_aws_never_uses_is_refused_without_a_fetch():
    message = {
        "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "m",
        "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "2", "Signature": "AAAA",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com.example.com/a.pem"}
    code, said = verify(json.dumps(message).encode())
    assert code == 3 and "certificate" in said.lower()
