// Resources in memory behind the interfaces that the server calls: enough of every operation to test what HTTP makes of
// it, with a choice of who answers and when.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "operation/request.hpp"
#include "operation/transfer.hpp"

namespace backplane::test {

class MemoryOperations final : public operation::Operations {
 public:
  enum class Answering { inline_, other_thread, held };

  ~MemoryOperations() override;

  void submit(operation::Request request, Done done) override;

  void answer(Answering how);
  void release();                                    // answers what was held
  void fail_with(std::optional<base::Error> error);  // every operation from now on
  operation::Request last() const;
  std::size_t submitted() const;
  std::size_t held() const;

 private:
  struct Held {
    Done done;
    operation::Outcome outcome;
  };
  struct Item {
    std::vector<model::Resource> revisions;  // in the order of their numbers
    std::size_t current = 0;
    bool deleted = false;
  };
  using Key = std::string;

  operation::Outcome run(const operation::Request& request);
  base::Result<operation::Answer> perform(const operation::Request& request);
  base::Result<operation::Answer> create(const operation::Request& request);
  base::Result<operation::Answer> write(const operation::Request& request, Item& item);
  base::Result<operation::Answer> read(const operation::Request& request, Item& item);
  operation::Answer page(const operation::Request& request);
  model::Resource made(const operation::Request& request, model::Document document, std::uint64_t revision) const;
  static operation::Answer answer_with(const Item& item);

  mutable std::mutex mutex_;
  Answering answering_ = Answering::inline_;
  std::optional<base::Error> error_;
  std::vector<Held> held_;
  std::vector<std::thread> threads_;
  std::map<Key, Item> items_;
  std::map<std::string, operation::Answer> answers_;  // by idempotency key
  operation::Request last_;
  std::size_t submitted_ = 0;
};

// Dumps `frames` frames, and counts what it loads; each side can be told to fail.
class MemoryTransfers final : public operation::Transfers {
 public:
  base::Result<operation::TransferTotals> dump(const operation::DumpRequest& request, const Sink& sink) override;
  operation::LoadOutcome load(const operation::LoadRequest& request, const Source& source, const Progress& progress) override;

  struct Script {
    std::size_t frames = 3;
    std::string frame = "00000000 {\"resource\":{}}\n";
    std::optional<base::Error> dump_error{};   // after the frames
    std::optional<base::Error> load_error{};   // after the first piece
  };
  void script(Script script);
  void hold();     // transfers wait at their start
  void release();

  std::size_t running() const;
  std::size_t dumped() const;
  std::size_t loaded_bytes() const;
  operation::DumpRequest last_dump() const;
  operation::LoadRequest last_load() const;

 private:
  Script begin();
  void end();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Script script_;
  bool held_ = false;
  std::size_t running_ = 0;
  std::size_t dumped_ = 0;
  std::size_t loaded_bytes_ = 0;
  operation::DumpRequest last_dump_;
  operation::LoadRequest last_load_;
};

}  // namespace backplane::test
