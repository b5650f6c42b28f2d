#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many single-run answers workflowd-api serves: wrk over kept connections, one run in a private PostgreSQL, both
on this machine. api.sh builds and calls this. With --stand-in the SQL function gives a constant of that many bytes, so
that workflowd-api itself is measured."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import api as apis  # noqa: E402
from database import PostgresServer  # noqa: E402

RUN = "01a1e1a7-4c00-7001-8000-000000000001"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(api, key, options):
    url = f"http://127.0.0.1:{api.port}/knock/v1/workflow_recipient_runs/{RUN}"
    before, begun = cpu_seconds(api.child.pid), time.monotonic()
    said = subprocess.run(["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{options.seconds}s", "--latency",
                           "-H", f"Authorization: Bearer {key}", url], capture_output=True, text=True, check=True).stdout
    spent = (cpu_seconds(api.child.pid) - before) / (time.monotonic() - begun)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    assert "Non-2xx" not in said, said
    print(f"{rate:,.0f} answers/s; workflowd-api used {spent:.2f} of a core, that is {rate / spent:,.0f} answers/s of a whole one")
    print("latency " + ", ".join(re.sub(r"\s+", " ", line).strip() for line in re.findall(r"^\s+(?:50|90|99)%.*$", said, re.M)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build-dir", required=True, help="a release build")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=32, help="of wrk")
    parser.add_argument("--stand-in", type=int, metavar="BYTES", help="a constant in place of the SQL function")
    parser.add_argument("--log", default="failed", choices=["none", "failed", "all"], help="log.requests")
    options = parser.parse_args()
    programs = os.path.join(os.path.abspath(options.build_dir), "bin")
    server = PostgresServer(programs)
    try:
        database = server.fresh()
        apis.login(database)
        apis.store_a_run(database, RUN, "acme")
        if options.stand_in:
            apis.stand_in(database)
            database.query("DROP FUNCTION workflow_api.knock_run; CREATE FUNCTION workflow_api.knock_run(id uuid) RETURNS json LANGUAGE plpgsql STABLE"
                           f" AS $$ BEGIN RETURN to_json(repeat('x', {options.stand_in})); END $$")
        key = apis.make_key(database, "acme")
        with tempfile.TemporaryDirectory() as folder:
            api = apis.Api(programs, folder, database, {"keys": {"requests_per_minute": 0, "cache": "2s"}, "postgres": {"connections": 2},
                                                        "log": {"requests": options.log}}).start()
            try:
                answer = api.get(f"/knock/v1/workflow_recipient_runs/{RUN}", key)
                assert answer.status == 200, answer.body
                print(f"each answer has {len(answer.body)} bytes")
                measure(api, key, options)
            finally:
                api.close()
    finally:
        server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
