// Delivers events to endpoints of others by HTTP, signed as Standard Webhooks say.
//
//   events      an event ("*", durable) becomes one webhook.delivery for each endpoint that wants it
//   deliveries  a webhook.delivery (durable) is one POST, tried again by the schedule
#include <backplane/backplane.hpp>

#include <algorithm>
#include <chrono>
#include <random>

#include "cloud_event.hpp"
#include "endpoint.hpp"
#include "lanes.hpp"
#include "post.hpp"
#include "signature.hpp"

using namespace backplane::sdk;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using webhooks::endpoint_type;

constexpr milliseconds margin{50};        // kept back from the handler's time
constexpr seconds longest_wait{86400};    // that an endpoint may ask for
constexpr std::size_t longest_key = 256;  // of an event
constexpr long gone = 410;

// One event for one endpoint, as CloudEvents. Its event id is the webhook's: the same event for the same endpoint, the
// same id, however often it is published.
struct Delivery {
  BACKPLANE_EVENT("webhook.delivery", endpoint, event);
  std::string endpoint;
  Json event;
};

// What is told of webhooks themselves would go round in circles, or tell one endpoint the secret of another.
bool is_own(const Event& event) {
  const bool tells_of_endpoint = event.payload().string("/resource").value_or("") == endpoint_type;
  return event.type().substr(0, 8) == "webhook." || (event.type().substr(0, 9) == "resource." && tells_of_endpoint);
}

// Each tenant may have an endpoint of that id.
std::string lane_of(const Event& event, const std::string& endpoint) {
  return std::string(event.tenant()) + "/" + endpoint;
}

// Events of one key reach an endpoint in their order, and wait for no other endpoint.
std::string key_for(const std::string& endpoint, std::string_view key) {
  if (key.empty()) return {};
  std::string joined = endpoint + ":" + std::string(key);
  return joined.size() <= longest_key ? joined : endpoint + ":" + webhooks::digest(endpoint, key);
}

class Webhooks : public Plugin {
 public:
  explicit Webhooks(Host host)
      : Plugin(host),
        addresses_(host.config().boolean("/allow_private").value_or(false) ? webhooks::Addresses::any
                                                                           : webhooks::Addresses::public_only),
        timeout_(host.config().integer("/timeout_ms").value_or(15000)),
        lanes_(milliseconds(host.config().integer("/rest_ms").value_or(5000))) {
    const bool given =
        host.config().each("/retry_seconds", [this](const Value& delay) { retries_.emplace_back(delay.as_integer()); });
    if (!given)
      for (const int delay : {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400}) retries_.emplace_back(delay);
    webhooks::prepare_curl();
    handle(&webhooks::check).before(Action::write, endpoint_type).named("endpoint");
    on_event(host.config().string("/events").value_or("*"), &Webhooks::fan_out).durable("events");
    on_event<Delivery>(&Webhooks::deliver)
        .durable("deliveries")
        .attempts(static_cast<std::uint32_t>(retries_.size()) + 1);
  }

 private:
  void fan_out(Event& event) {
    if (is_own(event)) return;
    for (const std::string& endpoint : endpoints_for(event)) {
      const std::string id = "msg_" + webhooks::digest(event.id(), lane_of(event, endpoint));
      const auto error = event.host().try_publish(
          Delivery{endpoint, webhooks::cloud_event(event)},
          PublishOptions().event_id(id).key(key_for(endpoint, event.key())).time_us(event.time_us()).durable());
      if (!error) continue;
      // Too large with its envelope, or set off by too many others: it would not be otherwise the next time.
      if (error->status() == Status::too_large || error->status() == Status::depth_exceeded)
        throw Rejection("webhook.event", "endpoint " + endpoint + ": " + error->message());
      throw *error;
    }
  }

