// The operation stage: what the action does, in one read or one transaction.
#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "events/bus.hpp"
#include "manifest/settings.hpp"
#include "operation/run.hpp"

namespace backplane::operation {

// Reads: get, get_revision, list_revisions, search. Fills run.answer and the context's result.
base::Result<void> read(Run& run, store::Store& store, const manifest::OperationSettings& limits);

// Checks the document and what was enlisted against their schemas, then commits the unit of work: the write, the enlisted
// writes, the stored answer, the operation's events; all or nothing. Fills run.answer, run.events and the context's result.
base::Task<base::Result<void>> write(Run& run, store::Store& store, const Types& types, events::Bus& bus);

// A dry run's stage: the checks of write() without the commit.
base::Result<void> dry_run(Run& run, const Types& types);

// One of an operation's writes as the store takes it, from a request of a plugin's that was checked for form.
base::Result<store::Write> enlisted_write(const plugin::PluginRequest& request, const std::string& tenant, const Types& types,
                                          const base::JsonLimits& limits);

// What is kept under an idempotency key, and what it is made of: a digest of all that the answer depends on.
std::string fingerprint_of(const Request& request);
Answer answer_from_stored(const std::string& stored);

}  // namespace backplane::operation
