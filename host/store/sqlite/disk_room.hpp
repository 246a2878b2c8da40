// What the writer does about a full disk. The ballast is released, and while there is no room to take it again, its
// room is for what makes room: retention and other work of the store's own, purges, the progress of subscriptions.
// Everything else is refused, unless enough pages in the database are free (after retention), for then the file does
// not grow. The write-ahead log is kept short meanwhile. With room again all is as before. The writer's thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "store/sqlite/ballast.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

class DiskRoom {
 public:
  DiskRoom(Connection& connection, std::filesystem::path database, std::uint64_t ballast_bytes)
      : connection_(connection), database_(std::move(database)), ballast_(database_, ballast_bytes) {}

  // How many pages the write-ahead log may have before it is copied: so few that the copy fits into the room of the
  // ballast, with as much again for what makes room then.
  int most_log_pages() const;

  // Before a transaction: takes the ballast again if there is room.
  void look();

  // Whether what only adds may be done. storage: the disk is full.
  base::Result<void> admit_more() const;

  // After a transaction that failed and was rolled back: whether it failed because the disk is full. Then there is more
  // room now, as long as there was a ballast or a log to empty, and another try may go well.
  bool make_way();

  // After one that was committed.
  void settle();

 private:
  void empty_log();

  Connection& connection_;
  const std::filesystem::path database_;
  Ballast ballast_;
  bool full_ = false;  // it was, and there is no room for the ballast since
  bool admits_more_ = true;
};

}  // namespace backplane::store::sqlite
