# SPDX-License-Identifier: Apache-2.0
"""The stage that the tests of the five products' answers share: runs brought to every
state once."""
import pytest

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
