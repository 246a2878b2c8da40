// A host with endpoints in it, for the plugin webhooks: a TestHost that answers what the plugin asks for.
#pragma once

#include <backplane/testing.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sdk/library.hpp"
#include "support/catch.hpp"

namespace plugins_test {

using namespace backplane::sdk;

inline const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class WebhookHost {
 public:
  explicit WebhookHost(nlohmann::json config = {{"allow_private", true}})
      : library_("webhooks"), host_(library_->entry(), std::move(config)) {
    answer();
  }
  // By a library that outlives it.
  explicit WebhookHost(const sdk_test::Library& library) : host_(library.entry(), {{"allow_private", true}}) {
    answer();
  }

  void put(const std::string& id, nlohmann::json document) {
    document.emplace("secret", secret);
    endpoints_[id] = std::move(document);
  }
  const nlohmann::json& endpoint(const std::string& id) { return endpoints_.at(id); }

  testing::TestHost* operator->() { return &host_; }

  // What is published by the plugin so far.
  std::vector<testing::PublishedEvent> deliveries() const {
    std::vector<testing::PublishedEvent> found;
    for (const auto& event : host_.published())
      if (event.type == "webhook.delivery") found.push_back(event);
    return found;
  }

  // What came of the POSTs of the next round.
  std::vector<testing::Delivery> run() {
    std::vector<testing::Delivery> found;
    for (const auto& delivery : host_.run_durable())
      if (delivery.subscription == "deliveries") found.push_back(delivery);
    return found;
  }

 private:
  void answer() {
    host_.answer([this](const testing::Asked& asked) { return answer(asked); });
  }
  testing::Answer answer(const testing::Asked& asked) {
    testing::Answer answer;
    answer.revision = 7;
    if (asked.action == Action::search) {
      answer.document = {{"items", nlohmann::json::array()}, {"next", nullptr}};
      for (const auto& [id, document] : endpoints_)
        answer.document["items"].push_back({{"id", id}, {"data", document}});
      return answer;
    }
    const auto found = endpoints_.find(asked.id);
    if (found == endpoints_.end()) throw Error(Status::not_found, asked.id + ": not found");
    if (asked.action == Action::patch) found->second.merge_patch(nlohmann::json::parse(asked.document));
    answer.document = found->second;
    return answer;
  }

  std::optional<sdk_test::Library> library_;
  std::map<std::string, nlohmann::json> endpoints_;
  testing::TestHost host_;
};

}  // namespace plugins_test
