#include "http/change.hpp"
#include "http/cloud_event.hpp"
#include "http/errand.hpp"
#include "http/event_query.hpp"
#include "http/publication.hpp"
#include "http/route.hpp"
#include "http/view.hpp"
#include "operation/query.hpp"

namespace backplane::http {
namespace {

using model::Action;

constexpr Parameter path_type{Place::path, "type", Occurs::required, R"({"type":"string","pattern":"^[a-z][a-z0-9_-]{0,63}$"})",
                              "A resource type of the manifest."};
constexpr Parameter path_id{Place::path, "id", Occurs::required, R"({"type":"string","pattern":"^[A-Za-z0-9._~-]{1,128}$"})",
                            "The id of the resource."};
constexpr Parameter path_revision{Place::path, "revision", Occurs::required, R"({"type":"integer","minimum":1})",
                                  "The number of the revision."};
constexpr Parameter query_id{Place::query, "id", Occurs::optional, R"({"type":"string","pattern":"^[A-Za-z0-9._~-]{1,128}$"})",
                             "The id to create the resource with; without it, a UUID of version 7."};
constexpr Parameter query_status{Place::query, "status", Occurs::optional, R"({"enum":["stable","draft"]})",
                                 "The status of the revision; stable when it is created, else as it was."};
constexpr Parameter dry_run{Place::query, "dry_run", Occurs::optional, R"({"type":"boolean"})",
                            "Run everything up to the commit, and answer with what each handler changed."};
constexpr Parameter reload_dry_run{Place::query, "dry_run", Occurs::optional, R"({"type":"boolean"})", "Only tell what would be done."};
constexpr Parameter timing{Place::query, "timing", Occurs::optional, R"({"type":"boolean"})",
                           "Tell in Server-Timing how long each handler took."};
constexpr Parameter deleted{Place::query, "deleted", Occurs::optional, R"({"enum":["exclude","include"]})",
                            "Whether a deleted resource is found."};
constexpr Parameter after_revision{Place::query, "after", Occurs::optional, R"({"type":"integer","minimum":0})",
                                   "Only revisions after this one."};
constexpr Parameter limit{Place::query, "limit", Occurs::optional, R"({"type":"integer","minimum":1})", "The most items of one page."};
constexpr Parameter recorded_limit{Place::query, "limit", Occurs::optional, R"({"type":"integer","minimum":1})", "The last so many."};
constexpr Parameter filter{Place::query, "filter", Occurs::repeated, R"({"type":"string"})",
                           "Field, operator (= != < <= > >= ^=) and value, such as /priority>=3; all of them must hold; at most 16.",
                           operation::most_filters};
constexpr Parameter sort{Place::query, "sort", Occurs::optional, R"({"type":"string","pattern":"^[^,]*(,[^,]*){0,7}$"})",
                         "Fields, comma-separated, - before one for descending; at most 8."};
static_assert(operation::most_filters == 16 && operation::most_sorts == 8, "the descriptions above say so");
constexpr Parameter cursor{Place::query, "cursor", Occurs::optional, R"({"type":"string"})", "`next` of the page before."};
constexpr Parameter total{Place::query, "total", Occurs::optional, R"({"type":"boolean"})", "Count all matches as well."};
constexpr Parameter deleted_search{Place::query, "deleted", Occurs::optional, R"({"enum":["exclude","include","only"]})",
                                   "Whether deleted resources are found."};
constexpr Parameter dump_type{Place::query, "type", Occurs::repeated, R"({"type":"string"})",
                              "A resource type to dump; without it, all."};
constexpr Parameter dump_after{Place::query, "after", Occurs::optional, R"({"type":"string"})",
                               "type/id: go on after this resource."};
constexpr Parameter on_conflict{Place::query, "on_conflict", Occurs::optional, R"({"enum":["fail","skip","overwrite"]})",
                                "What to do with a resource that exists; fail when it is not said."};
constexpr Parameter skip{Place::query, "skip", Occurs::optional, R"({"type":"integer","minimum":0})",
                         "Leave out this many resources at the start of the stream."};
constexpr Parameter hook_action{Place::query, "action", Occurs::required, R"({"type":"string"})", "An action, such as create."};
constexpr Parameter hook_type{Place::query, "type", Occurs::required, R"({"type":"string"})", "A resource type of the manifest."};

constexpr Parameter promise{Place::query, "promise", Occurs::optional, R"({"enum":["durable","queued","memory"]})",
                            "When to answer: once the events are in the log, once they are taken, or without keeping them at all; durable where "
                            "there is a log, else memory."};
constexpr Parameter event_type{Place::query, "type", Occurs::optional, R"({"type":"string"})",
                               "An event type or a pattern: order.paid, order.* (one segment), order.> (the rest), *."};
constexpr Parameter event_tenant{Place::query, "tenant", Occurs::optional, R"({"type":"string"})", "Events of this tenant; empty: of none."};
constexpr Parameter event_actor{Place::query, "actor", Occurs::optional, R"({"type":"string"})", "Events that this actor caused."};
constexpr Parameter event_key{Place::query, "key", Occurs::optional, R"({"type":"string"})", "Events of this key."};
constexpr Parameter since{Place::query, "since", Occurs::optional, R"({"type":"string","format":"date-time"})",
                          "Recorded at this time or later."};
constexpr Parameter until{Place::query, "until", Occurs::optional, R"({"type":"string","format":"date-time"})", "Recorded before this time."};
constexpr Parameter after_position{Place::query, "after", Occurs::optional, R"({"type":"integer","minimum":0})",
                                   "Only events after this position of the log."};
constexpr Parameter before_position{Place::query, "before", Occurs::optional, R"({"type":"integer","minimum":1})",
                                    "Only events before this position."};
constexpr Parameter event_order{Place::query, "order", Occurs::optional, R"({"enum":["oldest","newest"]})",
                                "Which ones come first; the oldest when it is not said."};
constexpr Parameter event_form{Place::query, "format", Occurs::optional, R"({"enum":["event","cloudevent"]})",
                               "Envelopes, or CloudEvents 1.0 in their JSON format."};
constexpr Parameter last_event_id{Place::header, "Last-Event-ID", Occurs::optional, R"({"type":"integer","minimum":0})",
                                  "The last id that the client has seen: goes before `after`."};
constexpr Parameter path_plugin{Place::path, "plugin", Occurs::required, R"({"type":"string"})", "The id of a plugin."};
constexpr Parameter path_subscription{Place::path, "subscription", Occurs::required, R"({"type":"string"})",
                                      "The name of one of its subscriptions."};
constexpr Parameter path_letter{Place::path, "letter", Occurs::required, R"({"type":"integer","minimum":1})", "The id of a dead letter."};
constexpr Parameter of_subscription{Place::query, "subscription", Occurs::optional, R"({"type":"string"})",
                                    "Dead letters of this subscription, as plugin/name."};
constexpr Parameter in_subscription{Place::query, "subscription", Occurs::required, R"({"type":"string"})",
                                    "Dead letters of this subscription, as plugin/name."};
constexpr Parameter after_letter{Place::query, "after", Occurs::optional, R"({"type":"integer","minimum":0})", "`next` of the page before."};

constexpr Parameter actor{Place::header, "X-Actor", Occurs::optional, R"({"type":"string","maxLength":128})",
                          "Who asks; anonymous when it is not said."};
constexpr Parameter tenant{Place::header, "X-Tenant", Occurs::optional, R"({"type":"string","maxLength":128})",
                           "Whose data is meant."};
constexpr Parameter correlation{Place::header, "X-Correlation-Id", Occurs::optional, R"({"type":"string","maxLength":128})",
                                "Carried on to everything that the request sets off, and answered; a new one when it is not said."};
constexpr Parameter if_match{Place::header, "If-Match", Occurs::optional, R"({"type":"string"})",
                             "Only if this version is current: one ETag, or *."};
constexpr Parameter if_none_match{Place::header, "If-None-Match", Occurs::optional, R"({"type":"string"})",
                                  "304 when the version is one of these ETags."};
constexpr Parameter if_new{Place::header, "If-None-Match", Occurs::optional, R"({"const":"*"})",
                           "412 instead of 409 when the resource exists."};
constexpr Parameter idempotency{Place::header, "Idempotency-Key", Occurs::optional, R"({"type":"string","maxLength":255})",
                                "A repeat with the same key gets the stored answer, with Idempotency-Replayed: true."};

constexpr Parameter for_create[] = {path_type, query_id, query_status, dry_run, timing, if_new, idempotency, actor, tenant, correlation};
constexpr Parameter for_search[] = {path_type, filter, sort, limit, cursor, total, deleted_search, timing, actor, tenant, correlation};
constexpr Parameter for_get[] = {path_type, path_id, deleted, timing, if_match, if_none_match, actor, tenant, correlation};
constexpr Parameter for_write[] = {path_type, path_id, query_status, dry_run, timing, if_match, idempotency, actor, tenant, correlation};
constexpr Parameter for_lifecycle[] = {path_type, path_id, dry_run, timing, if_match, idempotency, actor, tenant, correlation};
constexpr Parameter for_revisions[] = {path_type, path_id, after_revision, limit, deleted, timing, actor, tenant, correlation};
constexpr Parameter for_revision[] = {path_type, path_id, path_revision, deleted, timing, if_match, if_none_match, actor, tenant, correlation};
constexpr Parameter for_dump[] = {dump_type, dump_after, actor, tenant, correlation};
constexpr Parameter for_load[] = {on_conflict, skip, actor, tenant, correlation};
constexpr Parameter for_publish[] = {promise, actor, tenant, correlation};
constexpr Parameter for_events[] = {event_type, event_tenant, event_actor, event_key, since, until, after_position, before_position,
                                    event_order, event_form, limit, actor, tenant, correlation};
constexpr Parameter for_stream[] = {event_type, event_tenant, event_actor, event_key, after_position, event_form, last_event_id,
                                    actor, tenant, correlation};
constexpr Parameter for_subscription[] = {path_plugin, path_subscription, actor, tenant, correlation};
constexpr Parameter for_replay[] = {path_plugin, path_subscription, after_position, since, actor, tenant, correlation};
constexpr Parameter for_letters[] = {of_subscription, event_type, after_letter, limit, actor, tenant, correlation};
constexpr Parameter for_redrive[] = {of_subscription, event_type, actor, tenant, correlation};
constexpr Parameter for_discard[] = {in_subscription, event_type, actor, tenant, correlation};
constexpr Parameter for_letter[] = {path_letter, actor, tenant, correlation};
constexpr Parameter for_reload[] = {reload_dry_run, actor, tenant, correlation};
constexpr Parameter for_plugin_reload[] = {path_plugin, reload_dry_run, actor, tenant, correlation};
constexpr Parameter for_recorded[] = {recorded_limit, actor, tenant, correlation};
constexpr Parameter for_hooks[] = {hook_action, hook_type, correlation};
constexpr Parameter for_view[] = {correlation};

constexpr std::string_view json = "application/json";
constexpr Success created[] = {{201, "Created; Location and ETag name it.", json, "Resource"},
                               {200, "dry_run: what would have been created.", json, "DryRun"}};
constexpr Success page[] = {{200, "One page.", json, "Page"}};
constexpr Success resource[] = {{200, "The resource; ETag names its version.", json, "Resource"},
                                {304, "The version is one of If-None-Match.", "", ""}};
constexpr Success written[] = {{200, "The resource as it is now, or with dry_run as it would be.", json, "Written"}};
constexpr Success purged[] = {{200, "What was purged, or with dry_run what would be.", json, "Purged"}};
constexpr Success dumped[] = {{200, "Frames, one a line: eight hexadecimal digits (CRC-32C), a space, JSON.", dump_media_type, "Frames"}};
constexpr Success loaded[] = {{200, "All of it was loaded.", json, "Totals"}};
constexpr Success published[] = {{201, "In the log.", json, "Published"},
                                 {200, "In the log since before: all event ids were known.", json, "Published"},
                                 {202, "Taken, as the promise says.", json, "Published"}};
constexpr Success event_page[] = {{200, "One page.", json, "EventPage"}};
constexpr Success stream[] = {{200, "Server-sent events: id is the position, data the event; `missed` tells where the log no longer had all.",
                               event_stream_media_type, "Text"}};
constexpr Success subscriptions[] = {{200, "In the order in which they are called.", json, "Subscriptions"}};
constexpr Success subscription[] = {{200, "The subscription as it is now.", json, "Subscription"}};
constexpr Success letters[] = {{200, "One page.", json, "DeadLetterPage"}};
constexpr Success letter[] = {{200, "The dead letter.", json, "DeadLetter"}};
constexpr Success reloaded[] = {{200, "What was done, or would be.", json, "Object"}};
constexpr Success listed[] = {{200, "A list.", json, "List"}};
constexpr Success object[] = {{200, "An object.", json, "Object"}};
constexpr Success text[] = {{200, "Prometheus text.", metrics_media_type, "Text"}};
constexpr Success html[] = {{200, "A page for people.", html_media_type, "Text"}};

// What the protocol itself can refuse, and what reading and writing can fail with beside it.
constexpr int plain[] = {400, 405, 408, 413, 421, 431, 500, 501, 503, 505};
constexpr int hooked[] = {400, 403, 404, 405, 408, 413, 421, 431, 500, 501, 503, 505};
constexpr int reading[] = {400, 401, 403, 404, 405, 408, 412, 413, 421, 422, 431, 500, 501, 502, 503, 504, 505, 508};
constexpr int writing[] = {400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 417, 421, 422, 431, 500, 501, 502, 503, 504, 505, 507, 508};

constexpr int publishing[] = {400, 403, 405, 408, 413, 415, 417, 421, 431, 500, 501, 503, 505, 507, 508};
constexpr int logged[] = {400, 403, 404, 405, 408, 409, 413, 421, 431, 500, 501, 503, 504, 505, 507};

constexpr int reloading[] = {400, 403, 404, 405, 408, 409, 413, 421, 422, 431, 500, 501, 502, 503, 504, 505, 507};

constexpr Route table[] = {
    {Method::get, "/v1/resources/{type}/{id}", "get", "Read a resource.", Action::get, Payload::none, for_get, resource, reading},
    {Method::put, "/v1/resources/{type}/{id}", "update", "Replace the document: a new revision.", Action::update,
     Payload::document, for_write, written, writing},
    {Method::patch, "/v1/resources/{type}/{id}", "patch", "Change parts of the document: a new revision.", Action::patch,
     Payload::patch, for_write, written, writing},
    {Method::remove, "/v1/resources/{type}/{id}", "delete", "Delete a resource; restore brings it back.", Action::remove,
     Payload::none, for_lifecycle, written, writing},
    {Method::post, "/v1/resources/{type}", "create", "Create a resource.", Action::create, Payload::document, for_create,
     created, writing},
    {Method::get, "/v1/resources/{type}", "search", "Find resources.", Action::search, Payload::none, for_search, page, reading,
     Query::free},
    {Method::post, "/v1/resources/{type}/{id}/modify", "modify", "Edit the current draft revision in place.", Action::modify,
     Payload::document, for_write, written, writing},
    {Method::post, "/v1/resources/{type}/{id}/restore", "restore", "Undo a delete.", Action::restore, Payload::none, for_lifecycle,
     written, writing},
    {Method::post, "/v1/resources/{type}/{id}/purge", "purge", "Remove a resource and its history for good.", Action::purge,
     Payload::none, for_lifecycle, purged, writing},
    {Method::post, "/v1/resources/{type}/{id}/switch", "switch", "Make an older revision the current one.", Action::switch_to,
     Payload::revision, for_lifecycle, written, writing},
    {Method::get, "/v1/resources/{type}/{id}/revisions", "list_revisions", "List the revisions of a resource.",
     Action::list_revisions, Payload::none, for_revisions, page, reading},
    {Method::get, "/v1/resources/{type}/{id}/revisions/{revision}", "get_revision", "Read one revision of a resource.",
     Action::get_revision, Payload::none, for_revision, resource, reading},
    {Method::get, "/v1/dump", "dump", "Stream resources with their history out.", Transfer::dump, Payload::none, for_dump, dumped,
     reading},
    {Method::post, "/v1/load", "load", "Stream resources with their history in.", Transfer::load, Payload::frames, for_load,
     loaded, writing},
    {Method::post, "/v1/events", "publish", "Publish events: all of them or none.", Flow::publish, Payload::events, for_publish, published,
     publishing},
    {Method::get, "/v1/events", "events", "Read the event log.", answer_events, Payload::none, for_events, event_page, logged},
    {Method::get, "/v1/events/stream", "stream", "Follow the event log, from a position on or from now.", Flow::follow, Payload::none,
     for_stream, stream, logged},
    {Method::get, "/v1/subscriptions", "subscriptions", "List the subscriptions to events.", answer_subscriptions, Payload::none, for_view,
     subscriptions, logged},
    {Method::get, "/v1/subscriptions/{plugin}/{subscription}", "subscription", "Show a subscription.", answer_subscription, Payload::none,
     for_subscription, subscription, logged},
    {Method::remove, "/v1/subscriptions/{plugin}/{subscription}", "forget", "Forget a durable subscription whose plugin is gone.",
     answer_forget, Payload::none, for_subscription, object, logged},
    {Method::post, "/v1/subscriptions/{plugin}/{subscription}/replay", "replay", "Give a durable subscription past events anew.",
     answer_replay, Payload::none, for_replay, subscription, logged},
    {Method::post, "/v1/subscriptions/{plugin}/{subscription}/pause", "pause", "Deliver nothing to a durable subscription for now.",
     answer_pause, Payload::none, for_subscription, subscription, logged},
    {Method::post, "/v1/subscriptions/{plugin}/{subscription}/resume", "resume", "Deliver to a paused subscription again.", answer_resume,
     Payload::none, for_subscription, subscription, logged},
    {Method::get, "/v1/dead-letters", "dead_letters", "List the events that durable subscriptions gave up on.", answer_dead_letters,
     Payload::none, for_letters, letters, logged},
    {Method::remove, "/v1/dead-letters", "discard_all", "Discard dead letters of a subscription.", answer_discard_all, Payload::none,
     for_discard, object, logged},
    {Method::post, "/v1/dead-letters/redrive", "redrive_all", "Try dead letters again.", answer_redrive_all, Payload::none, for_redrive,
     object, logged},
    {Method::get, "/v1/dead-letters/{letter}", "dead_letter", "Show a dead letter with its event.", answer_dead_letter, Payload::none,
     for_letter, letter, logged},
    {Method::remove, "/v1/dead-letters/{letter}", "discard", "Discard a dead letter.", answer_discard, Payload::none, for_letter, object,
     logged},
    {Method::post, "/v1/dead-letters/{letter}/redrive", "redrive", "Try a dead letter again.", answer_redrive, Payload::none, for_letter,
     letter, logged},
    {Method::get, "/v1/types", "types", "List the resource types.", view_types, Payload::none, for_view, listed, plain},
    {Method::get, "/v1/plugins", "plugins", "List the plugins.", view_plugins, Payload::none, for_view, listed, plain},
    {Method::post, "/v1/plugins/{plugin}/reload", "reload_plugin", "Load one plugin anew, as the manifest says now.",
     Change{answer_plugin_reload}, Payload::none, for_plugin_reload, reloaded, reloading},
    {Method::post, "/v1/reload", "reload", "Bring the host to what the manifest and the plugins' files say now.", Change{answer_reload},
     Payload::none, for_reload, reloaded, reloading},
    {Method::get, "/v1/recorded", "recorded", "Show the last operations of callers and their answers, the oldest first.",
     Change{answer_recorded}, Payload::none, for_recorded, listed, logged},
    {Method::get, "/v1/hooks", "hooks", "Show the chain of hooks of an action on a type.", view_hooks, Payload::none, for_hooks,
     object, hooked},
    {Method::get, "/healthz", "healthz", "Tell whether the process lives.", view_health, Payload::none, for_view, object, plain},
    {Method::get, "/readyz", "readyz", "Tell whether the host takes operations.", view_readiness, Payload::none, for_view, object,
     plain},
    {Method::get, "/metrics", "metrics", "Figures of the host.", view_metrics, Payload::none, for_view, text, plain},
    {Method::get, "/openapi.json", "openapi", "This description.", view_openapi, Payload::none, for_view, object, plain},
    {Method::get, "/", "page", "An overview for people.", view_page, Payload::none, for_view, html, plain},
};

constexpr std::string_view document_types[] = {"application/json"};
constexpr std::string_view patch_types[] = {"application/json-patch+json", "application/merge-patch+json"};
constexpr std::string_view event_types[] = {"application/json", cloud_event_media_type, cloud_events_media_type};
constexpr std::string_view frame_types[] = {dump_media_type, "application/x-ndjson", "application/octet-stream"};

}  // namespace

std::span<const Route> routes() { return table; }

std::size_t index_of(const Route& route) { return static_cast<std::size_t>(&route - table); }

std::span<const std::string_view> media_types_of(Payload payload) {
  switch (payload) {
    case Payload::none: return {};
    case Payload::document:
    case Payload::revision: return document_types;
    case Payload::patch: return patch_types;
    case Payload::frames: return frame_types;
    case Payload::events: return event_types;
  }
  return {};
}

}  // namespace backplane::http
