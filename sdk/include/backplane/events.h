/*
 * events.h - "backplane.events/1": publishing events and subscribing to them, beyond the core of backplane.h
 *
 *   const bp_events *events = host->get_interface(self, BP_EVENTS_NAME);   (NULL: this host has no events; a plugin that
 *                                                cannot do without says "requires": ["backplane.events/1"] in its metadata)
 *
 * An event says that something happened. It has a type ("order.confirmed"), an envelope and a payload, a JSON object;
 * typed fields of an event are members of its payload. The rules of backplane.h hold here.
 *
 *   Patterns  "order.confirmed" that type; "order.*" one segment more; "order.>" one or more; "*" alone every event.
 *   Modes     BP_SYNC        before publish returns, in the order registered; on the publisher's thread where both are
 *                            in one process
 *             BP_BACKGROUND  from a bounded queue, on the host's threads
 *             BP_DURABLE     from the event log, at least once, across restarts and crashes
 *   Isolation A subscriber that fails, throws or overstays its deadline is logged and counted; the others are called
 *             all the same, and its publisher never learns of it.
 *   Order     Events of one key reach a subscription in the order of their publication. Subscriptions that one event
 *             reaches are called in the order registered: plugins in the order of the manifest, whatever their patterns.
 *   Causes    Inside an event's handler bp_host.operate is given NULL as its cause, which stands for the event: the operation
 *             inherits its tenant, its correlation, one more than its depth and what is left of the handler's time.
 *   Times     A delay is from 0 to 31,622,400,000,000 microseconds (366 days), else BP_E_INVALID_ARGUMENT.
 *   Limits    A type or pattern 255 bytes; an event id, an actor and a source 128 bytes; a key 256 bytes; a payload what the
 *             manifest allows a document; a plugin 1,024 subscriptions; an operation 1,000 enlisted events. Events set
 *             off by events nest as operations do.
 */
#ifndef BACKPLANE_EVENTS_H
#define BACKPLANE_EVENTS_H

#include <backplane/backplane.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BP_EVENTS_NAME "backplane.events/1"

/* An event, as a handler sees it. Lent by the host until the handler returns. */
typedef struct bp_event {
  uint32_t struct_size;
  uint32_t mode;            /* of the subscription: BP_SYNC ... */
  uint32_t attempt;         /* 1 for the first call; more only for BP_DURABLE */
  uint32_t replayed;        /* 1: the subscription asked for old events anew, or took a replay */
  uint32_t depth;           /* how many handlers down from a caller it was published */
  uint32_t reserved;
  int64_t time_us;          /* when it happened: microseconds since 1970-01-01 UTC */
  int64_t budget_us;        /* what this handler may take, in microseconds, at its call */
  uint64_t position;        /* in the event log; 0: it is not in it */
  bp_string event_id;       /* the same id is the same event of a tenant: what to remember against doing a thing twice */
  bp_string event_type;
  bp_string tenant;         /* or empty */
  bp_string actor;          /* who caused it, or empty */
  bp_string source;         /* who published it: "host", "plugin:<id>", or what a caller named */
  bp_string key;            /* events of one key are in order; empty: no order */
  bp_string correlation_id; /* shared by everything that one request from outside set off */
  bp_string causation_id;   /* the operation or event that set it off, or empty */
  const bp_document *payload; /* a JSON object; {} once its resource was purged */
} bp_event;

/* Handles an event. user_data is the one given with the subscription.
 * BP_OK: done. Any other value is a fault of this plugin: logged and counted, and of a BP_DURABLE subscription tried
 * again later, up to its attempts, then kept as a dead letter. After bp_events.retry_after, snooze or reject that
 * decides, whatever is returned. */
typedef int32_t (*bp_event_fn)(void *user_data, const bp_event *event);

/* How a subscription is served. */
#define BP_SYNC UINT32_C(0)
#define BP_BACKGROUND UINT32_C(1)
#define BP_DURABLE UINT32_C(2)

/* What is kept in order. Of BP_BACKGROUND and BP_DURABLE. */
#define BP_ORDER_KEY UINT32_C(0)    /* the events of one key; one that fails holds back those of its key */
#define BP_ORDER_STRICT UINT32_C(1) /* all events; one that fails holds back all */
#define BP_ORDER_NONE UINT32_C(2)   /* nothing */

