// What callers from outside publish: how much of it may be under way at once.
#include <future>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;

namespace {

using Answer = base::Result<std::vector<plugin::Published>>;

std::future<Answer> submit(Rig& rig, std::size_t bytes) {
  std::vector<model::Event> one{event("one")};
  one.front().payload = model::Document::trusted(R"({"text":")" + std::string(bytes, 'x') + "\"}");
  const auto answer = std::make_shared<std::promise<Answer>>();
  rig.bus().submit(std::move(one), plugin::Promise::memory, [answer](Answer published) { answer->set_value(std::move(published)); });
  return answer->get_future();
}

Answer answer_of(std::future<Answer> answer) {
  REQUIRE(answer.wait_for(20s) == std::future_status::ready);
  return answer.get();
}

}  // namespace

TEST_CASE("a caller is turned away while too many bytes of others' events are under way, and admitted again after that") {
  constexpr std::size_t large = 40 << 20;
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "sync", R"("do":"block")")}, "subscriber", gate.member())});
  auto first = submit(rig, large);
  const Answer refused = answer_of(submit(rig, large));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Code::unavailable);
  CHECK(refused.error().message.find("64 MiB") != std::string::npos);
  auto small = submit(rig, 100);
  CHECK(gate.open_until([&] { return first.wait_for(0s) == std::future_status::ready && small.wait_for(0s) == std::future_status::ready; }));
  CHECK(answer_of(std::move(first)));
  CHECK(answer_of(std::move(small)));
  // The answer comes before what it held is free.
  std::future<Answer> again;
  CHECK(gate.open_until([&] {
    if (!again.valid()) again = submit(rig, large);
    if (again.wait_for(0s) != std::future_status::ready) return false;
    return again.get().has_value();
  }));
}
