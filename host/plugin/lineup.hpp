// The sync subscriptions that an event reaches, one after another, laid out for being called: what is known of them
// beforehand is found out once. Made by the layer that matches events with subscriptions; immutable but for what it
// counts; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/tally.hpp"
#include "plugin/handler.hpp"

namespace backplane::plugin {

class Lineup {
 public:
  struct Call {
    bp_event_fn function;
    void* user_data;
    const Subscription* subscription;
    std::size_t
        row;  // so many from here on may take as long and take no turns; 0: this one takes a turn, its plugin is serial
  };

  explicit Lineup(std::vector<const Subscription*> subscriptions);
  Lineup(const Lineup&) = delete;
  Lineup& operator=(const Lineup&) = delete;
  ~Lineup();

  std::span<const Call> calls() const { return calls_; }
  std::span<const Subscription* const> subscriptions() const { return subscriptions_; }

  // An event went well with every one of them.
  void count() const { events_.add(); }

 private:
  std::vector<const Subscription*> subscriptions_;
  std::vector<Call> calls_;
  mutable base::Tally events_;
};

}  // namespace backplane::plugin
