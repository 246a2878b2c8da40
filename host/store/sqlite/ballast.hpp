// A file beside the database that takes room on the disk in order to give it back: when the disk is full, what makes
// room (retention, purges, the progress of subscriptions) needs some itself. It stays when the store is closed, for a
// start on a full disk. The writer's thread.
#pragma once

#include <cstdint>
#include <filesystem>

namespace backplane::store::sqlite {

class Ballast {
 public:
  // Takes `bytes`, or a sixteenth of the file system if that is less, if there is room for it; 0: no ballast, and the
  // file goes if there is one. What cannot be done is logged.
  Ballast(const std::filesystem::path& database, std::uint64_t bytes);
  ~Ballast();
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;

  bool is_held() const { return held_; }

  // Whether the file system has room for it, and as much again for others.
  bool has_room() const;

  // Takes the room (again). False: the file system refuses it.
  bool hold();

  // Gives the room back.
  void release();

  std::uint64_t bytes() const { return bytes_; }

 private:
  const std::filesystem::path path_;
  std::uint64_t bytes_;
  int descriptor_ = -1;
  bool held_ = false;
};

}  // namespace backplane::store::sqlite
