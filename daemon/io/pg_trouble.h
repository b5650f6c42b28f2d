// SPDX-License-Identifier: Apache-2.0
// Trouble with PostgreSQL in the words of operators: what an error is called in metrics,
// and what to do about it.
#pragma once

// What keeps the database from taking a batch, as one word for metrics: "disk_full",
// "deadlock" …; "other" when the state says nothing special, "connection" for "".
const char *pg_trouble_word(const char *sqlstate);
// What an operator may do about it, a clause without an end; NULL = nothing special.
const char *pg_trouble_advice(const char *sqlstate);
// The same for why a connection was refused, of which libpq has the text only; NULL = the
// server is merely away.
const char *pg_trouble_refusal(const char *reason);
