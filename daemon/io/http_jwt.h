// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens in the compact form, as far as a client of OAuth 2.0 needs them: to sign
// its own assertion (RFC 7523), and to look at who issued a token. No signature is checked.
#pragma once

#include <jv.h>

// The claims, signed with HS256 by a secret; takes the claims; to be freed.
char *http_jwt_sign_secret(jv claims, const char *secret);
// The same with RS256 or ES256 by a private key in PEM. NULL when it is no such key.
char *http_jwt_sign_key(jv claims, const char *pem);

// The claims of a token, owned; invalid when it is no JWT.
jv http_jwt_claims(const char *token);
