# SPDX-License-Identifier: Apache-2.0
"""Verifies signed requests with the library of Standard Webhooks: reads a JSON list of
[headers, body] from its input, writes one of what each body holds, or null where the
signature is another one's.

  WEBHOOK_SECRET=whsec_… webhook_calls.py < calls
"""
import json
import os
import sys

import standardwebhooks


def verified(headers, body):
    try:
        return standardwebhooks.Webhook(os.environ["WEBHOOK_SECRET"]).verify(body, headers)
    except standardwebhooks.WebhookVerificationError:
        return None


json.dump([verified({name.lower(): value for name, value in headers.items()}, body) for headers, body in json.load(sys.stdin)], sys.stdout)
