#include "http/transfer_runner.hpp"

#include <utility>

namespace backplane::http {

bool TransferRunner::dump(operation::DumpRequest request, std::shared_ptr<Channel> channel) {
  return threads_.run([&transfers = transfers_, wanted = std::move(request), out = std::move(channel)] {
    auto totals = transfers.dump(wanted, [&](std::string_view bytes) { return out->write(bytes); });
    if (totals) {
      out->finish();
    } else {
      out->fail(std::move(totals).error());
    }
  });
}

bool TransferRunner::load(operation::LoadRequest request, std::shared_ptr<Channel> channel, Done done) {
  return threads_.run([&transfers = transfers_, wanted = std::move(request), in = std::move(channel), finished = std::move(done)] {
    operation::LoadOutcome outcome = transfers.load(wanted, [&] { return in->read(); }, [](const operation::TransferTotals&) {});
    in->close();
    finished(std::move(outcome));
  });
}

}  // namespace backplane::http
