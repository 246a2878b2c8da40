#include "http/errand.hpp"
#include "http/event_query.hpp"

namespace backplane::http {
namespace {

constexpr std::size_t enough_text = 4 << 20;  // a page ends there, wherever its limit is

}  // namespace

// One page: {"items":[...],"next": a position for `after`, or for `before` with the newest first, or null,"removed_up_to": a
// position up to which events may be gone}.
Response answer_events(const Call& call, events::Bus& bus) {
  const auto selection = read_selection(call);
  if (!selection) return refused(selection.error());
  const auto store = bus.log();
  if (!store) return refused(store.error());

  Response response{.body = R"({"items":[)", .fields = "Cache-Control: no-store\r\n"};
  std::size_t count = 0;
  std::uint64_t last = 0;
  bool is_all = true;
  const auto add = [&](const model::Event& event) {
    is_all = count < selection->limit && response.body.size() < enough_text;
    if (!is_all) return false;
    response.body.append(count++ == 0 ? "" : ",").append(to_text(event, selection->form));
    last = event.position;
    return true;
  };
  store::EventLog& log = (*store)->events();
  const auto read = selection->order == EventOrder::oldest_first ? log.read_events(selection->query, add)
                                                                 : log.read_events_backwards(selection->query, add);
  if (!read) return refused(read.error());
  response.body.append("],\"next\":").append(is_all ? "null" : std::to_string(last));
  response.body.append(",\"removed_up_to\":").append(std::to_string(*read)).append("}");
  return response;
}

}  // namespace backplane::http
