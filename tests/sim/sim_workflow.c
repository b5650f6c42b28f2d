// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_workflow.h"

#define WORKFLOW(title, number, text) \
  .name = (title), .version = (number), .document = "document: {dsl: '1.0.0', namespace: sim, name: " title ", version: " number "}\n" text
#define FOREVER (400 * USEC_PER_DAY)
#define BY_KEY ", correlate: {key: {from: '${ .data.key }', expect: '${ $workflow.input.key }'}}"
#define PAID "{with: {type: sim.paid}" BY_KEY "}"
#define LEFT "{with: {type: sim.left}" BY_KEY "}"
#define HEAR_PAID "{listen: {to: {one: " PAID "}}}"
#define GET "{call: http, with: {method: get, endpoint: 'http://sim.test/a'}}"

const struct sim_workflow sim_workflows[] = {
    {.named = true, WORKFLOW("one-action", "1.0.0",
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {.named = true, WORKFLOW("three-actions", "1.0.0",
     "do:\n"
     "  - first: {call: act, with: {n: 1}}\n"
     "  - note: {set: {noted: true}}\n"
     "  - second: {call: act, with: {n: 2}}\n"
     "  - third: {call: slow, with: {n: 3}}\n")},
    {.named = true, WORKFLOW("nap", "1.0.0",
     "do:\n"
     "  - short: {wait: {milliseconds: 700}}\n"
     "  - act: {call: act, with: {n: 1}}\n"
     "  - again: {wait: PT0.2S}\n")},
    {.named = true, WORKFLOW("sleep", "1.0.0",
     "do:\n"
     "  - long: {wait: '${ $workflow.input.pause }'}\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {.named = true, WORKFLOW("until", "1.0.0",
     "do:\n"
     "  - until: {wait: '${ $workflow.input.until }'}\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {.named = true, WORKFLOW("retry", "1.0.0",
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
     "  - after: {call: act, with: {n: 2}}\n")},
    {.named = true, WORKFLOW("fails", "1.0.0",
     "do:\n"
     "  - act: {call: shaky, with: {n: 1}}\n"
     "  - rest: {wait: {milliseconds: 100}}\n")},
    {.named = true, .hurried = true, WORKFLOW("hurried", "1.0.0",
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
     "  - more: {call: slow, with: {n: 2}}\n")},
    {.named = true, WORKFLOW("fork", "1.0.0",
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
     "          - sorry: {set: {sorry: true}}\n")},
    {.named = true, WORKFLOW("race", "1.0.0",
     "do:\n"
     "  - race:\n"
     "      fork:\n"
     "        compete: true\n"
     "        branches:\n"
     "          - work: {call: act, with: {n: 1}}\n"
     "          - slow: {do: [{nap: {wait: {milliseconds: 40}}}, {act: {call: slow, with: {n: 2}}}]}\n"
     "          - time: {wait: {milliseconds: 60}}\n"
     "  - after: {call: act, with: {n: 3}}\n")},
    {.named = true, WORKFLOW("loop", "1.0.0",
     "do:\n"
     "  - careful:\n"
     "      try:\n"
     "        - all:\n"
     "            for: {each: n, in: '${ [1, 2, 3] }'}\n"
     "            do:\n"
     "              - act: {call: shaky, with: {n: '${ $n }'}}\n"
     "              - rest: {wait: {milliseconds: 30}}\n"
     "              - count: {for: {in: '${ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] }'}, do: [{one: {set: {sum: '${ .sum + $item }'}}}]}\n"
     "      catch:\n"
     "        errors: {with: {status: 503}}\n"
     "        retry: {delay: {milliseconds: 100}, limit: {attempt: {count: 5}}}\n")},
    {.named = true, .never_ends = true, WORKFLOW("unstorable", "1.0.0",
     "do:\n"
     "  - rest: {wait: {milliseconds: 400}}\n"
     "  - bad: {set: {poison: true}}\n")},
    {WORKFLOW("signed-action", "1.0.0",
     "schedule: {on: {one: {with: {type: sim.signed}}}}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {WORKFLOW("signed-nap", "1.0.0",
     "schedule: {on: {one: {with: {type: sim.signed}}}}\n"
     "do:\n"
     "  - rest: {wait: {seconds: 2}}\n"
     "  - act: {call: slow, with: {n: 1}}\n")},
    {WORKFLOW("tick", "1.0.0",
     "schedule: {every: {seconds: 2}}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {WORKFLOW("again", "1.0.0",
     "schedule: {after: {seconds: 1}}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 300}}\n")},
    {.later = true, WORKFLOW("tick", "1.1.0",
     "schedule: {cron: '*/3 * * * * *'}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 50}}\n")},
    {.named = true, WORKFLOW("family", "1.0.0",
     "do:\n"
     "  - first: {run: {workflow: {namespace: sim, name: child, version: latest, input: {n: 1}}}}\n"
     "  - again:\n"
     "      try:\n"
     "        - second: {run: {workflow: {namespace: sim, name: nested, version: 1.0.0}}, timeout: {after: {seconds: 9}}}\n"
     "      catch: {do: [{late: {set: {late: true}}}]}\n"
     "  - third: {run: {workflow: {namespace: sim, name: child, version: latest}, await: false}}\n")},
    {WORKFLOW("child", "1.0.0",
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"
     "  - rest: {wait: {milliseconds: 300}}\n")},
    {WORKFLOW("nested", "1.0.0",
     "do:\n"
     "  - rest: {wait: {seconds: 1}}\n"
     "  - inner: {run: {workflow: {namespace: sim, name: child, version: latest}}}\n")},
    {.named = true, WORKFLOW("hear-one", "1.0.0",
     "do:\n"
     "  - hear: " HEAR_PAID "\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {.named = true, WORKFLOW("hear-late", "1.0.0",
     "do:\n"
     "  - rest: {wait: {seconds: 2}}\n"
     "  - hear: {listen: {to: {any: [" LEFT ", " PAID "]}}}\n")},
    {.named = true, WORKFLOW("hear-all", "1.0.0",
     "do:\n"
     "  - hear: {listen: {to: {all: [" PAID ", " LEFT "]}}}\n")},
    {.named = true, WORKFLOW("hear-two", "1.0.0",
     "do:\n"
     "  - hear: {listen: {to: {any: [" PAID "], until: '${ .[1] != null }'}}}\n")},
    {.named = true, WORKFLOW("hear-until", "1.0.0",
     "do:\n"
     "  - hear: {listen: {to: {any: [" PAID "], until: {one: " LEFT "}}}}\n")},
    {.named = true, WORKFLOW("hear-each", "1.0.0",
     "do:\n"
     "  - hear:\n"
     "      listen: {to: {any: [" PAID "], until: '${ .[1] != null }'}}\n"
     "      foreach:\n"
     "        item: paid\n"
     "        do:\n"
     "          - rest: {wait: {milliseconds: 30}}\n"
     "          - act: {call: act, with: {n: '${ $paid.number }'}}\n")},
    {.named = true, WORKFLOW("hear-loop", "1.0.0",
     "do:\n"
     "  - turns: {for: {in: '${ [1, 2, 3] }'}, do: [{hear: " HEAR_PAID "}]}\n")},
    {.named = true, WORKFLOW("hear-both", "1.0.0",
     "do:\n"
     "  - sides: {fork: {branches: [{hear: " HEAR_PAID "}, {later: {do: [{rest: {wait: {milliseconds: 300}}}, {hear: " HEAR_PAID "}]}}]}}\n")},
    {.named = true, WORKFLOW("hear-race", "1.0.0",
     "do:\n"
     "  - race: {fork: {compete: true, branches: [{hear: " HEAR_PAID "}, {time: {wait: {milliseconds: 900}}}]}}\n"
     "  - after: {call: act, with: {n: 3}}\n")},
    {.named = true, WORKFLOW("hear-again", "1.0.0",
     "do:\n"
     "  - careful:\n"
     "      try:\n"
     "        - sides: {fork: {branches: [{hear: " HEAR_PAID "}, {act: {call: shaky, with: {n: 3}}}]}}\n"
     "      catch:\n"
     "        errors: {with: {status: 503}}\n"
     "        retry: {delay: {milliseconds: 200}, limit: {attempt: {count: 4}}}\n"
     "        do: [{sorry: {set: {sorry: true}}}]\n")},
    {.named = true, .hurried = true, WORKFLOW("hear-soon", "1.0.0",
     "do:\n"
     "  - careful:\n"
     "      try:\n"
     "        - hear: {listen: {to: {one: " PAID "}}, timeout: {after: {seconds: 2}}}\n"
     "      catch: {errors: {with: {status: 408}}, do: [{late: {set: {late: true}}}]}\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {WORKFLOW("opened-any", "1.0.0",
     "schedule: {on: {any: [{with: {type: sim.opened}}, {with: {type: sim.closed}}]}}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 300}}\n")},
    {WORKFLOW("opened-all", "1.0.0",
     "schedule:\n"
     "  on:\n"
     "    all:\n"
     "      - {with: {type: sim.opened}, correlate: {key: {from: '${ .data.key }'}}}\n"
     "      - {with: {type: sim.closed}, correlate: {key: {from: '${ .data.key }'}}}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {WORKFLOW("opened-until", "1.0.0",
     "schedule:\n"
     "  on:\n"
     "    any:\n"
     "      - {with: {type: sim.opened}, correlate: {key: {from: '${ .data.key }'}}}\n"
     "      - {with: {type: sim.closed}, correlate: {key: {from: '${ .data.key }'}}}\n"
     "    until: length == 3 or .[-2].type == \"sim.opened\" and .[-1].type == \"sim.closed\"\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 100}}\n")},
    {WORKFLOW("opened-closed", "1.0.0",
     "schedule:\n"
     "  on:\n"
     "    any:\n"
     "      - {with: {type: sim.opened}, correlate: {key: {from: '${ .data.key }'}}}\n"
     "    until: {one: {with: {type: sim.closed}, correlate: {key: {from: '${ .data.key }'}}}}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 100}}\n")},
    {.named = true, WORKFLOW("dial", "1.0.0",
     "do:\n"
     "  - careful:\n"
     "      try:\n"
     "        - get: " GET "\n"
     "        - more: {for: {in: '${ [1, 2] }'}, do: [{again: " GET "}]}\n"
     "      catch:\n"
     "        errors: {with: {status: 503}}\n"
     "        retry: {delay: {milliseconds: 200}, limit: {attempt: {count: 5}}}\n"
     "        do: [{sorry: {set: {sorry: true}}}]\n")},
    {.named = true, WORKFLOW("dial-race", "1.0.0",
     "do:\n"
     "  - race: {fork: {compete: true, branches: [{get: " GET "}, {other: " GET "}, {time: {wait: {milliseconds: 60}}}]}}\n"
     "  - rest: {wait: {milliseconds: 100}}\n"
     "  - get: " GET "\n")},
    {.named = true, WORKFLOW("dial-pets", "1.0.0",
     "do:\n"
     "  - pets: {call: openapi, with: {document: {endpoint: 'http://sim.test/pets.json'}, operationId: listPets}}\n"
     "  - act: {call: act, with: {n: 1}}\n")},
    {.later = true, WORKFLOW("one-action", "1.1.0",
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"
     "  - more: {call: act, with: {n: 2}}\n")},
    {.later = true, WORKFLOW("signed-action", "1.1.0",
     "schedule: {on: {one: {with: {type: sim.signed}}}}\n"
     "do:\n"
     "  - rest: {wait: {milliseconds: 50}}\n"
     "  - act: {call: act, with: {n: 1}}\n")},
};

#define BOOM "  - boom: {set: {x: 1}}\n"
const struct sim_workflow sim_deadly[SIM_DEADLY] = {
    {WORKFLOW("deadly-trigger", "1.0.0", "do:\n" BOOM)},
    {WORKFLOW("deadly-timer", "1.0.0",
     "do:\n"
     "  - nap: {wait: {seconds: 1}}\n" BOOM)},
    {WORKFLOW("deadly-answer", "1.0.0",
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n" BOOM)},
};

const struct sim_listen sim_listens[] = {
    {"sim/hear-one", "hear", {"sim.paid"}, 1},
    {"sim/hear-late", "hear", {"sim.left", "sim.paid"}, 1},
    {"sim/hear-all", "hear", {"sim.paid", "sim.left"}, 2},
    {"sim/hear-two", "hear", {"sim.paid"}, 2},
    {"sim/hear-until", "hear", {"sim.paid", "sim.left"}, 0},
    {"sim/hear-each", "hear", {"sim.paid"}, 0},
    {"sim/hear-loop", "hear", {"sim.paid"}, 1},
    {"sim/hear-both", "hear", {"sim.paid"}, 1},
    {"sim/hear-race", "hear", {"sim.paid"}, 1},
    {"sim/hear-again", "hear", {"sim.paid"}, 1},
    {"sim/hear-soon", "hear", {"sim.paid"}, 1},
};
const int sim_listen_count = sizeof sim_listens / sizeof *sim_listens;

const int sim_workflow_count = sizeof sim_workflows / sizeof *sim_workflows;

const struct wf_catalog *sim_catalog(bool patient) {
#define FUNCTION(word, who, most, silence) {.name = word, .topic = (who) == WF_BY_WORKER ? "requests" : NULL, .timeout = most, .heartbeat = silence, .native = who}
  static const struct wf_function hasty[SIM_FUNCTIONS] = {
      FUNCTION("act", WF_BY_WORKER, 4 * USEC_PER_SEC, 0), FUNCTION("shaky", WF_BY_WORKER, 3 * USEC_PER_SEC, 0),
      FUNCTION("slow", WF_BY_WORKER, 6 * USEC_PER_SEC, USEC_PER_SEC), FUNCTION("http", WF_NATIVE_HTTP, 4 * USEC_PER_SEC, 0),
      FUNCTION("openapi", WF_NATIVE_OPENAPI, 4 * USEC_PER_SEC, 0)};
  static const struct wf_function calm[SIM_FUNCTIONS] = {
      FUNCTION("act", WF_BY_WORKER, FOREVER, 0), FUNCTION("shaky", WF_BY_WORKER, FOREVER, 0), FUNCTION("slow", WF_BY_WORKER, FOREVER, 0),
      FUNCTION("http", WF_NATIVE_HTTP, FOREVER, 0), FUNCTION("openapi", WF_NATIVE_OPENAPI, FOREVER, 0)};
#undef FUNCTION
  static const struct wf_catalog catalogs[2] = {{.functions = hasty, .count = SIM_FUNCTIONS}, {.functions = calm, .count = SIM_FUNCTIONS}};
  return &catalogs[patient];
}
