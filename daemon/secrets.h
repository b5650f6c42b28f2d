// SPDX-License-Identifier: Apache-2.0
// The secrets that definitions may use (`use.secrets`): files of the folder
// `secrets.folder`, by their names, and systemd credentials whose names begin with
// "secret_" (LoadCredential=secret:/etc/workflowd/secrets, or one by one:
// LoadCredential=secret_NAME:…), by what follows it; a credential wins. Others, such as the
// password of the database, are nobody's to name. A file that holds a JSON object is an
// object; any other is a text, one newline at its end cut.
//
// The values stay here: the engine is given their shapes (engine/secret.h), and whoever
// sends a request over HTTP asks for them as it leaves, and takes them out of what is said
// of the answer (io/http_secrets.h).
#pragma once

#include <jv.h>
#include <stddef.h>

#include "engine/secret.h"

struct secrets;

enum { SECRETS_MAX = 1000 };

// Reads them; "" = no folder. A file that cannot be used (readable by everyone, too large,
// of a name that is none) is told in the log and left out. `credentials` is systemd's folder,
// or NULL.
struct secrets *secrets_new(const char *folder, const char *credentials);
// Overwrites the values that only it has. Takes NULL.
void secrets_free(struct secrets *secrets);
// The same from now on as `from`, which it takes; the shapes keep their place.
void secrets_replace(struct secrets *secrets, struct secrets *from);

size_t secrets_count(const struct secrets *secrets);
const struct wf_secrets *secrets_shapes(const struct secrets *secrets); // borrowed

// The text with its placeholders resolved, from malloc; NULL when one of them cannot be.
char *secrets_reveal(void *secrets, const char *text);
// What a policy of `use: name` holds, owned: a plain text counts as its token; invalid when
// there is none.
jv secrets_policy(void *secrets, const char *name);
