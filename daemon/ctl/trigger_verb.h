// SPDX-License-Identifier: Apache-2.0
// `workflowctl trigger WORKFLOW [OPTION]...`: publishes one TriggerEvent to Kafka, as
// any producer does. With --wait it follows it in PostgreSQL until its runs have ended:
// exit code 4 when one was faulted or cancelled, when the trigger is in quarantine or
// matched nothing, 5 when that took too long. Which Kafka: --kafka HOST:PORT, else the
// configuration.
#pragma once

// Exit code: see verb.h.
int trigger_verb(int argc, char **argv);
