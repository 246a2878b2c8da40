// Dump and load: everything (or one type) out and in, as a stream of checksummed frames.
//
// A dump is text, one frame a line: eight hex digits, the CRC-32C of the JSON text that follows them and one space.
//   xxxxxxxx {"backplane_dump":1,"time":"...","tenant":"...","types":["note"]}
//   xxxxxxxx {"resource":{"type":...,"id":...,...},"revisions":[{...,"data":{...}},...]}        as many as there are
//   xxxxxxxx {"end":{"resources":n,"revisions":n}}
// A stream without its last frame is not whole, and said so. Both directions run on the caller's thread and block.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "operation/request.hpp"
#include "store/store.hpp"

namespace backplane::operation {

struct DumpRequest {
  Caller caller;
  std::vector<std::string> types{};   // empty: all
  std::string after_type{};           // resume: leave out everything up to and including this resource
  std::string after_id{};
};

struct LoadRequest {
  Caller caller;
  store::OnConflict on_conflict = store::OnConflict::fail;
  std::uint64_t skip = 0;             // resume: leave out this many resources at the start of the stream
};

struct TransferTotals {
  std::uint64_t resources = 0;  // dumped; loaded: read from the stream, those left out by `skip` included
  std::uint64_t revisions = 0;
  std::uint64_t loaded = 0;     // load: written
  std::uint64_t skipped = 0;    // load: there already, with OnConflict::skip
};

// What a load did before it ended, and why it ended early, if it did. `totals.resources` is what to pass as `skip` to go on, together
// with OnConflict::skip: up to 63 resources behind the one that failed may have been loaded already.
struct LoadOutcome {
  TransferTotals totals;
  std::optional<base::Error> error;
};

class Transfers {
 public:
  // Takes the next bytes of the dump; false ends it early.
  using Sink = std::function<bool(std::string_view bytes)>;
  // Gives the next bytes to load; nothing at the end of the stream.
  using Source = std::function<base::Result<std::optional<std::string>>()>;
  using Progress = std::function<void(const TransferTotals&)>;

  virtual ~Transfers() = default;

  // Fires `dump` once for each resource type, then streams its resources. denied, rejected, not_found (a type),
  // cancelled (the sink ended it).
  virtual base::Result<TransferTotals> dump(const DumpRequest& request, const Sink& sink) = 0;

  // Fires `load` for each resource. A damaged frame, a conflict or a rejection ends it: what was loaded before stays.
  virtual LoadOutcome load(const LoadRequest& request, const Source& source, const Progress& progress) = 0;
};

}  // namespace backplane::operation
