#include "http/transfer_runner.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.hpp"

namespace backplane::http {

struct TransferRunner::State {
  explicit State(operation::Transfers& all) : transfers(all) {}

  bool enter() {
    const std::lock_guard lock(mutex);
    if (running == most) return false;
    ++running;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex);
    --running;
    changed.notify_all();
  }

  operation::Transfers& transfers;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t running = 0;
};

namespace {

// False: the machine has no thread to give.
template <class F>
bool start_thread(F work) {
  try {
    std::thread(std::move(work)).detach();
    return true;
  } catch (const std::system_error& error) {
    base::log_error("http", std::string("no thread for a transfer: ") + error.what());
    return false;
  }
}

}  // namespace

TransferRunner::TransferRunner(operation::Transfers& transfers) : state_(std::make_shared<State>(transfers)) {}

bool TransferRunner::dump(operation::DumpRequest request, std::shared_ptr<Channel> channel) {
  if (!state_->enter()) return false;
  const bool started = start_thread([state = state_, wanted = std::move(request), out = std::move(channel)]() mutable {
    auto totals = state->transfers.dump(wanted, [&](std::string_view bytes) { return out->write(bytes); });
    if (totals) {
      out->finish();
    } else {
      out->fail(std::move(totals).error());
    }
    out.reset();
    state->leave();
  });
  if (!started) state_->leave();
  return started;
}

bool TransferRunner::load(operation::LoadRequest request, std::shared_ptr<Channel> channel, Done done) {
  if (!state_->enter()) return false;
  const bool started = start_thread([state = state_, wanted = std::move(request), in = std::move(channel), finished = std::move(done)]() mutable {
    operation::LoadOutcome outcome =
        state->transfers.load(wanted, [&] { return in->read(); }, [](const operation::TransferTotals&) {});
    in->close();
    finished(std::move(outcome));
    finished = nullptr;
    in.reset();
    state->leave();
  });
  if (!started) state_->leave();
  return started;
}

std::size_t TransferRunner::wait(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_until(lock, deadline, [&] { return state_->running == 0; });
  return state_->running;
}

}  // namespace backplane::http
