// Runs dumps and loads, which block, on threads of their own: at most a few at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "http/channel.hpp"
#include "http/thread_quota.hpp"
#include "operation/transfer.hpp"

namespace backplane::http {

// Any thread.
class TransferRunner {
 public:
  static constexpr std::size_t most = 4;

  // `transfers` outlives every transfer that was begun.
  explicit TransferRunner(operation::Transfers& transfers) : transfers_(transfers) {}

  // False: `most` are running. The dump is written to the channel; an error fails it.
  bool dump(operation::DumpRequest request, std::shared_ptr<Channel> channel);

  // False: `most` are running. `done` is called on the transfer's thread.
  using Done = std::function<void(operation::LoadOutcome)>;
  bool load(operation::LoadRequest request, std::shared_ptr<Channel> channel, Done done);

  // Waits for those that run, at most until `deadline`; returns how many still do. Their channels must have been closed.
  std::size_t wait(std::chrono::steady_clock::time_point deadline) { return threads_.wait(deadline); }

 private:
  operation::Transfers& transfers_;
  ThreadQuota threads_{most};
};

}  // namespace backplane::http
