// SPDX-License-Identifier: Apache-2.0
// workflowctl api-key create NAME | list | revoke KEY-ID...: keys of workflowd-api. A key
// is shown once, when it is made; of its secret only a hash is kept.
#pragma once

// Exit code: see verb.h.
int api_key_verb(int argc, char **argv);
