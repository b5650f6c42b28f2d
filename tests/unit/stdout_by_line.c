// SPDX-License-Identifier: Apache-2.0
// Linked into every unit test program: writes standard output line by line, also
// into a pipe. Otherwise log lines on standard error land in the middle of the TAP
// lines, and test.sh counts the cases from those.
#include <stdio.h>

__attribute__((constructor)) static void write_stdout_by_line(void) { setvbuf(stdout, NULL, _IOLBF, 0); }
