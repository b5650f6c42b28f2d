#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what a campaign needs and runs it: see README.md.
#
#   tests/campaigns/run.sh CAMPAIGN [OPTION]...
set -euo pipefail
cd "$(dirname "$0")/../.."

campaign=${1:-}
[ -f "tests/campaigns/$campaign.py" ] && [ "$campaign" != ground ] || {
  echo "usage: $0 CAMPAIGN [OPTION]...; see tests/campaigns/README.md" >&2
  exit 2
}
shift

# Of faults with sanitizers, of speed and size without.
case $campaign in
  kills | chaos | differential) build=build/dev preset=(--preset dev) targets=(workflowd workflowctl workflow-example-worker) ;;
  fuzz) build=build/fuzz preset=(--preset fuzz) targets=(fuzzers) ;;
  simulate) build=build/simulate preset=(--preset release -B build/simulate -DWORKFLOWD_TESTS=ON) targets=(sim) ;;
  mutations) build=build/mutations preset=(--preset release -B build/mutations) targets=(workflowctl) ;;
  *) build=build/bench preset=(--preset release -B build/bench -DWORKFLOWD_BENCH=ON) targets=(all) ;;
esac
scripts/install-packages.sh test
[ -f "$build/build.ninja" ] || cmake "${preset[@]}" >/dev/null
cmake --build "$build" --target "${targets[@]}" -- --quiet
exec /usr/bin/python3 "tests/campaigns/$campaign.py" --build-dir "$build" "$@"
