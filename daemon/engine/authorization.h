// SPDX-License-Identifier: Apache-2.0
// `$authorization`: what a call's authentication comes to (dsl.md, "Authorization
// Descriptor"), as far as the engine can say: it has neither secrets nor the tokens that
// are fetched for OAuth2 and OpenID Connect, nor what digest makes of a challenge.
#pragma once

#include <jv.h>

// The authentication policy among a call's evaluated arguments, owned; invalid when there
// is none. Borrows.
jv wf_authorization_policy(jv arguments);
// {scheme, parameter}: parameter null where it is not known. Borrows the policy; null for
// an invalid one.
jv wf_authorization_describe(jv policy);
