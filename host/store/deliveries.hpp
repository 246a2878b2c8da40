// How far durable subscriptions are: what must survive a crash of it. A subscription's floor says that everything up to it is
// done with; beyond the floor only exceptions are kept, one for each event that failed, waits behind one that failed, or is dead. So
// a delivery that goes well writes nothing of its own; losing the last floor repeats events, and never skips one.
//
// Every member function: any thread, but all that wait for a write (open_cursor, rewind, pause, drop_cursor, redrive,
// discard) not from a Done of the store's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace backplane::store {

struct Cursor {
  std::string subscription;     // "<plugin id>/<name>"
  std::uint64_t floor = 0;      // every event up to here is done with, or an exception
  std::uint64_t generation = 1; // grows with each replay
  std::uint64_t replay_up_to = 0;  // events up to here are replayed ones; 0: none
  bool paused = false;
  base::UtcTime created_at;
  base::UtcTime updated_at;
};

enum class DeliveryState : std::uint32_t {
  attempted = 1,  // a call was begun after which nothing is known: written before calls that might kill the host
  waiting = 2,    // failed, to be tried again at `next_at`
  parked = 3,     // not tried: an earlier event of its key is waiting
  dead = 4,       // given up; for people
};

struct Delivery {
  std::uint64_t position = 0;
  DeliveryState state = DeliveryState::waiting;
  std::uint32_t attempts = 0;  // calls begun
  base::UtcTime next_at{};
  std::string key{};
  std::string error{};         // the last one's text
  base::UtcTime updated_at{};
};

// What changes of one subscription, all or nothing.
struct Progress {
  std::string subscription;
  std::uint64_t generation = 0;           // of the cursor that this was done under: ignored when it has moved on, or is gone
  std::optional<std::uint64_t> floor{};   // one behind that of the cursor is ignored
  std::vector<Delivery> put{};            // by position: added or replaced
  std::vector<std::uint64_t> removed{};   // positions
  base::UtcTime time{};                   // the host's clock, for the cursor
};

struct DeadLetter {
  std::uint64_t id = 0;  // never given twice; the same when it is redriven and dies again
  std::string subscription;
  Delivery delivery;
};

struct DeadLetterQuery {
  std::optional<std::string> subscription{};
  std::optional<std::string> pattern{};  // of event types; other than "*": of those whose events are still in the log
  std::uint64_t after = 0;               // id, exclusive
  std::size_t limit = 100;
};

class Deliveries {
 public:
  virtual ~Deliveries() = default;

  // The cursor of that name, made with the floor at `floor` if there is none.
  virtual base::Result<Cursor> open_cursor(const std::string& subscription, std::uint64_t floor, base::UtcTime now) = 0;
  virtual base::Result<std::vector<Cursor>> cursors() = 0;

  // Every exception of the subscription that is not dead, or dead beyond its floor and its replay, in the order of positions.
  virtual base::Result<std::vector<Delivery>> exceptions(const std::string& subscription) = 0;

  // Keeps progress durably, in the same group commit as everything else; `done` as Store::commit.
  virtual void keep(Progress progress, std::function<void(base::Result<void>)> done) = 0;

  // Sets the floor back as a new generation, never forth: exceptions beyond the new floor are forgotten, dead ones stay. not_found.
  virtual base::Result<Cursor> rewind(const std::string& subscription, std::uint64_t floor, std::uint64_t replay_up_to,
                                      base::UtcTime now) = 0;
  virtual base::Result<Cursor> pause(const std::string& subscription, bool paused, base::UtcTime now) = 0;

  // Forgets the subscription, dead letters included. not_found.
  virtual base::Result<void> drop_cursor(const std::string& subscription) = 0;

  // In the order of ids. invalid_argument: a pattern that is none.
  virtual base::Result<std::vector<DeadLetter>> dead_letters(const DeadLetterQuery& query) = 0;
  virtual base::Result<DeadLetter> dead_letter(std::uint64_t id) = 0;

  // Makes it waiting again, with no attempts, due at `now`. Returns it. not_found.
  virtual base::Result<DeadLetter> redrive(std::uint64_t id, base::UtcTime now) = 0;
  virtual base::Result<void> discard(std::uint64_t id) = 0;
};

}  // namespace backplane::store