/* Whether the subscription is given events again when somebody replays them. */
#define BP_SKIP_REPLAYS UINT32_C(0)
#define BP_TAKE_REPLAYS UINT32_C(1)

/* A handler and the events that it is called for. It must lie within the metadata's events.subscribe and the grants.
 * Zero the struct, then set what its mode takes: any other member that is not 0 is BP_E_INVALID_ARGUMENT. */
typedef struct bp_subscription {
  uint32_t struct_size;
  uint32_t mode;            /* BP_SYNC ... */
  bp_string pattern;        /* of event types */
  bp_string name;           /* [A-Za-z0-9._~-]{1,128}, unique within the plugin; empty: the host numbers it; BP_DURABLE: never empty, its place in
                               the log is kept under it */
  uint32_t order;           /* BP_BACKGROUND, BP_DURABLE: BP_ORDER_KEY ... */
  uint32_t replays;         /* BP_DURABLE: BP_SKIP_REPLAYS or BP_TAKE_REPLAYS */
  uint32_t most_attempts;   /* BP_DURABLE: calls before it is a dead letter; 0: as the manifest says */
  uint32_t from_beginning;  /* BP_DURABLE: 1: at its first start it is given what the log holds, 0: what comes from then on */
  bp_event_fn handler;      /* it and user_data: valid until destroy() returns */
  void *user_data;          /* handed to each call; may be NULL */
} bp_subscription;

/* What a publisher waits for. */
#define BP_PROMISE_QUEUED UINT32_C(0)  /* it is on its way into the event log, and in it before anybody is called; waits
                                          for that only where a BP_SYNC subscription is called */
#define BP_PROMISE_MEMORY UINT32_C(1)  /* less: not in the log, BP_DURABLE subscriptions are not given it */
#define BP_PROMISE_DURABLE UINT32_C(2) /* more: in the log and on disk */

/* An event to be published. Zero the struct, then set what it needs. */
typedef struct bp_publication {
  uint32_t struct_size;
  uint32_t promise;         /* BP_PROMISE_QUEUED ...; enlisted: 0 */
  bp_string event_type;     /* within the metadata's events.publish and the grants */
  bp_string payload;        /* a JSON object; empty: {} */
  bp_string key;            /* empty: the id of the resource whose operation, or the key of the event, that is being
                               handled; else none */
  bp_string event_id;       /* empty: a new UUIDv7. One that the log knows of the tenant is not published again */
  bp_string actor;          /* empty: the actor of what is being handled, else "plugin:<id>" */
  int64_t time_us;          /* when it happened: 0, now, or a time of the years 1970 to 9999 */
} bp_publication;

/* Where a published event lies. */
typedef struct bp_published {
  uint32_t struct_size;     /* in: the room, sizeof(bp_published); out: what the host wrote */
  uint32_t known;           /* 1: the log knew the event's id: nobody was called, position is the first one's */
  uint64_t position;        /* in the log; 0: not in it, or not yet */
} bp_published;

typedef struct bp_events {
  uint32_t struct_size;
  uint32_t reserved;

  /* Registers a subscription. BP_E_DENIED: beyond the metadata or the grants. BP_E_INVALID_ARGUMENT: malformed, no handler, a
   * name given twice, a durable one without a name. BP_E_UNSUPPORTED: a durable one on a host without an event log.
   * BP_E_TOO_LARGE: see Limits. [create] */
  int32_t (*subscribe)(bp_self *self, const bp_subscription *subscription, bp_error *error);

  /* Publishes an event, and returns when its BP_SYNC subscribers have been called and its promise holds. These may be this
   * plugin's: hold no lock across it. Inside a handler the event belongs to what is being handled: its tenant, its
   * correlation, one more than its depth. out may be NULL.
   * BP_E_DENIED: beyond the metadata or the grants. BP_E_INVALID_ARGUMENT: malformed. BP_E_TOO_LARGE. BP_E_UNSUPPORTED:
   * BP_PROMISE_DURABLE on a host without an event log; inside a dry run. BP_E_UNAVAILABLE: a queue is full, the host is
   * stopping, or create() has not returned yet: nothing was published. BP_E_DEPTH_EXCEEDED. BP_E_STORAGE: it could not be
   * kept, nobody was called. BP_E_CANCELLED: the operation or event went on without this handler. [any] */
  int32_t (*publish)(bp_self *self, const bp_publication *publication, bp_published *out, bp_error *error);

  /* Adds an event to the operation's unit of work: it is in the log if the operation commits, and nowhere if it does
   * not; subscribers are called after the commit. Outcomes as op_enlist, and those of publish. [handler] */
  int32_t (*enlist)(const bp_operation *operation, const bp_publication *publication, bp_error *error);

  /* What becomes of the event that a BP_DURABLE handler is called for; the last call counts. For other modes:
   * BP_E_UNSUPPORTED. BP_E_CANCELLED: too late. BP_E_INVALID_ARGUMENT: see Times. [handler]
   *   retry_after  it failed and is tried again no sooner than delay_us from now; counts as an attempt
   *   snooze       it is to come again after delay_us; no fault, and no attempt
   *   reject       it can never be handled: a dead letter at once */
  int32_t (*retry_after)(const bp_event *event, int64_t delay_us, bp_string message);
  int32_t (*snooze)(const bp_event *event, int64_t delay_us);
  int32_t (*reject)(const bp_event *event, bp_string message);

  /* Microseconds that this handler still has; 0: none, or the host went on without it. [handler] */
  int64_t (*remaining_us)(const bp_event *event);
} bp_events;

