#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A million turns of loops in one run, through PostgreSQL: each tenth must take about as long as the first, the daemon's
memory must stay flat, the rows must be those of the turns and no more, and of fewer turns `workflowctl verify` must agree.
run.sh builds (release) and calls this."""
import time

import ground

GROWTH_MAX = 32 << 20  # bytes of memory, after the first tenth
SLOWDOWN_MAX = 2.0
SECONDS = 1800
VERIFIED_MAX = 100_000  # turns: verify reads the whole history of a run at once, and PostgreSQL gives no more than 1 GB
TURNS = """
document: {{dsl: '1.0.3', namespace: campaign, name: turns, version: '1.0.0'}}
do:
  - rows:
      for: {{each: row, in: '${{ [range({rows})] }}'}}
      do:
        - columns:
            for: {{each: column, in: '${{ [range({columns})] }}', at: at}}
            do:
              - add: {{set: {{sum: '${{ (.sum // 0) + $at }}'}}}}
"""


def main():
    chosen = ground.options(__doc__, broker=None, rows=(1000, "turns of the outer loop"), columns=(1000, "of the inner one, for each"))
    with ground.Ground(chosen, "embedded") as place:
        place.define("turns", TURNS.format(rows=chosen.rows, columns=chosen.columns))
        daemon = place.start("turns", config={"bounds": {"steps_per_run": 10_000_000}})
        place.work.publisher.send(place.topics.triggers, place.work.messages.trigger("turns", "campaign/turns", ["turns"]))
        place.work.publisher.flush()
        all_turns, start, times, memory = chosen.rows * chosen.columns, time.monotonic(), [], []

        def steps():
            return place.database.value("SELECT coalesce(max(s.step_no), 0) FROM workflow.step s WHERE s.run_id = (SELECT run_id FROM workflow.run)")

        for tenth in range(1, 10):
            ground.eventually(lambda goal=all_turns * tenth // 10: steps() >= goal, SECONDS, f"{tenth} tenths are over")
            times.append(time.monotonic() - start)
            memory.append(daemon.resident())
        ground.eventually(lambda: place.database.query("SELECT status FROM workflow.run") == [("completed",)], SECONDS, "the run has ended")
        seconds = time.monotonic() - start
        rows, events = place.database.query("SELECT (SELECT count(*) FROM workflow.step), (SELECT count(*) FROM workflow.event)")[0]
        assert rows == all_turns + chosen.rows + 1, rows
        assert events < 3.1 * all_turns + 5 * chosen.rows + 100, events
        growth, slowdown = max(memory) - memory[0], (seconds - times[-1]) / times[0]
        assert growth < GROWTH_MAX, f"memory grew by {growth >> 20} MiB"
        assert slowdown < SLOWDOWN_MAX, f"the last tenth took {slowdown:.1f} times as long as the first"
        verified = all_turns <= VERIFIED_MAX
        if verified:
            place.verify("--all")
        ground.say(f"{all_turns} turns in {seconds:.0f} s, {events} events; the last tenth took {slowdown:.2f} times the first, "
                   f"memory grew by {growth >> 10} KiB to {max(memory) >> 20} MiB" + "; verify agrees" * verified)


if __name__ == "__main__":
    main()
