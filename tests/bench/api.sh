#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures how many single-run answers workflowd-api serves: see README.md.
#
#   tests/bench/api.sh                       the real answer of a run of one action
#   tests/bench/api.sh --stand-in 1000       workflowd-api alone: a constant of 1000 bytes
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/install-packages.sh bench
[ -f build/bench/build.ninja ] || cmake --preset release -B build/bench -DWORKFLOWD_BENCH=ON >/dev/null
cmake --build build/bench --target workflowd-api --target workflowctl -- --quiet
exec /usr/bin/python3 tests/bench/api.py --build-dir build/bench "$@"