/* Released offsets, 64-bit. DO NOT CHANGE ANY LINE BELOW: append the new members' lines only. */
BP_FROZEN_(bp_event, struct_size, 0);
BP_FROZEN_(bp_event, mode, 4);
BP_FROZEN_(bp_event, attempt, 8);
BP_FROZEN_(bp_event, replayed, 12);
BP_FROZEN_(bp_event, depth, 16);
BP_FROZEN_(bp_event, reserved, 20);
BP_FROZEN_(bp_event, time_us, 24);
BP_FROZEN_(bp_event, budget_us, 32);
BP_FROZEN_(bp_event, position, 40);
BP_FROZEN_(bp_event, event_id, 48);
BP_FROZEN_(bp_event, event_type, 64);
BP_FROZEN_(bp_event, tenant, 80);
BP_FROZEN_(bp_event, actor, 96);
BP_FROZEN_(bp_event, source, 112);
BP_FROZEN_(bp_event, key, 128);
BP_FROZEN_(bp_event, correlation_id, 144);
BP_FROZEN_(bp_event, causation_id, 160);
BP_FROZEN_(bp_event, payload, 176);
BP_FROZEN_(bp_subscription, struct_size, 0);
BP_FROZEN_(bp_subscription, mode, 4);
BP_FROZEN_(bp_subscription, pattern, 8);
BP_FROZEN_(bp_subscription, name, 24);
BP_FROZEN_(bp_subscription, order, 40);
BP_FROZEN_(bp_subscription, replays, 44);
BP_FROZEN_(bp_subscription, most_attempts, 48);
BP_FROZEN_(bp_subscription, from_beginning, 52);
BP_FROZEN_(bp_subscription, handler, 56);
BP_FROZEN_(bp_subscription, user_data, 64);
BP_FROZEN_(bp_publication, struct_size, 0);
BP_FROZEN_(bp_publication, promise, 4);
BP_FROZEN_(bp_publication, event_type, 8);
BP_FROZEN_(bp_publication, payload, 24);
BP_FROZEN_(bp_publication, key, 40);
BP_FROZEN_(bp_publication, event_id, 56);
BP_FROZEN_(bp_publication, actor, 72);
BP_FROZEN_(bp_publication, time_us, 88);
BP_FROZEN_(bp_published, struct_size, 0);
BP_FROZEN_(bp_published, known, 4);
BP_FROZEN_(bp_published, position, 8);
BP_FROZEN_(bp_events, struct_size, 0);
BP_FROZEN_(bp_events, reserved, 4);
BP_FROZEN_(bp_events, subscribe, 8);
BP_FROZEN_(bp_events, publish, 16);
BP_FROZEN_(bp_events, enlist, 24);
BP_FROZEN_(bp_events, retry_after, 32);
BP_FROZEN_(bp_events, snooze, 40);
BP_FROZEN_(bp_events, reject, 48);
BP_FROZEN_(bp_events, remaining_us, 56);

#ifdef __cplusplus
}
#endif

#endif /* BACKPLANE_EVENTS_H */
