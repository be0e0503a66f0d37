"""CloudFormation as a custom resource sees it: requests through a topic, and a bucket that takes the answers."""

import http.server
import json
import threading
import uuid

from conftest import GROUP, REGION, wait_for

ACCOUNT = "123456789012"


class ResponseBucket:
    """Takes what is put. Before it has a status to answer with, it holds what comes."""

    def __init__(self):
        self.puts = []
        self.status = 200
        self.taken = {}
        self.open = threading.Event()
        self.open.set()
        bucket = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bucket.puts.append((self.path, dict(self.headers), body))
                bucket.open.wait()
                if bucket.status == 200:
                    bucket.taken.setdefault(self.path, []).append(body)
                self.send_response(bucket.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()


class Stack:
    """One stack, and what CloudFormation makes of the answers for its resources."""

    def __init__(self, topic, bucket, publish, name="web"):
        self.topic = topic
        self.bucket = bucket
        self.publish = publish
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{uuid.uuid4()}"

    def request(self, kind, resource_type, properties, physical_id=None, logical_id="Hook", timeout=60, **more):
        request_id = str(uuid.uuid4())
        request = {
            "RequestType": kind, "ServiceToken": self.topic, "StackId": self.id, "RequestId": request_id,
            # As it is signed: what is percent-encoded stays so.
            "ResponseURL": f"{self.bucket.origin}/{self.id.replace(':', '%3A')}%7C{request_id}?Signature=secret%2B",
            "LogicalResourceId": logical_id, "ResourceType": resource_type,
            "ResourceProperties": {"ServiceToken": self.topic, "ServiceTimeout": str(timeout)} | properties}
        if physical_id is not None:
            request["PhysicalResourceId"] = physical_id
        return request | more

    def ask(self, *arguments, **options):
        """Sends a request, and gives its answer, once there is one."""
        return self.answer(self.send(*arguments, **options))

    def send(self, *arguments, **options):
        request = self.request(*arguments, **options)
        self.publish(request)
        return request

    def path(self, request):
        return request["ResponseURL"].removeprefix(self.bucket.origin)

    def answer(self, request, seconds=60):
        """The one that CloudFormation has, by its rules."""
        bodies = wait_for(lambda: self.bucket.taken.get(self.path(request)), "the request is answered", seconds)
        sent = [put for put in self.bucket.puts if put[0] == self.path(request)]
        assert len({body for _, _, body in sent}) == 1, "every try says the same"
        for _, headers, body in sent:
            assert headers.get("Content-Type", "") == ""
            assert len(body) <= 4096
        answer = json.loads(bodies[0])
        assert answer["Status"] in ("SUCCESS", "FAILED")
        assert (answer["Status"] == "SUCCESS") or answer["Reason"]
        assert 0 < len(answer["PhysicalResourceId"].encode()) <= 1024
        for name in ("StackId", "RequestId", "LogicalResourceId"):
            assert answer[name] == request[name]
        return answer


def publisher(simulation, topic):
    """Has a request published as CloudFormation does it: SNS signs it."""
    client = simulation.client("sns")
    return lambda request: client.publish(
        TopicArn=topic, Subject="AWS CloudFormation custom resource request", Message=json.dumps(request))


def hooks(simulation, group=GROUP):
    found = simulation.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=group)["LifecycleHooks"]
    return {hook["LifecycleHookName"]: hook for hook in found}
