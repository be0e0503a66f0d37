"""moto as an AWS of its own, and clients of it."""

import subprocess

import boto3

from conftest import REGION, ROOT, environment, free_port, http, start, wait_for


def start_moto(folder):
    """The process, and where it listens."""
    port = free_port()
    with open(folder / "moto.log", "wb") as log:
        process = start(
            [ROOT / ".venv" / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)], env=environment(),
            stdout=log, stderr=subprocess.STDOUT)
    endpoint = f"http://127.0.0.1:{port}"

    def answers():
        try:
            return http("GET", endpoint + "/moto-api/")[0] == 200
        except OSError:
            return False

    wait_for(answers, "moto listens")
    return process, endpoint


def start_moto_in_turn():
    """A DynamoDB whose transactions do not hurt each other: where it listens."""
    process = start(
        [ROOT / ".venv" / "bin" / "python", ROOT / "Tests" / "wire" / "moto_in_turn.py"], env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, process.stdout.readline().strip()


def client(service, endpoint):
    return boto3.session.Session().client(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="simulated",
        aws_secret_access_key="simulated")
