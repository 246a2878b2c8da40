// The steps before the hooks: may this caller do this, is the request in order, what is there now.
#pragma once

#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "operation/run.hpp"

namespace backplane::operation {

// Whether the caller may do this. invalid_argument: its name or tenant is malformed.
base::Result<void> authorize(const Run& run);

// Parses and checks what came with the request, reads the resource where the action needs it, applies a patch to it: what
// `before` handlers will see. Errors: invalid_argument, too_large, not_found, conflict (a patch that does not apply, a stable
// revision to be modified), precondition_failed.
base::Result<void> prepare(Run& run, store::Store& store, const manifest::OperationSettings& limits);

// The patch of the request, applied to a document.
base::Result<model::Document> patched(const Run& run, const model::Document& document);

}  // namespace backplane::operation
