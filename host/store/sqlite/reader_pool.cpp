#include "store/sqlite/reader_pool.hpp"

namespace backplane::store::sqlite {
namespace {

constexpr std::size_t most_free = 8;

}  // namespace

ReaderPool::ReaderPool(std::filesystem::path path, std::chrono::milliseconds busy_timeout, std::function<void()> returned)
    : path_(std::move(path)), busy_timeout_(busy_timeout), returned_(std::move(returned)) {}

base::Result<ReaderPool::Lease> ReaderPool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return base::Error{base::Code::unavailable, "the store is closed"};
    ++lent_;
    if (!free_.empty()) {
      Lease lease(*this, std::move(free_.back()));  // the one used last: its pages are still in memory
      free_.pop_back();
      return lease;
    }
  }
  auto opened = Connection::open(path_, Connection::Access::read_only, busy_timeout_);
  if (opened) return Lease(*this, std::make_unique<Reader>(Reader{std::move(*opened), {}, {}}));
  give_back(nullptr);
  return std::move(opened).error();
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  returned_();
  const std::lock_guard lock(mutex_);
  if (reader != nullptr && !closed_ && free_.size() < most_free) free_.push_back(std::move(reader));
  reader.reset();
  if (--lent_ == 0 && closed_) all_back_.notify_all();
}

void ReaderPool::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  all_back_.wait(lock, [&] { return lent_ == 0; });
  free_.clear();
}

}  // namespace backplane::store::sqlite
