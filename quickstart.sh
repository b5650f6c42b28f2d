#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian 12 to a thousand finished runs: installs packages, builds a
# release, and runs the development server's demonstration. Everything it starts
# listens on loopback, keeps its data under /tmp and is gone when it ends.
#
#   ./quickstart.sh                      run the demonstration and end
#   ./quickstart.sh --keep               leave it all running until Ctrl-C
#   ./quickstart.sh --kafka HOST:PORT    use a Kafka that exists
#   ./quickstart.sh --database CONNINFO  use a PostgreSQL that exists
set -euo pipefail
cd "$(dirname "$0")"

scripts/install-packages.sh build
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
exec build/release/bin/workflowctl dev --demo 1000 "$@"
