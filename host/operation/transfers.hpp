// Dump and load over the store, through the conductor. See transfer.hpp for what they promise.
#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"
#include "operation/conductor.hpp"
#include "operation/transfer.hpp"

namespace backplane::operation {

class StoreTransfers final : public Transfers {
 public:
  // What it is given outlives it. `limits` are those of one document.
  StoreTransfers(Conductor& conductor, store::Store& store, const base::Clock& clock, base::JsonLimits limits)
      : conductor_(conductor), store_(store), clock_(clock), limits_(limits) {}

  base::Result<TransferTotals> dump(const DumpRequest& request, const Sink& sink) override;
  LoadOutcome load(const LoadRequest& request, const Source& source, const Progress& progress) override;

 private:
  Conductor& conductor_;
  store::Store& store_;
  const base::Clock& clock_;
  base::JsonLimits limits_;
};

}  // namespace backplane::operation