  // The ids of those that want it, of its tenant.
  std::vector<std::string> endpoints_for(const Event& event) const {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const std::string query = "limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor);
      event.host().search(endpoint_type, query, [&](const Reply& reply) {
        const Document page = reply.document();
        const std::size_t count = page.at("/items").size();
        for (std::size_t i = 0; i < count; ++i) {
          const std::string at = pointer_to("items", i);
          if (webhooks::wants(page, at + "/data", event.type())) ids.emplace_back(page.required_string(at + "/id"));
        }
        cursor = page.string("/next").value_or("");
      });
    } while (!cursor.empty());
    return ids;
  }

  void deliver(const Delivery& delivery, Event& event) {
    // Anybody may publish a type of event, but only a plugin as a plugin: what is signed is what fan_out() made.
    if (event.source().substr(0, 7) != "plugin:")
      throw Rejection("webhook.source",
                      "wanted a delivery published by this plugin, found one by " + std::string(event.source()));
    const auto endpoint = find(delivery.endpoint, event);
    if (!endpoint) return;
    const webhooks::Post post = post_of(*endpoint, delivery, event);
    webhooks::Lanes::Visit visit(lanes_, lane_of(event, delivery.endpoint));
    if (visit.wait() > milliseconds(0)) return event.snooze(visit.wait());
    webhooks::Posted posted = webhooks::send(post);
    posted.retry_after = std::min(posted.retry_after, longest_wait);
    visit.ended(posted.timed_out, posted.retry_after);
    conclude(*endpoint, posted, event);
  }

  // Nothing: it is no more, or is told nothing.
  std::optional<webhooks::Endpoint> find(const std::string& id, const Event& event) const {
    std::optional<webhooks::Endpoint> endpoint;
    const auto error = event.host().try_operate(Request::get(endpoint_type, id),
                                                [&](const Reply& reply) { endpoint = webhooks::endpoint_of(reply); });
    if (error && error->status() != Status::not_found) throw *error;
    if (endpoint && endpoint->enabled) return endpoint;
    host().info("endpoint " + id + " is " + (endpoint ? "disabled" : "no more") + ": dropped " +
                std::string(event.id()));
    return std::nullopt;
  }

  webhooks::Post post_of(const webhooks::Endpoint& endpoint, const Delivery& delivery, const Event& event) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t timestamp = std::chrono::duration_cast<seconds>(now).count();
    const auto left = std::chrono::duration_cast<milliseconds>(event.remaining()) - margin;
    webhooks::Post post;
    post.url = endpoint.url;
    post.body = delivery.event.text();
    std::string signatures;
    for (const std::string& key : endpoint.keys)
      signatures += " " + webhooks::signature(key, event.id(), timestamp, post.body);
    post.headers = {"content-type: application/cloudevents+json", "webhook-id: " + std::string(event.id()),
                    "webhook-timestamp: " + std::to_string(timestamp), "webhook-signature:" + signatures};
    post.timeout = std::clamp(left, milliseconds(1), timeout_);
    post.addresses = addresses_;
    return post;
  }

  void conclude(const webhooks::Endpoint& endpoint, const webhooks::Posted& posted, Event& event) {
    if (posted.status >= 200 && posted.status < 300) return;
    if (posted.status == gone) return disable(endpoint, event);
    const std::string why = posted.status != 0 ? "answered " + std::to_string(posted.status) : posted.failure;
    event.retry_after(std::max<std::chrono::microseconds>(delay_after(event.attempt()), posted.retry_after),
                      "endpoint " + endpoint.id + ": " + why);
  }

  // As it was when it was asked: one that was changed meanwhile is asked again.
  void disable(const webhooks::Endpoint& endpoint, const Event& event) {
    event.host().merge(endpoint_type, endpoint.id, json_object({{"enabled", false}}),
                       Options().expecting(endpoint.revision, endpoint.edit));
    host().warning("endpoint " + endpoint.id + " answered 410: it is disabled");
  }

  // By the schedule, and up to a tenth more: those that failed together do not come again together.
  milliseconds delay_after(std::uint32_t attempt) const {
    if (retries_.empty()) return milliseconds(0);
    const milliseconds delay = retries_[std::min<std::size_t>(attempt, retries_.size()) - 1];
    return delay + delay * (std::random_device{}() % 100) / 1000;
  }

  const webhooks::Addresses addresses_;
  const milliseconds timeout_;
  std::vector<seconds> retries_;  // after the first attempt that failed, the second ...
  webhooks::Lanes lanes_;
};

}  // namespace

BACKPLANE_PLUGIN(Webhooks, {
  "id": "webhooks",
  "version": "1.0.0",
  "description": "Delivers events to endpoints by HTTP, signed as Standard Webhooks say.",
  "hooks": [{ "phases": ["before"], "actions": ["write"], "types": ["webhook_endpoint"] }],
  "events": { "subscribe": ["*"], "publish": ["webhook.delivery"] },
  "grants": {
    "resources": { "webhook_endpoint": ["search", "get", "patch"] },
    "publish": ["webhook.delivery"],
    "subscribe": ["webhook.delivery"]
  },
  "config_schema": {
    "type": "object",
    "properties": {
      "events": {
        "type": "string", "minLength": 1,
        "description": "The pattern of the events that endpoints may ask for; default: *, every event."
      },
      "allow_private": {
        "type": "boolean",
        "description": "Whether endpoints may lie at addresses that are not public, such as loopback; default: false."
      },
      "timeout_ms": {
        "type": "integer", "minimum": 1, "maximum": 3600000,
        "description": "Time for one request, at most what is left of the deadline; default: 15000."
      },
      "retry_seconds": {
        "type": "array", "maxItems": 100, "items": { "type": "integer", "minimum": 0, "maximum": 2592000 },
        "description": "How long to wait after each attempt that failed; one more, and it is a dead letter."
      },
      "rest_ms": {
        "type": "integer", "minimum": 1, "maximum": 3600000,
        "description": "How long an endpoint that did not answer in time is left alone, doubled each time; default: 5000."
      }
    },
    "additionalProperties": false
  }
});
