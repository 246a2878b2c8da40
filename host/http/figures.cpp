#include "http/figures.hpp"

#include <algorithm>
#include <cstdio>

namespace backplane::http {
namespace {

constexpr std::array<std::string_view, Figures::status_classes> class_names{"aborted", "1xx", "2xx", "3xx", "4xx", "5xx"};

void append_title(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_single(std::string& text, std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
  append_title(text, name, type, help);
  text.append(name).append(" ").append(std::to_string(value)).append("\n");
}

std::string seconds(std::uint64_t microseconds) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", static_cast<double>(microseconds) / 1e6);
  return digits;
}

}  // namespace

Figures::Figures() : requests_(routes().size() + 1) {}

void Figures::count(const Route* route, int status, std::chrono::nanoseconds took) {
  const std::size_t row = route ? index_of(*route) : requests_.size() - 1;
  requests_[row][static_cast<std::size_t>(std::clamp(status / 100, 0, 5))].add();
  const auto microseconds = static_cast<std::uint64_t>(took.count() / 1000);
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), microseconds) - bounds.begin();
  buckets_[static_cast<std::size_t>(bucket)].add();
  microseconds_.add(microseconds);
  ended_.add();
}

std::string to_prometheus(std::span<const Figures* const> all) {
  const auto sum = [&](auto read) {
    std::uint64_t total = 0;
    for (const Figures* figures : all) total += read(*figures);
    return total;
  };
  std::string text;
  const auto opened = sum([](const Figures& f) { return f.connections_opened.value(); });
  const auto closed = sum([](const Figures& f) { return f.connections_closed.value(); });
  append_single(text, "backplane_http_connections", "gauge", "Open connections.", opened - std::min(closed, opened));
  append_single(text, "backplane_http_connections_opened_total", "counter", "Connections accepted.", opened);
  append_single(text, "backplane_http_connections_refused_total", "counter", "Connections turned away for max_connections.",
                sum([](const Figures& f) { return f.connections_refused.value(); }));
  append_single(text, "backplane_http_timeouts_total", "counter", "Connections closed because the client took too long.",
                sum([](const Figures& f) { return f.timeouts.value(); }));
  append_single(text, "backplane_http_received_bytes_total", "counter", "Bytes read.",
                sum([](const Figures& f) { return f.received_bytes.value(); }));
  append_single(text, "backplane_http_sent_bytes_total", "counter", "Bytes written.",
                sum([](const Figures& f) { return f.sent_bytes.value(); }));
  const auto ended = sum([](const Figures& f) { return f.ended_.value(); });
  const auto begun = sum([](const Figures& f) { return f.requests_begun.value(); });
  append_single(text, "backplane_http_requests_in_flight", "gauge", "Requests being served.", begun - std::min(ended, begun));

  append_title(text, "backplane_http_requests_total", "counter", "Requests by route and class of status.");
  for (std::size_t row = 0; row <= routes().size(); ++row) {
    for (std::size_t status = 0; status < Figures::status_classes; ++status) {
      const auto count = sum([&](const Figures& f) { return f.requests_[row][status].value(); });
      if (count == 0) continue;
      const bool routed = row < routes().size();
      text.append("backplane_http_requests_total{method=\"").append(routed ? name_of(routes()[row].method) : "");
      text.append("\",route=\"").append(routed ? routes()[row].path : "").append("\",status=\"").append(class_names[status]);
      text.append("\"} ").append(std::to_string(count)).append("\n");
    }
  }

  constexpr std::string_view histogram = "backplane_http_request_seconds";
  append_title(text, histogram, "histogram", "From the end of a request's head to its answer.");
  std::uint64_t up_to_here = 0;
  for (std::size_t i = 0; i <= Figures::bounds.size(); ++i) {
    up_to_here += sum([&](const Figures& f) { return f.buckets_[i].value(); });
    text.append(histogram).append("_bucket{le=\"").append(i < Figures::bounds.size() ? seconds(Figures::bounds[i]) : "+Inf");
    text.append("\"} ").append(std::to_string(up_to_here)).append("\n");
  }
  text.append(histogram).append("_sum ").append(seconds(sum([](const Figures& f) { return f.microseconds_.value(); }))).append("\n");
  text.append(histogram).append("_count ").append(std::to_string(up_to_here)).append("\n");
  return text;
}

}  // namespace backplane::http
