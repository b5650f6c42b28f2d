// SPDX-License-Identifier: Apache-2.0
// What a call gives to its task, by the DSL's `output`: the content of the answer as a value
// ("content", the default), the answer whole ("response"), or the content as base64 ("raw").
#pragma once

#include <jv.h>

#include "io/http_message.h"
#include "io/http_secrets.h"

// `output` is with's member, or NULL; `request` is {method, uri, headers}; borrows all. The
// secrets that the server says back are taken out, also of what becomes base64.
// Invalid, without message, when the content is not what its media type says.
jv http_output_make(const char *output, const struct http_result *result, jv request, const struct http_secrets *secrets);

// {method, uri, headers} of a message, owned. `method` as the definition spells it.
jv http_output_request(const char *method, const struct http_message *message);
