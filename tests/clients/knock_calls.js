// SPDX-License-Identifier: Apache-2.0
// The same as knock_calls.py by Knock's own client for Node.js: reads a JSON list of
// [call, arguments] from its input, writes one of what each gave.
//
//   NODE_PATH=… KNOCK_BASE_URL=… KNOCK_API_KEY=… node knock_calls.js < calls
'use strict';
const fs = require('fs');
const Knock = require('@knocklabs/node');

const client = new Knock({ maxRetries: 0, apiKey: process.env.KNOCK_API_KEY, baseURL: process.env.KNOCK_BASE_URL });
const runs = client.workflowRecipientRuns;

async function collect(sequence, take) {
  const taken = [];
  for await (const one of sequence) taken.push(take(one));
  return taken;
}

async function pages(query) {
  return (await runs.list(query)).iterPages();
}

const CALLS = {
  get: ({ id }) => runs.get(id),
  list: async (query) => {
    const { items, page_info } = await runs.list(query);
    return { items, page_info };
  },
  walk: (query) => collect(runs.list(query), (run) => run.id),
  // Page by page instead of run by run.
  walk_later: async (query) => (await collect(await pages(query), (page) => page.getPaginatedItems().map((run) => run.id))).flat(),
  pages: async (query) => (await collect(await pages(query), () => 1)).length,
  get_with_key: ({ id, key }) => client.withOptions({ apiKey: key }).workflowRecipientRuns.get(id),
};

async function call([name, given]) {
  try {
    return await CALLS[name](given);
  } catch (error) {
    if (!(error instanceof Knock.APIError)) throw error;
    return { error: error.constructor.name, status: error.status, body: error.error, retry_after: error.headers?.get('retry-after') ?? null };
  }
}

async function main() {
  const answers = [];
  for (const one of JSON.parse(fs.readFileSync(0, 'utf8'))) answers.push(await call(one));
  process.stdout.write(JSON.stringify(answers));
}

main();
