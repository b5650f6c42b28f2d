// SPDX-License-Identifier: Apache-2.0
// Definitions are loaded once for all instances and seeds: compiling one takes longer than
// simulating a whole history, and a loaded definition never changes. The loader and its
// counterpart are replaced by the linker (--wrap) in the simulator alone.
#pragma once

// Releases what was loaded.
void sim_definitions_free(void);
