# SPDX-License-Identifier: Apache-2.0
"""Brokers for tests: the embedded one (workflowctl dev-broker), and a real Apache Kafka,
one node in KRaft mode, on Java 17. Both listen on loopback only.

The real one's jars come from Maven Central into a cached folder, once per machine. Where
that fails, fetched.Unavailable tells why.
"""
import os
import re
import shutil
import subprocess
import tempfile
import uuid

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

import fetched
from certificates import Authority
from children import Child, eventually
from pgcluster import free_port

POM = os.path.join(os.path.dirname(__file__), "..", "kafka", "pom.xml")
MAVEN_SECONDS = 300

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},SASL_SSL://127.0.0.1:{secure_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://localhost:{secure_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
listener.name.sasl_ssl.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/tls/ca.pem
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
{more}
"""


def quiet_admin(address):
    return AdminClient({"bootstrap.servers": address, "log_level": 0, "socket.timeout.ms": 5000})


class EmbeddedBroker:
    """A process of its own; restart() gives an empty one at another address."""

    kind = "embedded"
    # Its first group join takes seconds, and it holds empty fetches back.
    daemon_config = {"kafka": {"fetch.wait.max.ms": 10}, "topics": {"assignment": "manual"}}
    client_config = {"fetch.wait.max.ms": 10}

    def __init__(self, programs, folder):
        self.programs = programs
        self.log = os.path.join(folder, "broker.log")
        self.start()

    def start(self):
        self.child = Child("dev-broker", [os.path.join(self.programs, "workflowctl"), "dev-broker"], self.log,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.address = self.child.process.stdout.readline().strip()
        if not self.address:
            raise AssertionError(f"the embedded broker did not start:\n{self.child.tail()}")

    def _command(self, line):
        self.child.process.stdin.write(line + "\n")
        self.child.process.stdin.flush()
        assert self.child.process.stdout.readline().strip() == "ok"

    def create_topics(self, **partitions):
        for name, count in partitions.items():
            self._command(f"topic {name}:{count}")

    def take_away(self):
        self._command("down")

    def bring_back(self):
        self._command("up")

    def stop(self):
        self.child.stop()


class RealKafka:
    """One node; stop() and start() keep its data and its address. Beside the plain listener
    it has one with TLS, client certificates and passwords (SCRAM) at `secure_address`: its
    certificate, by `authority`, is for the name localhost alone."""

    kind = "real"
    daemon_config = {"kafka": {"session.timeout.ms": 6000}}
    client_config = {"fetch.wait.max.ms": 5, "session.timeout.ms": 6000}

    def __init__(self, folder=None, heap="512m", more="", lasting=False):
        """`lasting`: it shall be fast rather than soon there."""
        self.libraries = libraries()
        self.folder = tempfile.mkdtemp(prefix="wf-kafka-", dir=folder)
        self.options = [f"-Xmx{heap}", "-XX:+UseSerialGC", *([] if lasting else ["-XX:TieredStopAtLevel=1"])]
        self.port, controller_port, secure_port = free_port(), free_port(), free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.secure_address = f"localhost:{secure_port}"
        self.log = os.path.join(self.folder, "log")
        self.properties = os.path.join(self.folder, "server.properties")
        with open(self.properties, "w") as out:
            out.write(PROPERTIES.format(port=self.port, controller_port=controller_port, secure_port=secure_port,
                                        folder=self.folder, more=more))
        self._make_certificate()
        cluster_id = uuid.uuid4().hex[:22]
        done = subprocess.run([*self._java(), "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", self.properties],
                              capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise AssertionError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")
        self.start()

    def _make_certificate(self):
        self.authority = Authority(os.path.join(self.folder, "tls"))
        with open(os.path.join(self.folder, "broker.pem"), "w") as both:
            for part in self.authority.sign("broker", host="localhost"):
                with open(part) as one:
                    both.write(one.read())

    def set_password(self, user, password):
        """Makes the user, or gives it another password. Connections that there are stay."""
        config = f"SCRAM-SHA-512=[iterations=4096,password={password}]"
        done = subprocess.run([*self._java(), "kafka.admin.ConfigCommand", "--bootstrap-server", self.address, "--alter",
                               "--entity-type", "users", "--entity-name", user, "--add-config", config],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"no password for {user}:\n{done.stdout}{done.stderr}"

    def _java(self):
        return ["java", *self.options, "-cp", os.path.join(self.libraries, "*")]

    def start(self):
        self.child = Child("Kafka", [*self._java(), "kafka.Kafka", self.properties], self.log)
        eventually(self._answers, 90, "Kafka takes connections")

    def _answers(self):
        if not self.child.running():
            raise AssertionError(f"Kafka ended:\n{self.child.tail()}")
        try:
            return quiet_admin(self.address).list_topics(timeout=2).brokers
        except KafkaException:
            return None

    def create_topics(self, **partitions):
        admin = quiet_admin(self.address)
        wanted = [NewTopic(name, num_partitions=count, replication_factor=1) for name, count in partitions.items()]
        for future in admin.create_topics(wanted).values():
            future.result(30)

    def take_away(self):
        self.child.kill()

    def bring_back(self):
        self.start()

    def stop(self):
        """For good: with its data, which need no orderly end."""
        try:
            self.child.kill()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def version():
    with open(POM) as pom:
        return re.search(r"<kafka.version>([^<]+)<", pom.read()).group(1)


def libraries():
    """The folder with Kafka's jars, filled by Maven when it is not there."""
    return fetched.folder(f"kafka-{version()}", "Kafka's jars", lambda path: [
        "mvn", "-B", "-q", "-f", POM, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={path}"],
        MAVEN_SECONDS)
