# SPDX-License-Identifier: Apache-2.0
"""What the tests run on: a build, a private PostgreSQL, the embedded broker and a real
Apache Kafka. Everything is started by the run, listens on loopback, keeps its data under
the system's temporary folder and is gone afterwards."""
import itertools
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))

import database as databases  # noqa: E402
import fetched  # noqa: E402
import kafka_server  # noqa: E402
import messages as contract  # noqa: E402
import workflowd as runners  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--build-dir", default=os.path.join(HERE, "..", "build", "dev"), help="the build to test")


@pytest.fixture(scope="session")
def build(request):
    return os.path.abspath(request.config.getoption("--build-dir"))


@pytest.fixture(scope="session")
def programs(build):
    """The folder with workflowd, workflowctl and workflow-example-worker."""
    return os.path.join(build, "bin")


@pytest.fixture(scope="session")
def messages(build):
    return contract.Messages(build)


@pytest.fixture(scope="session")
def postgres(programs):
    server = databases.PostgresServer(programs)
    yield server
    server.close()


@pytest.fixture
def database(postgres):
    """A fresh, migrated database."""
    made = postgres.fresh()
    yield made
    made.close()


@pytest.fixture(scope="session")
def embedded_broker(programs, tmp_path_factory):
    broker = kafka_server.EmbeddedBroker(programs, str(tmp_path_factory.mktemp("broker")))
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def real_kafka():
    kafka = fetched.wanted("real Kafka", kafka_server.RealKafka)
    yield kafka
    kafka.stop()


@pytest.fixture(params=["embedded", "real"])
def broker(request):
    """Each test that uses it runs on both."""
    return request.getfixturevalue("embedded_broker" if request.param == "embedded" else "real_kafka")


_numbers = itertools.count(1)


@pytest.fixture
def topics(broker):
    """Four topics of the test's own, with four partitions each."""
    names = runners.Topics(f"test-{os.getpid()}-{next(_numbers)}")
    names.create(broker)
    return names


@pytest.fixture
def definitions(tmp_path):
    """An empty folder for the test's workflow definitions."""
    folder = tmp_path / "definitions"
    folder.mkdir()
    return folder


@pytest.fixture
def start_workflowd(programs, tmp_path, database, broker, topics, definitions):
    """Starts an instance: start_workflowd(name="one", config={…}, wait=True, environment={…})."""
    started = []

    def start(name="one", config=None, wait=True, environment=None):
        instance = runners.Workflowd(programs, str(tmp_path), database, broker, topics, definitions, name, config, environment)
        started.append(instance)
        return instance.start(wait)

    yield start
    for instance in started:
        instance.close()


@pytest.fixture
def start_worker(programs, tmp_path, broker, topics):
    """Starts an example worker: start_worker(name="worker")."""
    started = []

    def start(name="worker"):
        worker = runners.Worker(programs, str(tmp_path), broker, topics, name)
        started.append(worker)
        return worker.start()

    yield start
    for worker in started:
        worker.close()


@pytest.fixture
def publisher(broker):
    return contract.Publisher(broker)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the logs of what it ran."""
    outcome = yield
    report = outcome.get_result()
    folder = item.funcargs.get("tmp_path") if hasattr(item, "funcargs") else None
    if report.failed and folder:
        for log in sorted(folder.glob("*.log")):
            report.sections.append((log.name, log.read_text(errors="replace")[-6000:]))


def pytest_runtest_logreport(report):
    """A failure is told at once, with its reason: a run that is cut off tells it too."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        reason = getattr(getattr(report.longrepr, "reprcrash", None), "message", None) or str(report.longrepr)
        print(f"\nFAILED {report.nodeid} ({report.when}): {reason[:2000]}", file=sys.__stderr__, flush=True)
