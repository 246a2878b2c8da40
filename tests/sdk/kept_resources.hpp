// Resources in memory behind a TestHost: what its plugin asks for is done to them, through the plugin's own hooks.
#pragma once

#include <backplane/testing.hpp>

#include <map>

namespace sdk_test {

using namespace backplane::sdk;
using testing::Answer;
using testing::Asked;
using testing::Given;
using testing::TestHost;

// A unit of work is a write and what the plugin's before handlers enlist with it: all of it is done, or nothing.
class KeptResources {
 public:
  explicit KeptResources(TestHost& host) : host_(host) {
    host.answer([this](const Asked& asked) { return answer(asked); });
  }

  // As somebody else writes it: a new revision, whatever was there.
  void put(const std::string& type, const std::string& id, nlohmann::json document) {
    auto& kept = kept_[{type, id}];
    kept = {std::move(document), kept.revision + 1};
  }

  // Null: there is none.
  nlohmann::json find(const std::string& type, const std::string& id) const {
    const auto found = kept_.find({type, id});
    return found == kept_.end() ? nlohmann::json() : found->second.document;
  }

  std::size_t count(const std::string& type) const {
    std::size_t count = 0;
    for (const auto& [key, kept] : kept_) count += key.first == type ? 1 : 0;
    return count;
  }

  // Called once, between the handlers and the commit of the next unit of work; it may throw an Error to refuse it.
  void meanwhile(std::function<void()> function) { meanwhile_ = std::move(function); }

  // As somebody else creates it, through the plugin's hooks.
  void create(const std::string& type, const std::string& id, const nlohmann::json& document) {
    Asked asked;
    asked.action = Action::create;
    asked.type = type;
    asked.id = id;
    asked.document = document.dump();
    answer(asked);
  }

 private:
  struct Kept {
    nlohmann::json document;
    std::uint64_t revision = 0;
  };

  Answer answer(const Asked& asked) {
    const auto found = kept_.find({asked.type, asked.id});
    if (asked.action == Action::get) {
      if (found == kept_.end()) throw Error(Status::not_found, asked.type + "/" + asked.id + ": not found");
      return {found->second.document, found->second.revision, asked.id};
    }
    std::vector<Asked> unit{asked};
    const auto input = nlohmann::json::parse(asked.document);
    const auto fired = host_.fire(Phase::before, asked.action, Given().type(asked.type).id(asked.id).input(input));
    if (fired.rejected) throw Error(Status::rejected, fired.message, fired.reason);
    if (!fired.faults.empty()) throw Error(fired.faults[0].status, fired.faults[0].message);
    unit.insert(unit.end(), fired.enlisted.begin(), fired.enlisted.end());
    if (const auto now = std::exchange(meanwhile_, nullptr)) now();
    return commit(unit);
  }

  Answer commit(const std::vector<Asked>& unit) {
    auto next = kept_;
    for (const Asked& write : unit) {
      const std::string name = write.type + "/" + write.id;
      Kept& kept = next[{write.type, write.id}];
      if (write.action == Action::create && kept.revision != 0) throw Error(Status::already_exists, name + " exists");
      if (write.action != Action::create && kept.revision == 0) throw Error(Status::not_found, name + ": not found");
      if (write.expected_revision && *write.expected_revision != kept.revision)
        throw Error(Status::precondition_failed, name + ": another revision is current");
      const auto document = nlohmann::json::parse(write.document);
      if (write.action == Action::patch) {
        kept.document.merge_patch(document);
      } else {
        kept.document = document;
      }
      ++kept.revision;
    }
    kept_ = std::move(next);
    const Kept& first = kept_[{unit[0].type, unit[0].id}];
    return {first.document, first.revision, unit[0].id};
  }

  TestHost& host_;
  std::map<std::pair<std::string, std::string>, Kept> kept_;
  std::function<void()> meanwhile_;
};

}  // namespace sdk_test
