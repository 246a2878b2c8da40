// The frames of a dump as they pass by: each checksum is verified, the whole is recognised by its last frame. Used by
// the commands `dump` and `load`. The format is told in operation/transfer.hpp. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::app {

class DumpFrames {
 public:
  // The next bytes of the stream, cut anywhere. storage: a frame that is damaged, or that comes after the last one.
  base::Result<void> take(std::string_view bytes);

  // To be asked at the end of the stream: unavailable when it has no last frame, or one that counts more than there were.
  base::Result<void> finish() const;

  std::uint64_t resources() const { return resources_; }  // whole frames of resources so far

  // "type/id" of the last resource that passed whole; empty: none did.
  std::string last_resource() const;

 private:
  base::Result<void> take_line(std::string_view line);

  std::uint64_t frames_ = 0;
  std::uint64_t resources_ = 0;
  bool ended_ = false;
  std::string rest_;  // a line of which the end is still to come
  std::string last_;  // the JSON text of the last resource
  std::string end_;   // the JSON text of the last frame
};

}  // namespace backplane::app
