// One operation on its way: what the conductor's steps hand from one to the next.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/key_queue.hpp"
#include "hooks/phase.hpp"
#include "manifest/settings.hpp"
#include "operation/request.hpp"
#include "operation/types.hpp"
#include "plugin/operation_context.hpp"
#include "store/store.hpp"

namespace backplane::operation {

// What the manifest says of operations: each goes by those that it began with.
struct Rules {
  manifest::OperationSettings settings;
  Types types;
};

// A resource with its history, to be loaded.
struct Loading {
  model::Resource resource;
  std::vector<model::Revision> revisions;
  store::OnConflict on_conflict = store::OnConflict::fail;
};

struct Run {
  Request request;
  std::shared_ptr<const Rules> rules;
  const Type& type;
  base::UtcTime time;
  const hooks::Chain& chain;                  // of a table that `stay` keeps
  std::shared_ptr<plugin::Stay> stay;         // one operation sees one generation of every plugin
  hooks::Passage passage;
  std::optional<Loading> loading{};           // action load

  std::optional<model::Resource> found{};     // as it stood when the operation began, where the action needs it
  std::optional<base::Json> patch{};          // the caller's patch, parsed
  bool reached_stage = false;
  Answer answer{};
  std::vector<events::SharedEvent> events{};  // what was committed with it, to be dispatched

  plugin::OperationContext& context() const { return *passage.context; }
  const plugin::OperationFacts& facts() const { return passage.context->facts(); }
  model::ResourceKey key() const { return {facts().tenant, facts().type, facts().id}; }
};

inline constexpr model::ActionSet writes_document{model::Action::create, model::Action::update, model::Action::modify,
                                                  model::Action::patch};

}  // namespace backplane::operation
