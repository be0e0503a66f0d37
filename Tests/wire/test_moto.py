"""draind against moto, an AWS that is not ours.

moto has no lifecycle waits: it answers heartbeats and completions with 500. Its SNS leaves the Subject out of what it
signs, so nobody who verifies can believe it. So the hook comes, properly signed, from a topic of the simulation, a
stand-in confirms that Auto Scaling waits, and everything else is asked of moto: the drain goes as far as the
completion, which moto refuses, and draind keeps it.
"""

import datetime
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import REGION, http, stop, wait_for
from moto_process import client, start_moto

CLUSTER = "moto"


@pytest.fixture
def moto(tmp_path):
    process, endpoint = start_moto(tmp_path)
    # Otherwise each DescribeTasks moves the tasks a step on.
    status, _ = http("POST", endpoint + "/moto-api/state-manager/set-transition", {
        "model_name": "ecs::task", "transition": {"progression": "manual", "times": 1_000_000_000}})
    assert status in (200, 201)
    yield endpoint
    stop(process)


@pytest.fixture
def heartbeats(moto):
    """Auto Scaling as moto has it, but for heartbeats, which are confirmed."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if b"Action=RecordLifecycleActionHeartbeat" in body:
                name = "RecordLifecycleActionHeartbeat"
                return self.reply(200, f"<{name}Response><{name}Result/></{name}Response>".encode())
            headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Content-Length")}
            try:
                with urllib.request.urlopen(urllib.request.Request(moto, data=body, headers=headers)) as answer:
                    self.reply(answer.status, answer.read())
            except urllib.error.HTTPError as error:
                self.reply(error.code, error.read())

        def reply(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def container_instances(moto, count):
    """EC2 instances that are registered with a cluster, of a group with a hook."""
    ec2, ecs, autoscaling = (client(service, moto) for service in ("ec2", "ecs", "autoscaling"))
    ecs.create_cluster(clusterName=CLUSTER)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="hosts", ImageId=image, InstanceType="t3.micro")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="hosts", LaunchConfigurationName="hosts", MinSize=count, MaxSize=count,
        AvailabilityZones=[REGION + "a"])
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName="hosts", LifecycleHookName="drain",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=300, DefaultResult="CONTINUE")
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["hosts"])["AutoScalingGroups"]
    hosts = {}
    for instance in group["Instances"]:
        document = json.dumps({"instanceId": instance["InstanceId"]})
        host = ecs.register_container_instance(cluster=CLUSTER, instanceIdentityDocument=document)
        hosts[instance["InstanceId"]] = host["containerInstance"]["containerInstanceArn"]
    return hosts


def start_task(moto, host):
    ecs = client("ecs", moto)
    ecs.register_task_definition(
        family="job", containerDefinitions=[{"name": "job", "image": "job", "memory": 64, "cpu": 64}])
    (task,) = ecs.start_task(cluster=CLUSTER, taskDefinition="job", containerInstances=[host])["tasks"]
    return task["taskArn"]


def publish_hook(simulation, topic, instance):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    simulation.client("sns").publish(TopicArn=topic, Subject="Auto Scaling: a hook", Message=json.dumps({
        "LifecycleHookName": "drain", "AccountId": "123456789012", "RequestId": "1", "Service": "AWS Auto Scaling",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "AutoScalingGroupName": "hosts",
        "EC2InstanceId": instance, "LifecycleActionToken": "71514b9d-6a40-4b26-8523-05e7ee35fa40",
        "Time": now, "Origin": "AutoScalingGroup", "Destination": "EC2"}))


def test_draind_drains_on_moto_as_far_as_moto_goes(moto, heartbeats, simulate, start_draind):
    hosts = container_instances(moto, 2)
    instance, host = next(iter(hosts.items()))
    task = start_task(moto, host)
    simulation = simulate()
    topic = simulation.create_topic()
    draind = start_draind(
        [topic], moto, certificate_origin=simulation.endpoint, AWS_ENDPOINT_URL_SNS=simulation.endpoint,
        AWS_ENDPOINT_URL_AUTO_SCALING=heartbeats, DRAIND_STANDALONE_TASKS="stop")
    simulation.subscribe(topic, draind)
    publish_hook(simulation, topic, instance)

    ecs = client("ecs", moto)

    def statuses():
        found = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=list(hosts.values()))
        return {each["ec2InstanceId"]: each["status"] for each in found["containerInstances"]}

    wait_for(lambda: statuses()[instance] == "DRAINING", "the instance is DRAINING at moto")
    assert list(statuses().values()).count("ACTIVE") == 1, "the other instance is let alone"

    def stopped():
        (found,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"]
        return found["lastStatus"] == "STOPPED"

    wait_for(stopped, "the standalone task is stopped at moto")

    def refused():
        (drain,) = draind.drains()
        return drain if any(blocker["code"] == "aws-refused" for blocker in drain["blockedBy"]) else None

    drain = wait_for(refused, "moto has refused the completion")
    assert (drain["phase"], drain["outcome"], drain["cluster"]) == ("completing", None, CLUSTER)
    assert "CompleteLifecycleAction" in drain["blockedBy"][0]["message"]


def test_an_instance_that_moto_has_in_no_cluster_is_not_called_absent_at_once(moto, simulate, start_draind):
    container_instances(moto, 1)
    simulation = simulate()
    topic = simulation.create_topic()
    draind = start_draind(
        [topic], moto, certificate_origin=simulation.endpoint, AWS_ENDPOINT_URL_SNS=simulation.endpoint)
    simulation.subscribe(topic, draind)
    publish_hook(simulation, topic, "i-0123456789abcdef0")

    def searched():
        drains = draind.drains()
        return drains[0] if drains and "no served cluster" in drains[0]["waitingFor"][0]["detail"] else None

    drain = wait_for(searched, "draind has looked through the clusters")
    assert drain["outcome"] is None
