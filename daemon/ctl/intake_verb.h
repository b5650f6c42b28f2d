// SPDX-License-Identifier: Apache-2.0
// `workflowctl pause-intake|resume-intake [--reason TEXT]`: lets all instances leave trigger
// records in Kafka, or take them again, by the SQL functions workflow.pause_intake() and
// workflow.resume_intake(). Harmless when it is so already: then who said so is printed.
#pragma once

// The verb's name says which. Exit code: see verb.h.
int intake_verb(int argc, char **argv);
