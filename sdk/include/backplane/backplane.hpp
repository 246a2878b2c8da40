// The C++ header of the plugin SDK: a plugin is a class and one line. C++17, no dependency, nothing to link.
//
//   #include <backplane/backplane.hpp>
//   using namespace backplane::sdk;
//
//   class TitleCheck : public Plugin {
//    public:
//     explicit TitleCheck(Host host) : Plugin(host) {
//       handle(&TitleCheck::check).before(Action::create | Action::update | Action::patch, "note").named("title");
//     }
//
//    private:
//     void check(Operation& op) {
//       const auto title = op.input().string(title_).value_or("");
//       if (title.empty()) throw Rejection("title.blank", "title must not be empty", json_object({{"field",
//       "title"}}));
//     }
//
//     Pointer title_{host(), "/title"};
//   };
//
//   BACKPLANE_PLUGIN(TitleCheck, {
//     "id": "title-check",
//     "version": "1.0.0",
//     "hooks": [{ "phases": ["before"], "actions": ["create", "update", "patch"], "types": ["note"] }]
//   });
//
// Where to read on:
//   action.hpp      actions, their groups, phases
//   operation.hpp   what a handler sees and may do: facts, documents, reject, replace, patch, set, enlist
//   document.hpp    reading JSON: typed access by JSON Pointer, compiled pointers, iteration
//   host.hpp        log, configuration, operations on resources
//   request.hpp     requests, options (expected revision, idempotency key), replies
//   error.hpp       Error and Rejection
//   json.hpp        writing small JSON texts; fields.hpp: structs as JSON objects
//   publication.hpp events as structs of your own, and what a publisher says; event_types.hpp: those of the host
//   event.hpp       what a handler of events sees and may do; subscription.hpp: how it is called
//   handling.hpp    when handlers of operations are called
//   plugin.hpp      the plugin's class: handle(...), on_event(...), start and stop, state; instance.hpp:
//   BACKPLANE_PLUGIN
// Included by themselves, where wanted:
//   changes.hpp     what differs between two documents
//   nlohmann.hpp    documents as nlohmann::json and as structs of your own
//   testing.hpp     testing a plugin without a host
//
// Good practice: keep handlers small; reject early in `before`, with a code and a message a caller can act on; do side
// effects in `on_success`, which runs only after the commit; use the groups of actions instead of repeating
// a rule; keep what belongs together in one handler, not spread over many.
#pragma once

#include <backplane/instance.hpp>
