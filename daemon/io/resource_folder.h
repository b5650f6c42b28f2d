// SPDX-License-Identifier: Apache-2.0
// A folder with copies of what definitions refer to by URI, read when they are published.
// What comes behind `://` is a path in it: https://example.com/order.json is
// FOLDER/example.com/order.json, file://app/order.json is FOLDER/app/order.json. A path that
// leaves the folder, has a query, or is no regular file is not there, as is one of more than
// a definition's size.
#pragma once

#include "engine/definition.h"

// Reads from `folder`, borrowed; with "" nothing is there.
struct wf_resources resource_folder(const char *folder);
