#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each fuzz target for some minutes, one process a core, on the corpus of the repository and what earlier campaigns
found (kept in the build folder). run.sh builds and calls this."""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

FUZZ = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fuzz")
LIMITS = ["-detect_leaks=0", "-timeout=10", "-rss_limit_mb=4096", "-print_final_stats=1"]


def fuzz(build, name, seconds):
    """(exit code, executions, output)"""
    found = os.path.join(build, "tests", "fuzz", f"found_{name}")
    crashes = os.path.join(build, "tests", "fuzz", f"crash-{name}-")
    dictionary = os.path.join(FUZZ, f"{name}.dict")
    arguments = [os.path.join(build, "tests", "fuzz", f"{name}_fuzz"), *LIMITS, f"-max_total_time={seconds}",
                 f"-artifact_prefix={crashes}", *([f"-dict={dictionary}"] if os.path.exists(dictionary) else []),
                 found, os.path.join(FUZZ, f"corpus_{name}")]
    os.makedirs(found, exist_ok=True)
    # libjq 1.6 loses some bytes at a syntax error.
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stdout)
    return done.returncode, int(executed[1]) if executed else 0, done.stdout


def main():
    targets = sorted(os.path.basename(path)[:-len("_fuzz.c")] for path in glob.glob(os.path.join(FUZZ, "*_fuzz.c")))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build-dir", required=True, help="the build with the fuzzers")
    parser.add_argument("--minutes", type=float, default=5, help="for each target")
    parser.add_argument("--only", action="append", choices=targets, help="this target alone; may be repeated")
    options = parser.parse_args()
    names, failed = options.only or targets, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: fuzz(options.build_dir, name, int(options.minutes * 60)), names)
        for name, (code, executed, output) in zip(names, results):
            print(f"{name}: {executed} inputs" if code == 0 and executed else f"{name} failed, code {code}:\n{output[-6000:]}", flush=True)
            if code or not executed:
                failed.append(name)
    print(f"fuzz: {len(names)} targets, {options.minutes:g} minutes each; " + (f"failed: {', '.join(failed)}" if failed else "none failed"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
