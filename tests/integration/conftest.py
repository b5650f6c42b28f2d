# SPDX-License-Identifier: Apache-2.0
"""The stage that the tests of the five products' answers share: runs brought to every
state once, and workflowd-api beside them."""
import pytest

import api as apis
from stage import Stage


@pytest.fixture(scope="session")
def stage(embedded_broker, postgres, messages, programs, tmp_path_factory):
    """Played to where all its runs are settled; no test may change that, but cancel the
    sessions that are there for it."""
    stage = Stage(embedded_broker, postgres.fresh(), messages, programs, str(tmp_path_factory.mktemp("stage")))
    try:
        yield stage.play()
    finally:
        stage.close()


@pytest.fixture(scope="session")
def api(stage, programs, tmp_path_factory):
    """workflowd-api over the stage, without a bound on requests."""
    apis.login(stage.database)
    api = apis.Api(programs, str(tmp_path_factory.mktemp("api")), stage.database, {"keys": {"requests_per_minute": 0}})
    try:
        yield api.start()
    finally:
        api.close()
