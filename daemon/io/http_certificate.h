// SPDX-License-Identifier: Apache-2.0
// A client's certificate for TLS: whether it is one that can be shown. Pure, but for OpenSSL.
// libcurl would tell of a bad one only when a server asks for it, and OpenSSL would ask the
// terminal for the passphrase of a key that has none.
#pragma once

// All in PEM: the certificate, which others may follow up to the authority; its private key;
// the key's passphrase, or NULL. Returns NULL when they fit; or what is wrong, static text.
const char *http_certificate_problem(const char *certificate, const char *key, const char *passphrase);
