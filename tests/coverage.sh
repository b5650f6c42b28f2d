#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the unit and SQL tests and some of the simulator with gcov, and prints how much of
# each room they reach: lines and branches, then the files with the most lines that none
# of them reaches (ctl, dev and the wiring of the daemon are the integration tests'). The
# page with every line is build/coverage/html/index.html.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/coverage

scripts/install-packages.sh coverage
[ -f "$build/build.ninja" ] || cmake --preset coverage >/dev/null
cmake --build --preset coverage -- --quiet
find "$build" -name '*.gcda' -delete
# The evaluator's child may write no file, hence not gcov's.
ctest --test-dir "$build" -j "$(nproc)" -L 'unit|sql' -E evaluator_child --quiet || echo "some tests failed: see $build/Testing/Temporary/LastTest.log"
"$build/tests/sim/sim" --count 100 >/dev/null || echo "the simulator failed"
mkdir -p "$build/html"
gcovr --root . --filter daemon/ --object-directory "$build" -j "$(nproc)" --exclude-unreachable-branches --exclude-throw-branches \
  --json-summary "$build/coverage.json" --html-details "$build/html/index.html"
exec /usr/bin/python3 tests/tools/rooms_covered.py "$build/coverage.json"
