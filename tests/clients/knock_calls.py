# SPDX-License-Identifier: Apache-2.0
"""Calls Knock's own client: reads a JSON list of [call, arguments] from its input, writes
one of what each gave. Answers are held to the client's own types, strictly.

  KNOCK_BASE_URL=… KNOCK_API_KEY=… knock_calls.py < calls

call  get   one run                       list      a page: {"items", "page_info"}
      walk  ids of all pages from one on   pages     the number of pages of that walk
"""
import asyncio
import json
import sys

import knockapi

client = knockapi.Knock(max_retries=0, _strict_response_validation=True)
runs = client.workflow_recipient_runs


def as_json(model):
    return model.model_dump(mode="json", by_alias=True)


async def walk_later(arguments):
    """The same by the asynchronous client."""
    async with knockapi.AsyncKnock(max_retries=0, _strict_response_validation=True) as other:
        return [run.id async for run in other.workflow_recipient_runs.list(**arguments)]


CALLS = {
    "get": lambda arguments: as_json(runs.get(**arguments)),
    "list": lambda arguments: as_json(runs.list(**arguments)),
    "walk": lambda arguments: [run.id for run in runs.list(**arguments)],
    "walk_later": lambda arguments: asyncio.run(walk_later(arguments)),
    "pages": lambda arguments: sum(1 for _ in runs.list(**arguments).iter_pages()),
    "get_with_key": lambda arguments: as_json(client.with_options(api_key=arguments.pop("key")).workflow_recipient_runs.get(**arguments)),
}


def call(name, arguments):
    try:
        return CALLS[name](arguments)
    except knockapi.APIStatusError as error:
        return {"error": type(error).__name__, "status": error.status_code, "body": error.body,
                "retry_after": error.response.headers.get("retry-after")}


json.dump([call(*one) for one in json.load(sys.stdin)], sys.stdout)
