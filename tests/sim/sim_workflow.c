// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_workflow.h"

#define HEAD(name, version) "document: {dsl: '1.0.0', namespace: sim, name: " name ", version: " version "}\n"
#define FOREVER (400 * USEC_PER_DAY)

const struct sim_workflow sim_workflows[] = {
    {.name = "one-action", .version = "1.0.0", .named = true, .document = HEAD("one-action", "1.0.0")
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"},
    {.name = "three-actions", .version = "1.0.0", .named = true, .document = HEAD("three-actions", "1.0.0")
     "do:\n"
     "  - first: {call: act, with: {n: 1}}\n"
     "  - note: {set: {noted: true}}\n"
     "  - second: {call: act, with: {n: 2}}\n"
     "  - third: {call: slow, with: {n: 3}}\n"},
    {.name = "nap", .version = "1.0.0", .named = true, .document = HEAD("nap", "1.0.0")
     "do:\n"
     "  - short: {wait: {milliseconds: 700}}\n"
     "  - act: {call: act, with: {n: 1}}\n"
     "  - again: {wait: PT0.2S}\n"},
    {.name = "sleep", .version = "1.0.0", .named = true, .document = HEAD("sleep", "1.0.0")
     "do:\n"
     "  - long: {wait: '${ $workflow.input.pause }'}\n"
     "  - act: {call: act, with: {n: 1}}\n"},
    {.name = "until", .version = "1.0.0", .named = true, .document = HEAD("until", "1.0.0")
     "do:\n"
     "  - until: {wait: '${ $workflow.input.until }'}\n"
     "  - act: {call: act, with: {n: 1}}\n"},
    {.name = "retry", .version = "1.0.0", .named = true, .document = HEAD("retry", "1.0.0")
     "do:\n"
     "  - careful:\n"
     "      try:\n"
     "        - act: {call: shaky, with: {n: 1}}\n"
     "      catch:\n"
     "        errors: {with: {status: 503}}\n"
     "        retry:\n"
     "          delay: {milliseconds: 300}\n"
     "          backoff: {exponential: {}}\n"
     "          jitter: {from: {milliseconds: 0}, to: {milliseconds: 200}}\n"
     "          limit: {attempt: {count: 3}}\n"
     "        do:\n"
     "          - sorry: {set: {sorry: true}}\n"
     "  - after: {call: act, with: {n: 2}}\n"},
    {.name = "fails", .version = "1.0.0", .named = true, .document = HEAD("fails", "1.0.0")
     "do:\n"
     "  - act: {call: shaky, with: {n: 1}}\n"
     "  - rest: {wait: {milliseconds: 100}}\n"},
    {.name = "hurried", .version = "1.0.0", .named = true, .hurried = true, .document = HEAD("hurried", "1.0.0")
     "timeout: {after: {seconds: 9}}\n"
     "do:\n"
     "  - soon:\n"
     "      try:\n"
     "        - act: {call: slow, with: {n: 1}, timeout: {after: {seconds: 2}}}\n"
     "      catch:\n"
     "        errors: {with: {status: 408}}\n"
     "        do:\n"
     "          - late: {set: {late: true}}\n"
     "  - rest: {wait: {seconds: 3}}\n"
     "  - more: {call: slow, with: {n: 2}}\n"},
    {.name = "fork", .version = "1.0.0", .named = true, .document = HEAD("fork", "1.0.0")
     "do:\n"
     "  - around:\n"
     "      try:\n"
     "        - sides:\n"
     "            fork:\n"
     "              branches:\n"
     "                - one: {do: [{first: {call: act, with: {n: 1}}}, {rest: {wait: {milliseconds: 300}}}, {second: {call: slow, with: {n: 2}}}]}\n"
     "                - two: {call: shaky, with: {n: 3}}\n"
     "                - three: {wait: '${ $workflow.input.pause }'}\n"
     "      catch:\n"
     "        errors: {with: {status: 503}}\n"
     "        retry: {delay: {milliseconds: 200}, limit: {attempt: {count: 4}}}\n"
     "        do:\n"
     "          - sorry: {set: {sorry: true}}\n"},
    {.name = "race", .version = "1.0.0", .named = true, .document = HEAD("race", "1.0.0")
     "do:\n"
     "  - race:\n"
     "      fork:\n"
     "        compete: true\n"
     "        branches:\n"
     "          - work: {call: act, with: {n: 1}}\n"
     "          - slow: {do: [{nap: {wait: {milliseconds: 40}}}, {act: {call: slow, with: {n: 2}}}]}\n"
     "          - time: {wait: {milliseconds: 60}}\n"
     "  - after: {call: act, with: {n: 3}}\n"},
    {.name = "loop", .version = "1.0.0", .named = true, .document = HEAD("loop", "1.0.0")
     "do:\n"
     "  - careful:\n"
     "      try:\n"
     "        - all:\n"
     "            for: {each: n, in: '${ [1, 2, 3] }'}\n"
     "            do:\n"
     "              - act: {call: shaky, with: {n: '${ $n }'}}\n"
     "              - rest: {wait: {milliseconds: 30}}\n"
     "              - count: {for: {in: '${ [range(15)] }'}, do: [{one: {set: {sum: '${ .sum + $item }'}}}]}\n"
     "      catch:\n"
     "        errors: {with: {status: 503}}\n"
     "        retry: {delay: {milliseconds: 100}, limit: {attempt: {count: 5}}}\n"},
    {.name = "unstorable", .version = "1.0.0", .named = true, .never_ends = true, .document = HEAD("unstorable", "1.0.0")
     "do:\n"
     "  - rest: {wait: {milliseconds: 400}}\n"
     "  - bad: {set: {poison: true}}\n"},
    {.name = "signed-action", .version = "1.0.0", .document = HEAD("signed-action", "1.0.0")
     "schedule: {on: {one: {with: {type: sim.signed}}}}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"},
    {.name = "signed-nap", .version = "1.0.0", .document = HEAD("signed-nap", "1.0.0")
     "schedule: {on: {one: {with: {type: sim.signed}}}}\n"
     "do:\n"
     "  - rest: {wait: {seconds: 2}}\n"
     "  - act: {call: slow, with: {n: 1}}\n"},
    {.name = "tick", .version = "1.0.0", .document = HEAD("tick", "1.0.0")
     "schedule: {every: {seconds: 2}}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"},
    {.name = "again", .version = "1.0.0", .document = HEAD("again", "1.0.0")
     "schedule: {after: {seconds: 1}}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 300}}\n"},
    {.name = "tick", .version = "1.1.0", .later = true, .document = HEAD("tick", "1.1.0")
     "schedule: {cron: '*/3 * * * * *'}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 50}}\n"},
    {.name = "family", .version = "1.0.0", .named = true, .document = HEAD("family", "1.0.0")
     "do:\n"
     "  - first: {run: {workflow: {namespace: sim, name: child, version: latest, input: {n: 1}}}}\n"
     "  - again:\n"
     "      try:\n"
     "        - second: {run: {workflow: {namespace: sim, name: nested, version: 1.0.0}}, timeout: {after: {seconds: 9}}}\n"
     "      catch: {do: [{late: {set: {late: true}}}]}\n"
     "  - third: {run: {workflow: {namespace: sim, name: child, version: latest}, await: false}}\n"},
    {.name = "child", .version = "1.0.0", .document = HEAD("child", "1.0.0")
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"
     "  - rest: {wait: {milliseconds: 300}}\n"},
    {.name = "nested", .version = "1.0.0", .document = HEAD("nested", "1.0.0")
     "do:\n"
     "  - rest: {wait: {seconds: 1}}\n"
     "  - inner: {run: {workflow: {namespace: sim, name: child, version: latest}}}\n"},
    {.name = "one-action", .version = "1.1.0", .later = true, .document = HEAD("one-action", "1.1.0")
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"
     "  - more: {call: act, with: {n: 2}}\n"},
    {.name = "signed-action", .version = "1.1.0", .later = true, .document = HEAD("signed-action", "1.1.0")
     "schedule: {on: {one: {with: {type: sim.signed}}}}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 50}}\n"
     "  - act: {call: act, with: {n: 1}}\n"},
};

#define BOOM "  - boom: {set: {x: 1}}\n"
const struct sim_workflow sim_deadly[SIM_DEADLY] = {
    {.name = "deadly-trigger", .version = "1.0.0", .document = HEAD("deadly-trigger", "1.0.0") "do:\n" BOOM},
    {.name = "deadly-timer", .version = "1.0.0", .document = HEAD("deadly-timer", "1.0.0")
     "do:\n"
     "  - nap: {wait: {seconds: 1}}\n" BOOM},
    {.name = "deadly-answer", .version = "1.0.0", .document = HEAD("deadly-answer", "1.0.0")
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n" BOOM},
};

const int sim_workflow_count = sizeof sim_workflows / sizeof *sim_workflows;

const struct wf_catalog *sim_catalog(bool patient) {
  static const struct wf_function hasty[SIM_FUNCTIONS] = {
      {"act", "requests", 4 * USEC_PER_SEC, 0, WF_BY_WORKER, false}, {"shaky", "requests", 3 * USEC_PER_SEC, 0, WF_BY_WORKER, false}, {"slow", "requests", 6 * USEC_PER_SEC, USEC_PER_SEC, WF_BY_WORKER, false}};
  static const struct wf_function calm[SIM_FUNCTIONS] = {{"act", "requests", FOREVER, 0, WF_BY_WORKER, false}, {"shaky", "requests", FOREVER, 0, WF_BY_WORKER, false}, {"slow", "requests", FOREVER, 0, WF_BY_WORKER, false}};
  static const struct wf_catalog catalogs[2] = {{.functions = hasty, .count = SIM_FUNCTIONS}, {.functions = calm, .count = SIM_FUNCTIONS}};
  return &catalogs[patient];
}
