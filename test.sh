#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds with sanitizers and runs every test: unit programs (ctest), then the
# integration tests (pytest) on the embedded broker, a private PostgreSQL and a
# real Apache Kafka. The last line counts test cases: "N passed, N failed, N skipped".
# Exits 0 only if nothing failed. With CI=true a skipped Kafka test is a failure.
#
#   ./test.sh                  everything
#   ./test.sh -k duplicate     only integration tests that pytest selects so
set -euo pipefail
cd "$(dirname "$0")"

build=build/dev
reports=$build/reports
minutes=14 # for the tests, after the build

scripts/install-packages.sh test
[ -f "$build/build.ninja" ] || cmake --preset dev >/dev/null
cmake --build --preset dev -- --quiet
rm -rf "$reports"
mkdir -p "$reports"

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

if [ $# = 0 ]; then
  # Each case in TAP, kept whole in ctest's own report for the tally to count. Many programs wait
  # for timers and servers: twice as many at once as there are processors.
  CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "${minutes}m" ctest --test-dir "$build" -j "$(($(nproc) * 2))" \
    --output-junit "$PWD/$reports/ctest.xml" --test-output-size-passed 10000000 \
    --test-output-size-failed 10000000 --quiet || echo "ctest ended with $?"
fi
# Two processes share the files of tests: each has servers of its own, and most tests wait
# for something. Debian's own Python: its packages are what install-packages.sh installed.
timeout -s INT -k 30 "${minutes}m" /usr/bin/python3 -m pytest tests -q -p no:cacheprovider -n 2 --dist loadfile \
  --junit-xml="$reports/pytest.xml" --build-dir="$build" "$@" || echo "pytest ended with $?"

exec /usr/bin/python3 tests/tools/tally.py $([ $# = 0 ] && echo "$reports/ctest.xml") "$reports/pytest.xml"
