#include "store/sqlite/disk_room.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace backplane::store::sqlite {
namespace {

// So many free pages are enough for a batch of ordinary size.
constexpr std::int64_t enough_free_pages = 256;

constexpr int usual_log_pages = 2000;  // 8 MB
constexpr int least_log_pages = 64;
constexpr std::uint64_t page_bytes = 4096;

}  // namespace

void DiskRoom::look() {
  if (ballast_.is_held() || ballast_.bytes() == 0) return;
  const bool has_room = ballast_.has_room();
  const bool held = has_room && ballast_.hold();
  if (full_ && has_room) {
    base::log_info("store", database_.string() + ": the disk has room again");
    full_ = false;
  } else if (!full_ && held) {
    base::log_info("store", database_.string() + ": the ballast has been made");
  }
  admits_more_ = true;
  if (!full_) return;
  const auto free_pages = connection_.integer("PRAGMA freelist_count");
  admits_more_ = free_pages && *free_pages >= enough_free_pages;
}

int DiskRoom::most_log_pages() const {
  if (ballast_.bytes() == 0) return usual_log_pages;
  return static_cast<int>(
      std::clamp<std::uint64_t>(ballast_.bytes() / page_bytes / 2, least_log_pages, usual_log_pages));
}

base::Result<void> DiskRoom::admit_more() const {
  if (admits_more_) return base::ok();
  return base::Error{base::Code::storage, "the database " + database_.string() +
                                              ": the disk is full (what is left is kept for what makes room)"};
}

bool DiskRoom::make_way() {
  if (!connection_.take_disk_full()) return false;
  if (!full_) {
    base::log_error("store", database_.string() + ": the disk is full; " +
                                 (ballast_.is_held() ? "the ballast of " + std::to_string(ballast_.bytes()) +
                                                           " bytes is released for what makes room"
                                                     : std::string("there is no ballast to release")));
  }
  ballast_.release();
  full_ = ballast_.bytes() > 0;
  empty_log();
  return true;
}

void DiskRoom::settle() {
  if (full_) empty_log();
}

// Its frames move into the database, which grows by no more than the log shrinks then. When a reader holds it back, or
// there is no room even for that, it is tried again after the next transaction.
void DiskRoom::empty_log() {
  static_cast<void>(connection_.empty_log(std::chrono::milliseconds(0)));
  static_cast<void>(connection_.take_disk_full());
}

}  // namespace backplane::store::sqlite
