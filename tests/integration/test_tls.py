# SPDX-License-Identifier: Apache-2.0
"""No or wrong certificates and passwords: a clear line in the log, said once, /readyz with
the reason, and a daemon that stays up; with the right ones the next record is handled.
Kafka with SASL_SSL and client certificates, PostgreSQL with verify-full, where nobody
gets in without TLS."""
import os
import shutil
import signal
import subprocess

import pytest

import checker
from certificates import Authority
from children import eventually
from database import PostgresServer
from stories import NO_CALL, ONE_CALL, all_ended, run_status
from workflowd import Worker, merge

PASSWORD, WRONG = "right-and-secret", "wrong-and-secret"
on_real_kafka = pytest.mark.parametrize("broker", ["real"], indirect=True)
on_embedded_broker = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


def secret(path, text):
    """A file as operators make it, with a newline at its end."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text + "\n")
    return str(path)


def refused(daemon, what, *parts):
    """Waits until /readyz and the log say `what` with all the parts; the daemon lives. Returns the lines of the log."""
    def says():
        answer = daemon.get("/readyz")
        return answer and answer[0] == 503 and any(what in line and all(part in line for part in parts) for line in answer[1].splitlines())
    try:
        eventually(says, 30, f"/readyz says {what} with {parts}")
    except AssertionError as problem:
        raise AssertionError(f"{problem}; it says {daemon.get('/readyz')}") from None
    assert daemon.get("/healthz") == (200, "ok\n")
    lines = [line for line in daemon.child.tail(1 << 20).splitlines() if what in line and all(part in line for part in parts)]
    assert lines, f"the log does not say {what} with {parts}:\n{daemon.child.tail()}"
    return lines


def shows_no_secret(daemon):
    shown = [daemon.child.tail(1 << 20), *(daemon.get(path)[1] for path in ("/readyz", "/metrics"))]
    for name in ("cmdline", "environ"):
        with open(f"/proc/{daemon.child.pid}/{name}") as text:
            shown.append(text.read())
    done = subprocess.run([daemon.program, "-c", daemon.path, "--print-config"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown.append(done.stdout)
    for text in shown:
        assert PASSWORD not in text and WRONG not in text


# ---- Kafka ------------------------------------------------------------------


@pytest.fixture
def credentials(real_kafka, tmp_path):
    """The properties with which the secure listener lets us in."""
    if not getattr(real_kafka, "has_password", False):
        real_kafka.set_password("workflowd", PASSWORD)
        real_kafka.has_password = True
    key, certificate = real_kafka.authority.sign("workflowd")
    return {"bootstrap.servers": real_kafka.secure_address, "security.protocol": "SASL_SSL",
            "ssl.ca.location": real_kafka.authority.certificate, "ssl.key.location": key, "ssl.certificate.location": certificate,
            "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "workflowd",
            "sasl.password_file": secret(tmp_path / "kafka-password", PASSWORD)}


def wrong_kafka(name, good, other):
    """The properties with one mistake; and what is said of it."""
    without = {key: value for key, value in good.items() if key not in ("ssl.key.location", "ssl.certificate.location")}
    key, certificate = other.sign("workflowd")
    return {
        "no_certificate": (without, "ssl.certificate.location"),
        "certificate_of_another_authority": (dict(good, **{"ssl.key.location": key, "ssl.certificate.location": certificate}),
                                             "ssl.certificate.location"),
        "wrong_authority": (dict(good, **{"ssl.ca.location": other.certificate}), "ssl.ca.location"),
        "wrong_host_name": (dict(good, **{"bootstrap.servers": good["bootstrap.servers"].replace("localhost", "127.0.0.1")}),
                            "for the name by which the broker is reached"),
        "wrong_mechanism": (dict(good, **{"sasl.mechanism": "PLAIN"}), "kafka.sasl.mechanism"),
    }[name]


@on_real_kafka
@pytest.mark.parametrize("mistake", ["no_certificate", "certificate_of_another_authority", "wrong_authority", "wrong_host_name",
                                     "wrong_mechanism"])
def test_kafka_with_no_or_wrong_certificate(mistake, credentials, definitions, start_workflowd, publisher, messages, topics, database,
                                            tmp_path):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    wrong, advice = wrong_kafka(mistake, credentials, Authority(str(tmp_path / "other"), "another authority"))
    # What of the broker's own address, and how it ended, the log must say.
    daemon = start_workflowd(config={"kafka": wrong}, wait=False)
    lines = refused(daemon, "Kafka cannot be reached", wrong["bootstrap.servers"], advice)
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}))
    publisher.flush()
    assert len(lines) == 1, "said once"
    assert daemon.stop() == 0
    said = [line for line in daemon.child.tail(1 << 20).splitlines() if "Kafka" in line]
    assert len(said) <= 2, f"nobody repeats it: {said}"
    daemon.configure(merge(daemon.config, {"kafka": credentials}))
    for key in set(daemon.config["kafka"]) - set(credentials) - {"group.id", "session.timeout.ms"}:
        del daemon.config["kafka"][key]
    daemon.start()
    all_ended(database, 1)


@on_real_kafka
def test_kafka_with_a_wrong_password(credentials, definitions, start_workflowd, publisher, messages, topics, broker, database, programs):
    """The right one is read by a reload: nothing is restarted."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    secret(credentials["sasl.password_file"], WRONG)
    daemon = start_workflowd(config={"kafka": credentials}, wait=False)
    lines = refused(daemon, "Kafka cannot be reached", "invalid credentials", "kafka.sasl.password_file")
    assert len(lines) == 1, "said once"
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}))
    publisher.flush()
    trigger = [os.path.join(programs, "workflowctl"), "trigger", "test/no-call", "-c", daemon.path, "--id", "by-hand", "--recipient", "b",
               "--data", '{"lead": "b"}']
    done = subprocess.run(trigger, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and done.stderr.count("\n") == 1, done.stderr
    assert "invalid credentials" in done.stderr and "kafka.sasl.password_file" in done.stderr

    secret(credentials["sasl.password_file"], "")
    daemon.child.signal(signal.SIGHUP)
    eventually(lambda: "kafka-password: is empty" in daemon.child.tail(), 30, "what cannot be used is refused")
    secret(credentials["sasl.password_file"], PASSWORD)
    daemon.child.signal(signal.SIGHUP)
    eventually(daemon.ready, 60, "it is let in")
    all_ended(database, 1)
    assert len([line for line in daemon.child.tail(1 << 20).splitlines() if "Kafka cannot be reached" in line]) == 1
    shows_no_secret(daemon)
    done = subprocess.run(trigger, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    all_ended(database, 2)
    checker.triggers_are_whole(database, {"good": 1, "by-hand": 1})


@on_real_kafka
def test_worker_behind_sasl_ssl(credentials, definitions, start_workflowd, publisher, messages, topics, broker, database, programs, tmp_path):
    """The whole way, requests and results too, with passwords and certificates."""
    (definitions / "one-call.yaml").write_text(ONE_CALL)
    start_workflowd(config={"kafka": credentials})
    worker = Worker(programs, str(tmp_path), broker, topics)
    worker.arguments[worker.arguments.index("--brokers") + 1] = credentials["bootstrap.servers"]
    for name, value in credentials.items():
        if name != "bootstrap.servers":
            worker.arguments += ["-X", f"{name}={value}"]
    try:
        worker.start()
        publisher.send(topics.triggers, messages.trigger("good", "test/one-call", ["a"], {"lead": "a"}))
        publisher.flush()
        all_ended(database, 1)
        with open(f"/proc/{worker.child.pid}/cmdline") as arguments:
            assert PASSWORD not in arguments.read()
    finally:
        worker.close()
    assert [status for _, status in run_status(database, "good")] == ["completed"]


# ---- PostgreSQL -------------------------------------------------------------

HBA = """
host      all postgres  127.0.0.1/32 trust
hostssl   all workflowd 127.0.0.1/32 scram-sha-256
"""


class SecureServer(PostgresServer):
    """The daemon's login gets in with TLS and its password alone; the certificate is for the name localhost alone."""

    def __init__(self, programs, folder):
        self.authority = Authority(folder)
        super().__init__(programs)
        key, certificate = self.authority.sign("server", host="localhost")
        for path in (key, certificate):
            target = os.path.join(self.cluster.folder, os.path.basename(path))
            shutil.copy(path, target)
            if os.geteuid() == 0:
                shutil.chown(target, "postgres", "postgres")
            os.chmod(target, 0o600)
        with open(os.path.join(self.cluster.data, "postgresql.conf"), "a") as conf:
            conf.write(f"ssl = on\nssl_key_file = '{self.cluster.folder}/server.key'\nssl_cert_file = '{self.cluster.folder}/server.pem'\n")
        with open(os.path.join(self.cluster.data, "pg_hba.conf"), "w") as hba:
            hba.write(HBA)
        self.cluster.sql("SELECT pg_reload_conf()")

    def fresh(self):
        database = super().fresh()
        database.daemon_conninfo = (f"host=localhost port={self.cluster.port} user=workflowd dbname={database.name}"
                                    f" sslmode=verify-full sslrootcert={self.authority.certificate}")
        return database


@pytest.fixture(scope="module")
def secure_postgres(programs, tmp_path_factory):
    server = SecureServer(programs, str(tmp_path_factory.mktemp("tls")))
    yield server
    server.close()


@pytest.fixture
def database(request):
    """Of the server with TLS, for the tests that ask for it."""
    return request.getfixturevalue("secure_postgres" if "postgres_password" in request.fixturenames else "postgres").fresh()


@pytest.fixture
def postgres_password(secure_postgres, tmp_path):
    secure_postgres.cluster.sql(f"ALTER ROLE workflowd PASSWORD '{PASSWORD}'")
    return secret(tmp_path / "postgres-password", PASSWORD)


def wrong_postgres(name, good, other):
    """The connection string with one mistake; and what is said of it."""
    return {
        "no_root_certificate": (good[:good.index(" sslrootcert")] + " sslrootcert=/nonexistent/root.crt", "sslrootcert in"),
        "wrong_root_certificate": (good[:good.index(" sslrootcert")] + f" sslrootcert={other.certificate}", "sslrootcert in"),
        "wrong_host_name": (good.replace("localhost", "127.0.0.1"), "host in postgres.conninfo"),
        "no_tls": (good.replace("verify-full", "disable"), "sslmode"),
    }[name]


@on_embedded_broker
@pytest.mark.parametrize("mistake", ["no_root_certificate", "wrong_root_certificate", "wrong_host_name", "no_tls"])
def test_postgres_with_no_or_wrong_certificate(mistake, postgres_password, definitions, start_workflowd, publisher, messages, topics,
                                               database, tmp_path):
    (definitions / "no-call.yaml").write_text(NO_CALL)
    wrong, advice = wrong_postgres(mistake, database.daemon_conninfo, Authority(str(tmp_path / "other"), "another authority"))
    daemon = start_workflowd(config={"postgres": {"conninfo": wrong, "password_file": postgres_password}}, wait=False)
    refused(daemon, "PostgreSQL cannot be reached", advice)
    publisher.send(topics.triggers, messages.trigger("good", "test/no-call", ["a"], {"lead": "a"}))
    publisher.flush()
    assert daemon.stop() == 0
    lines = [line for line in daemon.child.tail(1 << 20).splitlines() if "PostgreSQL" in line]
    assert len(lines) == 2 and all("cannot be reached" in line and advice in line for line in lines), f"each lane says it once: {lines}"
    daemon.configure(merge(daemon.config, {"postgres": {"conninfo": database.daemon_conninfo}}))
    daemon.start()
    all_ended(database, 1)
    used = database.query("SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'workflowd/%%'")
    assert used == [(True,)]


@on_embedded_broker
def test_postgres_with_a_wrong_password_and_a_new_one(postgres_password, secure_postgres, definitions, start_workflowd, publisher,
                                                      messages, topics, database):
    """The right one is read by a reload: nothing is restarted."""
    (definitions / "no-call.yaml").write_text(NO_CALL)
    secret(postgres_password, WRONG)
    daemon = start_workflowd(config={"postgres": {"password_file": postgres_password}}, wait=False)
    refused(daemon, "PostgreSQL cannot be reached", "password authentication failed", "postgres.password_file")
    publisher.send(topics.triggers, messages.trigger("first", "test/no-call", ["a"], {"lead": "a"}))
    publisher.flush()
    secret(postgres_password, PASSWORD)
    daemon.child.signal(signal.SIGHUP)
    eventually(daemon.ready, 30, "it is let in")
    all_ended(database, 1)

    # The administrator changes it, and ends the sessions; the operator follows.
    another = PASSWORD + "-and-new"
    secure_postgres.cluster.sql(f"ALTER ROLE workflowd PASSWORD '{another}'")
    assert daemon.get("/readyz")[0] == 200, "connections that there are stay"
    secure_postgres.cluster.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'workflowd/%'")
    refused(daemon, "PostgreSQL cannot be reached", "password authentication failed", "postgres.password_file")
    publisher.send(topics.triggers, messages.trigger("second", "test/no-call", ["b"], {"lead": "b"}))
    publisher.flush()
    secret(postgres_password, another)
    daemon.child.signal(signal.SIGHUP)
    eventually(daemon.ready, 30, "it is let in again")
    all_ended(database, 2)
    checker.triggers_are_whole(database, {"first": 1, "second": 1})
    shows_no_secret(daemon)
