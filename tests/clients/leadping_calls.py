# SPDX-License-Identifier: Apache-2.0
"""Calls Leadping's own client for the workflow status of leads: reads a JSON list of lead
ids from its input, writes one of the answers as the client understood them: a name in
snake_case and a value each, instants by ISO 8601, `additional_data` what it did not know.

  leadping_calls.py BASE_URL KEY < leads
"""
import asyncio
import dataclasses
import datetime
import json
import sys

from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_http.httpx_request_adapter import HttpxRequestAdapter
from leadping.leadping_open_api_client import LeadpingOpenApiClient


class Bearer(AuthenticationProvider):
    async def authenticate_request(self, request, additional_authentication_context={}):
        request.headers.add("Authorization", f"Bearer {sys.argv[2]}")


def plain(value):
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


async def main():
    adapter = HttpxRequestAdapter(Bearer())
    adapter.base_url = sys.argv[1]
    client = LeadpingOpenApiClient(adapter)
    answers = []
    for lead in json.load(sys.stdin):
        try:
            answers.append(plain(await client.leads.by_id(lead).workflow_status.get()))
        except APIError as error:
            answers.append({"error": type(error).__name__, "status": error.response_status_code,
                            "title": getattr(error, "title", None), "detail": getattr(error, "detail", None)})
    json.dump(answers, sys.stdout)


asyncio.run(main())
