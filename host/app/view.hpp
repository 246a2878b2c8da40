// What the running host shows of itself: JSON for the API and the CLI. Any thread.
#pragma once

#include <map>
#include <string>

#include "hooks/chain.hpp"
#include "operation/recorder.hpp"
#include "operation/types.hpp"
#include "plugin/registry.hpp"

namespace backplane::app {

// [{"id","version","description","state","generation","library","threading","hooks":[...],"subscriptions":[...],"calls":{...}}]; a
// plugin that was left out has "state": "left_out" and "error"; one whose last reload failed "reload_error"; one with former
// generations in memory "parked": [{"generation","why","bytes"}].
std::string plugins_view(const plugin::Registry& registry, const std::map<std::string, std::string>& reload_failures);

// {"action","type","handlers":[{"phase","plugin","handler","deadline_ms","on_fault"}]}, in the order of their calls.
// invalid_argument: an unknown action; not_found: an undeclared type.
base::Result<std::string> hooks_view(const hooks::Table& table, const operation::Types& types, const std::string& action,
                                     const std::string& type);

// [{"type","schema":bool,"index":["/title"]}]
std::string types_view(const operation::Types& types);

// The last operations of callers, so many at most: see operation::to_json(Recorded). conflict: nothing is recorded.
base::Result<std::string> recorded_view(const operation::Recorder& recorder, std::size_t most);

}  // namespace backplane::app
