# SPDX-License-Identifier: Apache-2.0
"""The Serverless Workflow DSL as its specification says, scenario by scenario."""
import glob
import os

import pytest

import scenarios

ALL = [pytest.param(scenario, id=f"{os.path.basename(path)[:-5]}: {scenario['name']}")
       for path in sorted(glob.glob(os.path.join(scenarios.HERE, "*.yaml"))) for scenario in scenarios.read(path)]


@pytest.mark.parametrize("scenario", ALL)
def test_scenario(scenario, programs, tmp_path):
    scenarios.check(scenarios.Rehearsal(programs, tmp_path, scenario), scenario.get("expect", {}))
