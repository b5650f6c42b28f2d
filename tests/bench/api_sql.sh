#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures the answers about runs in PostgreSQL, with 1,000,000 runs stored: see README.md.
#
#   tests/bench/api_sql.sh                   ten minutes, of which five to store the runs
#   tests/bench/api_sql.sh --runs 50000      fewer runs, less than a minute and a half
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/install-packages.sh bench
[ -f build/bench/build.ninja ] || cmake --preset release -B build/bench -DWORKFLOWD_BENCH=ON >/dev/null
cmake --build build/bench --target workflowctl -- --quiet
exec /usr/bin/python3 tests/bench/api_sql.py --build-dir build/bench "$@"
