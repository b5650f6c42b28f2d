#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages that this project needs: nothing happens, and no
# network is used, when all are there. Needs root, or sudo.
#
#   scripts/install-packages.sh build      to build and to run (quickstart.sh)
#   scripts/install-packages.sh test       these and what the tests need (test.sh)
#   scripts/install-packages.sh coverage  these and gcovr (tests/coverage.sh)
#   scripts/install-packages.sh bench     these and wrk (tests/bench/api.sh)
set -euo pipefail

build=(
  ca-certificates gcc g++ libc6-dev cmake ninja-build pkgconf
  librdkafka-dev libpq-dev libevent-dev libjq-dev libfyaml-dev libsystemd-dev
  libssl-dev libcurl4-openssl-dev libglib2.0-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler
  libvalijson-dev nlohmann-json3-dev uthash-dev libbsd-dev tzdata
  postgresql-15 postgresql-client-15
)
# clang builds the fuzzers; maven and Java are for the real Apache Kafka; docker-compose
# only reads its file, no engine is needed; cpack asks dpkg-dev and file what a package
# depends on; systemd judges the units.
test=(
  libcmocka-dev clang mandoc kcat openssl faketime docker-compose dpkg-dev file systemd
  python3 python3-pip python3-pytest python3-pytest-xdist python3-psycopg2 python3-confluent-kafka python3-protobuf python3-yaml python3-jsonschema
  openjdk-17-jre-headless maven
)

usage() {
  echo "usage: $0 build|test|coverage|bench" >&2
  exit 2
}

# The names among "$@" that dpkg does not have installed.
missing() {
  local have
  have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | grep -Fxv -f <(printf '%s\n' "$have") || true
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    echo "$0: root is needed to install packages, and there is no sudo; as root run: apt-get install ${wanted[*]}" >&2
    exit 1
  fi
}

case "${1:-}" in
  build) packages=("${build[@]}") ;;
  test) packages=("${build[@]}" "${test[@]}") ;;
  coverage) packages=("${build[@]}" "${test[@]}" gcovr) ;;
  bench) packages=("${build[@]}" "${test[@]}" wrk) ;;
  *) usage ;;
esac
command -v apt-get >/dev/null || {
  echo "$0: this is no Debian; install by hand what its names stand for: ${packages[*]}" >&2
  exit 1
}

mapfile -t wanted < <(missing "${packages[@]}")
[ "${#wanted[@]}" -gt 0 ] || exit 0
echo "installing ${#wanted[@]} packages: ${wanted[*]}"
as_root apt-get -q update
as_root apt-get -q install -y --no-install-recommends "${wanted[@]}"
mapfile -t wanted < <(missing "${packages[@]}")
[ "${#wanted[@]}" = 0 ] || {
  echo "$0: not installed: ${wanted[*]}" >&2
  exit 1
}
