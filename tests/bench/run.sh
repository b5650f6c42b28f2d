#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures workflowd beside the yardstick, in one session: see README.md.
#
#   tests/bench/run.sh                     all, about ten minutes
#   tests/bench/run.sh --quick             fewer runs, two minutes
#   tests/bench/run.sh --only throughput   one part: throughput latency timers recovery
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/install-packages.sh test
[ -f build/bench/build.ninja ] || cmake --preset release -B build/bench -DWORKFLOWD_BENCH=ON >/dev/null
cmake --build build/bench -- --quiet
exec /usr/bin/python3 tests/bench/run.py --build-dir build/bench "$@"
