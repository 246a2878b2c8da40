// backplane resource search|revisions: a page as it is, or all pages as one.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command.hpp"
#include "app/resource_request.hpp"
#include "base/json.hpp"
#include "base/json_text.hpp"

namespace backplane::app {
namespace {

// The value of "next" as a query holds it; empty at the last page.
std::string next_of(std::string_view page) {
  const auto next = base::Json::parse(base::member_of(page, "next"), nullptr, false);
  if (next.is_string()) return next.get<std::string>();
  return next.is_number() ? base::to_text(next) : std::string();
}

// Writes the items of all pages as those of one: {"items":[...],"next":null}. Items are written as pages come, so that
// there may be more than memory holds.
class JoinedPages {
 public:
  explicit JoinedPages(Context& context)
      : out_(context.console.out), pretty_(context.console.out_is_terminal && !context.output.json) {}

  void add(std::string_view page) {
    for (const std::string_view item : base::elements_of(base::member_of(page, "items"))) {
      out_ << (first_ ? (pretty_ ? "{\n\"items\": [\n" : "{\"items\":[") : (pretty_ ? ",\n" : ","));
      out_ << (pretty_ ? base::indent_json(item) : std::string(item));
      first_ = false;
    }
    if (total_.empty()) total_ = base::member_of(page, "total");
  }

  void end() {
    if (first_) out_ << "{\"items\":[";
    out_ << "],\"next\":null";
    if (!total_.empty()) out_ << ",\"total\":" << total_;
    out_ << "}\n";
  }

 private:
  std::ostream& out_;
  bool pretty_;
  bool first_ = true;
  std::string total_;
};

base::Error endless(const std::string& cursor) {
  return {base::Code::internal, "the host answered a page whose `next` is the page itself: " + cursor};
}

}  // namespace

ExitCode carry_out(const PageOptions& options, Context& context) {
  const auto client = client_of(context.connection);
  if (!client) return report(context, client.error());
  std::string cursor = options.after ? std::to_string(*options.after) : options.cursor;
  JoinedPages pages(context);
  for (;;) {
    auto request = request_of(options, cursor);
    request.headers = headers_of(context.connection);
    const auto reply = client->send(request);
    if (!reply) return report(context, reply.error());
    if (!reply->succeeded()) return report(context, failure_of(*reply));
    if (!options.all) {
      print_json(context, reply->body);
      return ExitCode::done;
    }
    if (!base::Json::accept(reply->body))
      return report(context, base::Error{base::Code::internal, client->url() + ": wanted a page as JSON, found something else"});
    pages.add(reply->body);
    std::string next = next_of(reply->body);
    if (next.empty()) break;
    if (next == cursor) return report(context, endless(cursor));
    cursor = std::move(next);
  }
  pages.end();
  return ExitCode::done;
}

}  // namespace backplane::app
