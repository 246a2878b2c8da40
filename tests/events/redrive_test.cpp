// A dead letter that is tried again while what was gathered of it is still to be written down.
#include <future>

#include "events/durable.hpp"
#include "events/subscribed.hpp"
#include "store/open.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using store::DeliveryState;

namespace {

// A second store with two events that its subscription rejects, and nobody who ticks.
class Untimed {
 public:
  Untimed() {
    rig_.load({subscriber(rig_, {subscription("a", "*", "durable", R"("do":"reject","from":"beginning")")})});
    store_ = store::open_sqlite({.path = rig_.directory() / "second.db"}).value();
    REQUIRE(store_->declare({}, [](const std::string&) {}));
    store::UnitOfWork unit{"ann", clock_.now(), {}};
    unit.events = {event("one"), event("two")};
    std::promise<bool> kept;
    store_->commit(std::move(unit), [&](const store::CommitResult& result) { kept.set_value(result.has_value()); });
    REQUIRE(kept.get_future().get());
    durable_ = std::make_unique<events::Durable>(events::DurableLimits{}, store_.get(), clock_, pool_);
    REQUIRE(durable_->set_table(rig_.bus().table()));
  }
  ~Untimed() {
    if (durable_->stop(std::chrono::steady_clock::now() + 20s) != 0) std::abort();
    pool_.stop(20s);
    store_->close();
  }

  events::Durable& durable() { return *durable_; }
  DeliveryState state_of(std::uint64_t position) {
    const auto exceptions = store_->deliveries().exceptions("subscriber/a");
    REQUIRE(exceptions);
    for (const store::Delivery& one : *exceptions)
      if (one.position == position) return one.state;
    return DeliveryState::dead;
  }

 private:
  Rig rig_;
  base::SystemClock clock_;
  base::WorkerPool pool_{base::WorkerPool::Size{2, 2}};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<events::Durable> durable_;
};

}  // namespace

TEST_CASE("a dead letter that is tried again stays so, whatever of its death is still to be written down") {
  Untimed host;
  // The first was written down as dead with the attempt at the second, and is to be written down in its turn again.
  REQUIRE(eventually([&] { return host.durable().figures().front().dead == 2; }));
  const auto letters = host.durable().dead_letters({});
  REQUIRE(letters);
  REQUIRE(letters->size() == 1);
  CHECK(letters->front().delivery.position == 1);
  REQUIRE(host.durable().set_paused("subscriber/a", true));
  REQUIRE(host.durable().redrive(letters->front().id));
  CHECK(host.state_of(1) == DeliveryState::waiting);
  host.durable().tick();
  REQUIRE(eventually([&] { return host.durable().dead_letters({}).value().size() == 1; }));
  CHECK(host.durable().dead_letters({})->front().delivery.position == 2);
  CHECK(host.state_of(1) == DeliveryState::waiting);
}
