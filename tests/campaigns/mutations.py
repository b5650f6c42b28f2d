#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small wrong changes of the daemon that the simulator (tests/sim) must notice: each is made
in a copy of the tree, which is built, and some seeds are run. Ends with 0 when each was
noticed, by a promise broken or by a crash."""
import argparse
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# name: (file, what stands there, what is put in its place)
MUTATIONS = {
    "take-over sends nothing again": ("daemon/job/recovery.c", "if (recovered->undelivered && !is_watch", "if (false && recovered->undelivered && !is_watch"),
    "take-over arms no guard": ("daemon/job/recovery.c", "if (is_cancel || !open) return;", "return;"),
    "guard is not armed": ("daemon/job/decision.c", "  vec_push(&lane->batch.timers_added, *timer);\n", ""),
    "guard stays": ("daemon/job/decision.c", "event->type == WF_ACTION_COMPLETED ||", ""),
    "guard_low too high": ("daemon/job/commit.c", ".guard_low = guard_low(lane, home),", ".guard_low = guard_low(lane, home) < 0 ? 0 : home->batch_no + 1,"),
    "timer_low too high": ("daemon/job/commit.c", "usec_t low = earlier(timers_low(lane->timers, home->number), earlier(home->horizon.due_at, lane->batch.now));", "usec_t low = earlier(home->horizon.due_at, lane->batch.now);"),
    "timer rows below timer_low": ("daemon/job/home.c", "home->timer_low > now ? home->timer_low : now", "home->timer_low > INT64_MAX - 1 ? home->timer_low : now"),
    "equal instants are skipped": ("daemon/job/recovery.c", "home->horizon = rows->timers[rows->timer_count - 1];", "home->horizon = (struct store_timer){.home = home->number, .due_at = rows->timers[rows->timer_count - 1].due_at + 1};"),
    "inbox ack one too high": ("daemon/job/commit.c", "pairs[i + 1] = taken->position;", "pairs[i + 1] = taken->position + 1;"),
    "offset one too high": ("daemon/job/batch.c", "fence->next_offset = record->offset + 1;", "fence->next_offset = record->offset + 2;"),
    "outbox_acked too high": ("daemon/job/commit.c", "low = outbox_low(lane->outbox, home->number);", "low = lane ? INT64_MAX : 0;"),
    "rehearsals ask workers": ("daemon/job/admission.c", ".sandbox = rehearsal || event->settings.sandbox", ".sandbox = event->settings.sandbox"),
    "tombstone ignored": ("daemon/job/admission.c", "if (time > tombstone->cancel_time + CLOCK_SKEW) continue;", "if (time || true) continue;"),
    "repeats in a batch accepted": ("daemon/job/admission.c", "    if (before)\n", "    if (false && before)\n"),
    "memory kept after a failed commit": ("daemon/job/lane.c", "    run_cache_drop(lane->runs, &run_id);\n", "    (void)run_id;\n"),
    "late result counted": ("daemon/engine/turn_action.c", 'return action->status == WF_RUNNING ? NULL : "action_ended";', "return NULL;"),
    "older attempt counted": ("daemon/engine/turn_action.c", "if (result->attempt < action->attempt) return", "if (false) return"),
    "cancel does not recall": ("daemon/engine/turn_action.c", "  wf_turn_emit(turn, event, NULL);\n  call_back(turn, action);", "  wf_turn_emit(turn, event, NULL);"),
    "suspended runs go on": ("daemon/engine/turn_timer.c", "else if (turn->run->status != WF_SUSPENDED)", "else if (true)"),
    "resume asks for nothing again": ("daemon/engine/turn_control.c", "  wf_turn_request_again(turn);\n", ""),
    "cursor moves before its commit": (
        "daemon/job/admission.c",
        "(size_t)fanout->cursor, until);\n",
        "(size_t)fanout->cursor, until);\n  fanout->cursor += 1;\n",
    ),
    "an announced input is never set aside": ("daemon/job/caution.c", "if (item->deaths < DEATHS_MAX) return;", "if (item) return;"),
    "a paused intake takes triggers": ("daemon/job/taking.c", "  if (lane->job->is_intake_paused) return false;\n", ""),
    "a lost race is not called back": ("daemon/engine/turn_fork.c", 'wf_turn_cancel_inside(turn, step_no, ends ? "sibling_ended" : "lost_race");', "(void)ends;"),
    "a branch that ends does not count": ("daemon/engine/evolve_step.c", "  fork->open_count--;\n", "  fork->open_count -= fork->open_count > 1;\n"),
    "a loop has one turn too few": ("daemon/engine/turn_for.c", "scope->turn < jv_array_length(jv_copy(scope->items))", "scope->turn + 1 < jv_array_length(jv_copy(scope->items))"),
    "a loop's turn is not forgotten when it is tried again": ("daemon/engine/evolve_step.c", "  bool is_past = wf_evolve_in_loop(run, step, try_no);\n", "  bool is_past = step->step_no < 0 && wf_evolve_in_loop(run, step, try_no);\n"),
    "a condition over events is not asked": ("daemon/job/judgement.c", "(is_new && holds(walk))", "(is_new && false && holds(walk))"),
    "a verdict over events is not given": ("daemon/job/judgement.c", "  vec_push(&lane->batch.verdicts, verdict);\n", ""),
    "one event more than was judged is not": ("daemon/job/judgement.c", "i >= judged)", "i > judged)"),
    "a slot is decided before its time": ("daemon/job/slots.c", "  lane->batch.now = job_clock(lane->job);\n  // Meanwhile", "  lane->batch.now = job_clock(lane->job) + 3 * USEC_PER_SEC;\n  // Meanwhile"),
    "a slot's trigger is not made": ("daemon/job/slots.c", "  else admission_start(lane, work, source->home, first->entry, trigger_id, NULL);\n", ""),
    "a slot that was decided is decided again": ("daemon/job/slots.c", "  if (plan->slot != USEC_NEVER) return plan->slot;\n", "  if (plan->slot != USEC_NEVER) return plan->slot - 1;\n"),
    "a recalled child goes on": ("daemon/job/child.c", "  if (!decide(lane, home, child, &input)) look_again(lane, home, child);\n}\n\n// ---- answering", "  (void)input, (void)home, (void)lane;\n}\n\n// ---- answering"),
    "who begins to listen is forgotten": ("daemon/job/decision.c", "  case WF_EFFECT_SUBSCRIBE: correlation_subscribe(lane, run, effect); break;\n", "  case WF_EFFECT_SUBSCRIBE: break;\n"),
    "who listens no more stays": ("daemon/job/decision.c", "  case WF_EFFECT_UNSUBSCRIBE: correlation_unsubscribe(lane, run, effect); break;\n", "  case WF_EFFECT_UNSUBSCRIBE: break;\n"),
    "a listener that was cancelled stays": ("daemon/engine/decide.c", "if (step && !wf_listening_is_over(step) && !wf_status_ended(turn->run->status)) return;", "if (!step || !wf_listening_is_over(step)) return;"),
    "one of two filters is asked for": ("daemon/job/correlation.c", "  jv_array_foreach(effect->arguments, i, filter) {\n", "  jv_array_foreach(effect->arguments, i, filter) {\n    if (i) { jv_free(filter); continue; }\n"),
    "nobody looks back": ("daemon/job/commit.c", ".lookback = lane->job->config.event_lookback,", ".lookback = 0,"),
    "an event of long ago is heard": ("daemon/job/commit.c", ".lookback = lane->job->config.event_lookback,", ".lookback = 4 * lane->job->config.event_lookback,"),
    "an event that nobody starts by is not noted": ("daemon/job/correlation.c", "if (!work->gather_count && !registry_hears(lane->job->registry, event->type)) return false;", "if (!work->gather_count && (!work->start_count || !registry_hears(lane->job->registry, event->type))) return false;"),
    "an event is heard again in the next turn": ("daemon/engine/turn_listen.c", 'return wf_heard_already(run->heard, source, id, wf_listening_no(step)) ? "consumed_already" : NULL;', 'return wf_heard_already(run->heard, source, id, wf_listening_no(step)) && id == NULL ? "consumed_already" : NULL;'),
    "what was heard is not kept over a snapshot": ("daemon/engine/snapshot.c", "    ROW(wf_step, VALUE, listening),\n", ""),
    "an event is for every correlation": ("daemon/engine/strategy.c", "bool wf_correlation_equal(jv a, jv b) {\n", "bool wf_correlation_equal(jv a, jv b) {\n  if (jv_is_valid(a) && jv_is_valid(b)) return true;\n"),
    "all ends with the first": ("daemon/engine/turn_listen.c", "  if (strategy->kind != WF_STRATEGY_ALL) return true;\n", "  if (strategy) return true;\n"),
    "an event for a run that is not in memory is lost": ("daemon/job/intake.c", "    if (!work->missing && work_run(work, &run_id)) want_run(lane, &run_id);\n", "    if (!work->missing && work->kind != WORK_EVENT && work_run(work, &run_id)) want_run(lane, &run_id);\n"),
    "events are gathered whatever they are about": ("daemon/job/correlation.c", ".keys = from->keys,", '.keys = TEXT("{}"),'),
    "a retried run does not listen again": ("daemon/engine/turn_control.c", "if (run->scopes->items[i].part == WF_SCOPE_LISTEN) wf_turn_listen_again", "if (run->scopes->items[i].part == WF_SCOPE_LISTEN && !run->scopes) wf_turn_listen_again"),
    "a call is repeated under another key": ("daemon/job/recovery.c", "                                                .attempt = action->attempt,\n                                                .native", "                                                .attempt = action->attempt + 1,\n                                                .native"),
    "a take-over calls nobody again": ("daemon/job/recovery.c", "  if (request->native && run->status != WF_SUSPENDED) call_again(lane, run, action);\n", "  if (false) call_again(lane, run, action);\n"),
    "calls of a suspended run are made at a take-over": ("daemon/job/recovery.c", "if (request->native && run->status != WF_SUSPENDED) call_again", "if (request->native) call_again"),
    "a call is made before its commit": ("daemon/job/decision.c", "  vec_push(&lane->batch.calls, (struct call_request){", "  calls_add(lane->calls, &(struct call_request){.run_id = run->identity.run_id, .action_no = effect->action_no, .attempt = effect->attempt, .native = effect->function->native, .arguments = effect->arguments, .deadline = effect->deadline_at});\n  calls_offer(lane->calls, lane->batch.now);\n  vec_push(&lane->batch.calls, (struct call_request){"),
    "a call that lost its race goes on": ("daemon/job/commit.c", "  vec_foreach(id, &batch->guards_removed) calls_remove(lane->calls, &id->run_id, id->action_no);\n", ""),
    "calls of a suspended run begin": ("daemon/job/commit.c", "  calls_wait(lane);\n  vec_foreach", "  if (false) calls_wait(lane);\n  vec_foreach"),
    "a resumed run does not call again": ("daemon/job/commit.c", "    if (is_open && run->status != WF_SUSPENDED && !lane->job->draining) calls_add(lane->calls, call);\n", "    if (is_open && run->status != WF_SUSPENDED && !lane->job->draining && call->attempt == 1 && action->requested_at == lane->batch.now) calls_add(lane->calls, call);\n"),
    "an open call is in no batch row": ("daemon/job/decision.c", "  vec_push(&batch_touch(&lane->batch, home)->watches, open);\n", "  batch_touch(&lane->batch, home);\n  (void)open;\n"),
    "calls of one lane are not offered": ("daemon/job/job.c", "    if (lane_may_send(lane) && calls_offer(lane->calls, job_clock(job))) idle = -1;\n", "    if (lane_may_send(lane) && lane->number == 0 && calls_offer(lane->calls, job_clock(job))) idle = -1;\n"),
}


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def must(command):
    done = run(command)
    if done.returncode:
        sys.exit(done.stdout)


def prepare(tree, out):
    shutil.copytree(ROOT, tree, dirs_exist_ok=True, symlinks=True, copy_function=shutil.copy,
                    ignore=shutil.ignore_patterns("build", ".git", "*.pyc"))  # built anew: what an earlier mutation left is older
    must(["cmake", "-S", tree, "-B", out, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"])


def noticed(tree, out, mutation, count):
    """What noticed it, or None."""
    path, there, instead = mutation
    file = os.path.join(tree, path)
    with open(file, encoding="utf-8") as source:
        text = source.read()
    if text.count(there) != 1:
        sys.exit(f"{path} has not once: {there}")
    try:
        with open(file, "w", encoding="utf-8") as changed:
            changed.write(text.replace(there, instead))
        must(["ninja", "-C", out, "sim"])
        try:
            result = run([os.path.join(out, "tests", "sim", "sim"), "--count", str(count)], timeout=600)
        except subprocess.TimeoutExpired:
            return "it does not end"
        if result.returncode == 0:
            return None
        return (result.stdout.strip().splitlines() or [f"ended by signal {-result.returncode}"])[0]
    finally:
        with open(file, "w", encoding="utf-8") as restored:
            restored.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--build-dir", required=True, help="for the copy and its build")
    parser.add_argument("--count", type=int, default=1000, help="seeds of each")
    parser.add_argument("--only", choices=MUTATIONS, metavar="NAME", help="one of them")
    options = parser.parse_args()
    tree, out = os.path.join(options.build_dir, "tree"), os.path.join(options.build_dir, "out")
    prepare(tree, out)
    by = noticed(tree, out, ("daemon/job/commit.c", "// ---- building ---", "// ---- building ---"), options.count)
    if by:
        sys.exit(f"without any mutation: {by}")
    chosen = [options.only] if options.only else list(MUTATIONS)
    missed = 0
    for name in chosen:
        by = noticed(tree, out, MUTATIONS[name], options.count)
        missed += by is None
        print(f"{name}: {by or 'NOT NOTICED'}", flush=True)
    print(f"mutations: {len(chosen) - missed} noticed, {missed} not")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
