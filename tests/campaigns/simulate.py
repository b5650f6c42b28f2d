#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Many seeds of the simulator, one process a core. run.sh builds and calls this."""
import argparse
import concurrent.futures
import os
import subprocess
import sys

CHUNK = 500


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build-dir", required=True, help="the build whose simulator runs")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=20000, help="how many seeds")
    options = parser.parse_args()
    program = os.path.join(options.build_dir, "tests", "sim", "sim")

    def run(first):
        count = min(CHUNK, options.first + options.count - first)
        return subprocess.run([program, "--seed", str(first), "--count", str(count)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(run, range(options.first, options.first + options.count, CHUNK)):
            failed += result.returncode != 0
            print(result.stdout.strip() if result.returncode else result.stdout.splitlines()[0], flush=True)
    print(f"simulate: seeds {options.first} to {options.first + options.count - 1}, {failed} of the portions of {CHUNK} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
