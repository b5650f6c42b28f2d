// SPDX-License-Identifier: Apache-2.0
// `workflowctl workflows [NAME]`: published versions and their open runs.
// `workflowctl workflows activate|deactivate|document NAMESPACE/NAME@VERSION`: lets a
// version start runs again, or no more (its open runs go on to their end), or prints it.
#pragma once

// Exit code: see verb.h.
int workflows_verb(int argc, char **argv);
