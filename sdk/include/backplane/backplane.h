/*
 * backplane.h - the C ABI between the Backplane host and its plugins, version 1.0
 *
 * A plugin is a shared library. The host reads what it is from a note inside the file before any of
 * its code runs (BP_PLUGIN_METADATA), then calls its one exported function (backplane_plugin_1) and
 * gets a table of functions; the plugin gets a table of the host's functions in return. Nothing else
 * crosses: no C++ type, no exception, no allocator.
 *
 *   load      note read -> backplane_plugin_1() -> create() -> start()
 *   serve     handlers registered in create() are called around resource operations
 *   reload    a new build is loaded and created while the old one serves; then the old one's stop(), the new
 *             one's start(), and the handlers of the new one are called. State is handed over by state.h. When
 *             the new one cannot take over, the old one's start() is called again and it serves on
 *   unload    stop() -> destroy()
 *
 * The rules of this border:
 *
 *   Growth    Every table and every sized struct begins with struct_size, the size its writer knows. Members
 *             are only ever appended, and no struct ends in padding. A reader takes a member as absent when it does
 *             not lie within struct_size, and ignores what it does not know of the other side's tables and of what it
 *             is lent. What a plugin asks for it must not ignore: in a bp_hook, bp_request, bp_subscription and
 *             bp_publication every byte beyond the size that the host knows must be 0, else the call is
 *             BP_E_UNSUPPORTED and does nothing; a struct_size above 4,096 is BP_E_INVALID_ARGUMENT. So zero every
 *             struct of the plugin's, then set what it needs: the code may be compiled with a later header. A member
 *             called reserved is 0. Interfaces beyond the core are asked for by name and revision.
 *             All that is here is there since 1.0, unless it says otherwise.
 *   Strings   bp_string: pointer and length, UTF-8 without NUL, not terminated. {NULL, 0} is the empty
 *             string. Other bytes are BP_E_INVALID_ARGUMENT; as a message or log line they are replaced.
 *   Limits    A resource type 64 bytes; an id, an actor and a name 128 bytes; an idempotency key 255 bytes; a JSON
 *             Pointer 4,096 bytes; a reason 64 bytes; a message 16 KiB; details 64 KiB; a log line 4 KiB; a query
 *             64 KiB; the metadata 64 KiB; a document what the manifest allows. A plugin: 1,024 hooks, 1,024 types a
 *             hook, 4,096 compiled pointers. An operation: 1,000 enlisted writes, 16 levels of nesting (there it is
 *             BP_E_DEPTH_EXCEEDED). Beyond one the call is BP_E_TOO_LARGE; but a message and a log line are cut, and
 *             a reason and details are left out. Limits are only ever raised.
 *   Memory    Nobody frees the other side's memory. What the host lends is valid until the callback
 *             in which it was lent returns, unless the function says otherwise. What the plugin
 *             passes is copied before the call returns.
 *   Errors    A function that can fail returns an int32_t: BP_OK or one of bp_status. The text goes
 *             along: in a bp_error from the host, by bp_host.op_reject and bp_host.fault from the plugin.
 *   Threads   Each function carries a tag:
 *               [any]      any thread, at any time from the beginning of create() to the end of destroy()
 *               [create]   only inside create(), on the thread that runs it; elsewhere BP_E_UNSUPPORTED
 *               [handler]  only inside a handler, on the thread that runs it, with its operation; elsewhere
 *                          BP_E_INVALID_ARGUMENT, or 0 where it returns a number
 *             Handlers run on several threads at once unless the metadata says "threading": "serial" (the manifest
 *             may make a plugin serial, never concurrent).
 *             Serial or not, a handler that calls bp_host.operate may be entered again, and any other
 *             handler of the plugin entered, on that same thread before operate returns: hold no lock
 *             across it. create, start, stop and destroy of an instance run on threads of the host's, not
 *             necessarily the same one; never two of them at once, and each happens before the next. During a
 *             reload there are two instances of a plugin, of two libraries: they share no variable.
 *             If one of these functions does not return in time, the host calls nothing of the instance any more, no
 *             handler and none of these; its library stays in memory until the process ends.
 *   Lifecycle In create, start, stop, destroy, and in save and load of state.h, operations and events may be
 *             BP_E_UNAVAILABLE, as the host, or this plugin's successor, may not be in place: do not depend on either
 *             there. Before create() the library may be opened, and backplane_plugin_1() called, in another process
 *             that only tries whether it loads: static constructors must bear that.
 *   Callbacks What the plugin hands to a function of the host (each, receive) is called on the same
 *             thread, before that function returns. It may call the host. No exception and no longjmp may
 *             leave it, nor any other function of the plugin's.
 *   Place     Nothing assumes that the two sides share an address space: handles are opaque, documents
 *             are reached by functions, results are delivered by callback. The same binary can run in
 *             the host process or in a worker process of its own.
 *   Platforms 1.0 is defined for 64-bit ELF. How the metadata lies in other files a later version says.
 */
#ifndef BACKPLANE_H
#define BACKPLANE_H

#include <stddef.h>
#include <stdint.h>

#define BP_ABI_MAJOR 1
#define BP_ABI_MINOR 0

#if UINTPTR_MAX != UINT64_MAX || !defined(__ELF__)
#error "backplane.h 1.0 is defined for 64-bit ELF"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ------------------------------------------------------------------------------------ */

/* UTF-8 bytes, not terminated. Frozen: it never grows. */
typedef struct bp_string {
  const char *data; /* may be NULL when size is 0 */
  uint64_t size;    /* in bytes */
} bp_string;

/* Outcomes of a call. New ones are only appended; take an unknown one as BP_E_INTERNAL. */
typedef enum bp_status {
  BP_OK = 0,
  BP_REJECTED = 1,              /* a handler refused the operation: see bp_host.op_reject */
  BP_E_INVALID_ARGUMENT = 2,    /* malformed: an argument, a name, a JSON text, a pointer */
  BP_E_INVALID_DOCUMENT = 3,    /* the document does not satisfy its schema */
  BP_E_UNAUTHENTICATED = 4,     /* nobody vouches for the caller */
  BP_E_DENIED = 5,              /* the caller, or the plugin's grants, do not allow it */
  BP_E_NOT_FOUND = 6,           /* no such resource, revision, member or interface */
  BP_E_ALREADY_EXISTS = 7,      /* an id that is taken */
  BP_E_CONFLICT = 8,            /* not possible in the present state, or changed meanwhile */
  BP_E_PRECONDITION_FAILED = 9, /* the expected revision is not the current one */
  BP_E_TOO_LARGE = 10,          /* beyond a limit of size, depth or count */
  BP_E_TIMEOUT = 11,            /* a deadline or a budget ran out */
  BP_E_DEPTH_EXCEEDED = 12,     /* operations nested too deeply */
  BP_E_UNAVAILABLE = 13,        /* cannot serve now: starting, stopping, overloaded, quarantined */
  BP_E_CANCELLED = 14,          /* the operation went on without this handler */
  BP_E_PLUGIN_FAULT = 15,       /* a plugin broke: exception, bad return value */
  BP_E_STORAGE = 16,            /* the store could not read or write */
  BP_E_UNSUPPORTED = 17,        /* known, but not offered by this host or here */
  BP_E_INTERNAL = 18            /* a bug of the callee */
} bp_status;

/* Why a call failed. The texts are lent by the host: valid until this thread's next call to the host has returned
 * (so they may be passed to it), and no longer than the callback lasts in which they were lent. Where a function of
 * the host takes a `bp_error *error`, it may be NULL, and *error is not touched on BP_OK, nor when its struct_size is
 * below 8. */
typedef struct bp_error {
  uint32_t struct_size; /* in: the room that the caller has, sizeof(bp_error); out: what the host wrote,
                           the smaller one of that room and of the size that the host knows */
  int32_t status;       /* a bp_status */
  bp_string reason;     /* the rejecting plugin's own code, else empty */
  bp_string message;    /* for people: the thing, what was wanted, what was found */
  bp_string details;    /* a JSON object, or empty */
  bp_string plugin;     /* the id of the plugin that caused it, or empty */
} bp_error;

/* What an operation does, one bit each. Frozen; new bits are only appended. */
#define BP_CREATE (UINT64_C(1) << 0)
#define BP_GET (UINT64_C(1) << 1)
#define BP_GET_REVISION (UINT64_C(1) << 2)
#define BP_LIST_REVISIONS (UINT64_C(1) << 3)
#define BP_SEARCH (UINT64_C(1) << 4)
#define BP_UPDATE (UINT64_C(1) << 5)
#define BP_MODIFY (UINT64_C(1) << 6)
#define BP_PATCH (UINT64_C(1) << 7)
#define BP_DELETE (UINT64_C(1) << 8)
#define BP_RESTORE (UINT64_C(1) << 9)
#define BP_PURGE (UINT64_C(1) << 10)
#define BP_SWITCH (UINT64_C(1) << 11)
#define BP_DUMP (UINT64_C(1) << 12)
#define BP_LOAD (UINT64_C(1) << 13)

/* Groups of actions. Frozen: an action that is added later is in none of them. */
#define BP_READ (BP_GET | BP_GET_REVISION | BP_LIST_REVISIONS | BP_SEARCH)
#define BP_WRITE (BP_CREATE | BP_UPDATE | BP_MODIFY | BP_PATCH)
#define BP_LIFECYCLE (BP_DELETE | BP_PURGE | BP_RESTORE | BP_SWITCH)
#define BP_BACKUP (BP_DUMP | BP_LOAD)
#define BP_MUTATE (BP_WRITE | BP_LIFECYCLE | BP_LOAD)
#define BP_FULL (BP_READ | BP_WRITE | BP_LIFECYCLE | BP_BACKUP)

/* When a handler runs, one bit each. BP_BEFORE decides; the others observe. */
#define BP_BEFORE UINT32_C(1)     /* before the operation stage; may reject, change and enlist */
#define BP_AFTER UINT32_C(2)      /* after the operation stage was reached, whatever came of it */
#define BP_ON_SUCCESS UINT32_C(4) /* after the commit */
#define BP_ON_FAILURE UINT32_C(8) /* when anything stopped it, denial and rejection included */

/* The state of a revision. Only a draft can be edited in place (BP_MODIFY). What a request asks for has values
 * of its own: see BP_KEEP_STATUS. */
#define BP_REVISION_STABLE UINT32_C(0)
#define BP_REVISION_DRAFT UINT32_C(1)

/* What has come of an operation so far. */
#define BP_PENDING UINT32_C(0)   /* before the operation stage */
#define BP_SUCCEEDED UINT32_C(1) /* committed, or read */
#define BP_FAILED UINT32_C(2)    /* see bp_operation.error */

/* ---- documents --------------------------------------------------------------------------------- */

/* A JSON document held by the host. Parsed at most once, when first asked into. Read-only. */
typedef struct bp_document bp_document;

/* A compiled JSON Pointer (RFC 6901): see bp_host.compile_pointer. */
typedef struct bp_pointer bp_pointer;

/* The kinds of a JSON value. Whole numbers that fit are integers; the rest are numbers. */
typedef enum bp_kind {
  BP_NULL = 0,
  BP_BOOLEAN = 1,
  BP_INTEGER = 2,  /* fits int64_t */
  BP_UNSIGNED = 3, /* above INT64_MAX, fits uint64_t */
  BP_NUMBER = 4,
  BP_STRING = 5,
  BP_ARRAY = 6,
  BP_OBJECT = 7
} bp_kind;

/* One value of a document. Frozen: it never grows. Valid as long as its document. */
typedef struct bp_value {
  uint32_t kind;          /* a bp_kind */
  uint32_t boolean;       /* BP_BOOLEAN: 0 or 1 */
  int64_t integer;        /* BP_INTEGER, and BP_UNSIGNED by its bits */
  double number;          /* BP_INTEGER, BP_UNSIGNED and BP_NUMBER, rounded if need be */
  bp_string string;       /* BP_STRING: its text, unescaped */
  uint64_t count;         /* BP_ARRAY, BP_OBJECT: the number of elements or members */
} bp_value;

/* Receives each element of an array, in their order, or each member of an object, in no order that is promised.
 * key is empty for arrays. key and *value are valid until it returns; copied, the value is valid as long as
 * the document, its string included. Return 0 to go on, anything else to stop. */
typedef int32_t (*bp_each_fn)(void *user_data, bp_string key, const bp_value *value);

/* ---- operations -------------------------------------------------------------------------------- */

/* One operation, as a handler sees it. Lent by the host until the handler returns. The host changes it only
 * inside op_replace and op_patch (input) and op_set_status (status), on the thread that calls them: after these
 * read the member anew. */
typedef struct bp_operation {
  uint32_t struct_size;
  uint32_t phase;           /* BP_BEFORE ... */
  uint64_t action;          /* exactly one of BP_CREATE ... */
  uint32_t outcome;         /* BP_PENDING, BP_SUCCEEDED, BP_FAILED */
  uint32_t status;          /* of the document: BP_REVISION_STABLE or BP_REVISION_DRAFT */
  uint32_t depth;           /* 0: asked for by a caller; n: by a plugin's handler, n levels down */
  uint32_t dry_run;         /* 1: nothing will be committed */
  int64_t time_us;          /* when it was accepted: microseconds since 1970-01-01 UTC */
  int64_t budget_us;        /* what this handler may take, in microseconds, at its call */
  bp_string operation_id;   /* UUIDv7 */
  bp_string correlation_id; /* shared by everything that one request from outside set off */
  bp_string causation_id;   /* the operation or event that set this one off, or empty */
  bp_string actor;          /* who asked: a caller's name, or "plugin:<id>" */
  bp_string tenant;         /* whose data, or empty */
  bp_string type;           /* the resource type */
  bp_string id;             /* of the resource; empty for search and dump */
  uint64_t revision;        /* the current revision: before the operation stage the one found,
                               after it the one that resulted; 0: none */
  uint64_t edit;            /* how often that revision was modified in place */
  const bp_document *input;    /* what is to be written, as the handlers before left it (BP_PATCH: the
                                  patched document); NULL when the action writes none */
  const bp_document *patch;    /* the caller's patch (action BP_PATCH), or NULL; an array: RFC 6902, an object:
                                  RFC 7396 */
  const bp_document *previous; /* the document found, or NULL */
  const bp_document *result;   /* the document that resulted (BP_SUCCEEDED), or NULL */
  const bp_error *error;       /* what stopped it (BP_FAILED), or NULL */
} bp_operation;

/* Handles an operation. user_data is the one given with the hook.
 * BP_OK: go on. BP_REJECTED (phase BP_BEFORE only): refused, for the reason given to bp_host.op_reject
 * if there was one. Any other value is a fault of this plugin, as BP_REJECTED is in another phase: for BP_BEFORE
 * the manifest's on_fault decides whether the operation fails, in the other phases it is logged and counted and
 * changes nothing. After a successful op_reject the operation is refused, whatever is returned. */
typedef int32_t (*bp_handler_fn)(void *user_data, const bp_operation *operation);

/* A handler and when it is to be called. It must lie within the metadata's hooks and the grants. Zero the struct,
 * then set what it needs. */
typedef struct bp_hook {
  uint32_t struct_size;
  uint32_t phases;        /* one or more of BP_BEFORE ... */
  uint64_t actions;       /* one or more of BP_CREATE ... */
  const bp_string *types; /* resource types; type_count 0, or "*" among them: every type */
  uint64_t type_count;
  bp_string name;         /* [A-Za-z0-9._~-]{1,128}, unique within the plugin; empty: the host numbers it */
  bp_handler_fn handler;  /* it and user_data: valid until destroy() returns */
  void *user_data;        /* handed to each call; may be NULL */
} bp_hook;

/* How a patch is written. */
#define BP_JSON_PATCH UINT32_C(0)  /* RFC 6902: an array of operations */
#define BP_MERGE_PATCH UINT32_C(1) /* RFC 7396: an object */

/* The status that a request asks for: not the numbers of BP_REVISION_STABLE and BP_REVISION_DRAFT. */
#define BP_KEEP_STATUS UINT32_C(0) /* as the resource is; create: stable */
#define BP_MAKE_STABLE UINT32_C(1)
#define BP_MAKE_DRAFT UINT32_C(2)

/* A resource operation asked for by a plugin. Zero the struct, then set what the action takes: any other member that
 * is not 0 or empty is BP_E_INVALID_ARGUMENT. */
typedef struct bp_request {
  uint32_t struct_size;
  uint32_t status;            /* create, update, modify, patch: BP_KEEP_STATUS, BP_MAKE_STABLE or BP_MAKE_DRAFT */
  uint64_t action;            /* any of BP_READ, BP_WRITE, BP_LIFECYCLE */
  bp_string type;
  bp_string id;               /* all but search. create by operate: empty for a new UUIDv7; op_enlist: never empty */
  bp_string document;         /* create, update, modify: the document; patch: the patch; JSON */
  uint32_t patch_format;      /* patch: BP_JSON_PATCH or BP_MERGE_PATCH */
  uint32_t conditional;       /* BP_WRITE but create, BP_LIFECYCLE: 1: only if expected_revision and expected_edit are
                                 the current ones; 0: whatever is there, and these two are 0 */
  uint64_t expected_revision;
  uint64_t expected_edit;
  uint64_t revision;          /* get_revision, switch: which one */
  bp_string query;            /* search: "filter=...&sort=...&limit=...", as over HTTP */
  bp_string idempotency_key;  /* BP_WRITE, BP_LIFECYCLE, by operate: or empty */
} bp_request;

/* The answer to a bp_request. Lent until the receiver returns. */
typedef struct bp_reply {
  uint32_t struct_size;
  uint32_t status;             /* of the revision: BP_REVISION_STABLE or BP_REVISION_DRAFT */
  uint64_t revision;
  uint64_t edit;
  bp_string type;
  bp_string id;
  const bp_document *document; /* the resource's document; search and list_revisions: the page, as
                                  over HTTP; NULL: none, as after purge */
  uint32_t deleted;            /* 1: deleted, and readable by restore only */
  uint32_t reserved;
  int64_t created_us, updated_us; /* microseconds since 1970-01-01 UTC */
  bp_string created_by, updated_by;
} bp_reply;

/* Receives the reply of a successful operation, once, before bp_host.operate returns. */
typedef void (*bp_receive_fn)(void *user_data, const bp_reply *reply);

/* ---- the host's table -------------------------------------------------------------------------- */

/* Receives one text, valid until it returns: of bp_host.document_text, of save in state.h. */
typedef void (*bp_text_fn)(void *user_data, bp_string text);

/* The host's handle of one loaded plugin: the first argument of the host's functions. */
typedef struct bp_self bp_self;

typedef enum bp_log_level {
  BP_LOG_TRACE = 0,
  BP_LOG_DEBUG = 1,
  BP_LOG_INFO = 2,
  BP_LOG_WARNING = 3,
  BP_LOG_ERROR = 4
} bp_log_level;

/* What the host offers. The table outlives the plugin. */
typedef struct bp_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* for people: what is there is told by struct_size */
  bp_string name;    /* "backplane" */
  bp_string version; /* of the host, semantic */

  /* A table of functions beyond the core, by name and revision ("backplane.events/1"), valid until
   * destroy() returns; NULL: this host does not offer it. [any] */
  const void *(*get_interface)(bp_self *self, bp_string name);

  /* Writes one line to the host's log, under the plugin's id. A level above BP_LOG_ERROR counts as that. [any] */
  void (*log)(bp_self *self, uint32_t level, bp_string message);

  /* Says why create, start, stop, save, load or a handler is about to return a fault, on the thread that runs it:
   * message for people, details a JSON object or empty. That thread's last word before the return counts: say it
   * after the last call to operate or publish, whose handlers may speak too. [any] */
  void (*fault)(bp_self *self, bp_string message, bp_string details);

  /* Registers a handler. Hooks are called in the order of the manifest, within a plugin in the order
   * registered. BP_E_DENIED: beyond the metadata or the grants. BP_E_INVALID_ARGUMENT: no phase, no
   * action, an unknown bit, no handler, a malformed name or one given twice. BP_E_TOO_LARGE: see Limits. [create] */
  int32_t (*add_hook)(bp_self *self, const bp_hook *hook, bp_error *error);

  /* Compiles a JSON Pointer, for handlers that are called often. Valid until destroy() returns; the
   * same text may give the same pointer. BP_E_INVALID_ARGUMENT: not a JSON Pointer. BP_E_TOO_LARGE: see Limits.
   * [any] */
  int32_t (*compile_pointer)(bp_self *self, bp_string text, const bp_pointer **out, bp_error *error);

  /* The plugin's section `config` of the manifest, checked against its schema; {} when there is none.
   * Valid until destroy() returns. [any] */
  const bp_document *(*config)(bp_self *self);

  /* The whole document as JSON text, valid as long as the document. Here and below a document is never
   * NULL. [any] */
  bp_string (*document_json)(const bp_document *document);

  /* The value at a compiled pointer, or at a pointer given as text. BP_E_NOT_FOUND: nothing is there. Of find
   * BP_E_INVALID_ARGUMENT: not a JSON Pointer, BP_E_TOO_LARGE: see Limits; no text comes with either. *out is written
   * on BP_OK only, and valid as long as the document. [any] */
  int32_t (*document_get)(const bp_document *document, const bp_pointer *pointer, bp_value *out);
  int32_t (*document_find)(const bp_document *document, bp_string pointer, bp_value *out);

  /* Calls `each` for every element or member of the array or object at the pointer. BP_OK also when `each`
   * stopped it. BP_E_NOT_FOUND: nothing is there, or a value of another kind. BP_E_INVALID_ARGUMENT: not a
   * JSON Pointer. [any] */
  int32_t (*document_each)(const bp_document *document, bp_string pointer, bp_each_fn each,
                           void *user_data);

  /* Hands the value at the pointer to `receive` as JSON text, valid until `receive` returns.
   * BP_E_NOT_FOUND: nothing is there. BP_E_INVALID_ARGUMENT: not a JSON Pointer. [any] */
  int32_t (*document_text)(const bp_document *document, bp_string pointer,
                           bp_text_fn receive, void *user_data);

  /* Refuses the operation. reason: a stable code of the plugin's own ([a-z0-9._-]{1,64}); message: for the
   * caller; details: a JSON object or empty. The handler then returns BP_REJECTED; the last call counts. A
   * rejection always rejects: whatever the handler returns after it, and whatever it does, it is no fault; a
   * malformed reason or malformed details are left out, nothing else.
   * BP_E_UNSUPPORTED: the phase is not BP_BEFORE. BP_E_CANCELLED: too late. [handler] */
  int32_t (*op_reject)(const bp_operation *operation, bp_string reason, bp_string message,
                       bp_string details);

  /* Replaces the document to be written, or applies a patch to it; operation->input is the new one
   * from here on, and the old one stays valid until the handler returns. The host checks the result again.
   * BP_E_INVALID_ARGUMENT: not JSON, not a patch, or not applicable. BP_E_TOO_LARGE. BP_E_UNSUPPORTED:
   * the phase is not BP_BEFORE, or the action writes no document. BP_E_CANCELLED: too late. [handler] */
  int32_t (*op_replace)(const bp_operation *operation, bp_string document, bp_error *error);
  int32_t (*op_patch)(const bp_operation *operation, uint32_t patch_format, bp_string patch,
                      bp_error *error);

  /* Sets the status of the revision to be written. Outcomes as op_replace. [handler] */
  int32_t (*op_set_status)(const bp_operation *operation, uint32_t status, bp_error *error);

  /* Adds a write to this operation's unit of work: it is committed with it or not at all, and fires no
   * hooks of its own. Checked at once (grants, type, id, schema), with the rest at the commit.
   * A create too names its id, chosen by the plugin: no answer comes back that could tell one.
   * BP_E_UNSUPPORTED: the phase is not BP_BEFORE, the operation is not one of BP_WRITE or BP_LIFECYCLE, or the
   * request is not one of create, update, modify, delete, restore. BP_E_INVALID_ARGUMENT: malformed; the id is
   * empty; query or idempotency_key is not. BP_E_DENIED, BP_E_INVALID_DOCUMENT, BP_E_TOO_LARGE.
   * BP_E_CANCELLED: too late. [handler] */
  int32_t (*op_enlist)(const bp_operation *operation, const bp_request *request, bp_error *error);

  /* Microseconds that this handler still has; 0: none, or the host went on without it. [handler] */
  int64_t (*op_remaining_us)(const bp_operation *operation);

  /* Runs an operation of its own, hooks and all, as actor "plugin:<id>", within the plugin's grants, and
   * returns when it is done. Its hooks may be this plugin's: they are called on this thread before operate
   * returns, also when the plugin is serial, so hold no lock across it.
   * cause: the operation being handled, or NULL. The new operation inherits its tenant, its correlation, one
   * more than its depth and what is left of its budget. Inside a handler NULL stands for that handler's own
   * operation, so that nothing escapes the limits; on a thread of the plugin's own there is none to inherit from.
   * BP_OK: receive (may be NULL) was called with the reply. Otherwise the reason is in error; BP_REJECTED: another
   * plugin refused it. BP_E_INVALID_ARGUMENT: malformed, or cause is not the operation that this thread handles.
   * BP_E_TIMEOUT: the handler's time is up. BP_E_CANCELLED: the operation went on without this handler.
   * BP_E_DEPTH_EXCEEDED: nested too deeply. BP_E_UNSUPPORTED: in a dry run (cause->dry_run), anything that is not
   * one of BP_READ. BP_E_UNAVAILABLE: the host is starting, stopping or overloaded, or a plugin on the way is being
   * reloaded. Those of the action: BP_E_DENIED, BP_E_NOT_FOUND, BP_E_ALREADY_EXISTS, BP_E_CONFLICT,
   * BP_E_PRECONDITION_FAILED, BP_E_INVALID_DOCUMENT, BP_E_TOO_LARGE, BP_E_PLUGIN_FAULT, BP_E_STORAGE. [any] */
  int32_t (*operate)(bp_self *self, const bp_operation *cause, const bp_request *request,
                     bp_receive_fn receive, void *user_data, bp_error *error);
} bp_host;

/* ---- the plugin's table ------------------------------------------------------------------------ */

/* What a plugin offers. Static: valid as long as the library is loaded. Which threads call these: see Threads. */
typedef struct bp_plugin {
  uint32_t struct_size;
  uint32_t abi_minor; /* BP_ABI_MINOR of the header it was built with; for people: struct_size tells what is there */

  /* Makes an instance and registers its hooks. host and self are valid until destroy() returns. On a
   * status other than BP_OK (say why by host->fault) nothing was made and nothing else is called. In a reload the
   * instance before this one is still at work: take what only one of them can have (a port, a lock) in start; but
   * a plugin whose metadata says "overlap" is started while the one before it still runs, and can have no such thing. */
  int32_t (*create)(const bp_host *host, bp_self *self, void **instance);

  /* Called when the whole plugin is in place and before its first handler; and again after stop, when the
   * successor of this instance could not take over: it then serves on. After a status other than BP_OK (say why by
   * host->fault) destroy comes next, without stop. May be NULL. */
  int32_t (*start)(void *instance);

  /* Called after the last handler has returned. Ends the plugin's own threads and gives back what it holds
   * outside, and leaves the instance such that start works again. Either start or destroy comes next, also after a
   * status other than BP_OK: that is logged, and a reload does not take place. May be NULL. */
  int32_t (*stop)(void *instance);

  /* Frees the instance. Called once after a successful create, unless a call into the instance never returned or the
   * process ends at once. */
  void (*destroy)(void *instance);

  /* A table of functions beyond the core that this plugin offers to the host, by name and revision
   * ("backplane.state/1"), or NULL; valid until destroy() returns, and the same each time. May be NULL. Called on any
   * thread of the host's, after create() and before destroy(), not while create, start, stop or destroy runs; handlers
   * may be running. */
  const void *(*get_interface)(void *instance, bp_string name);
} bp_plugin;

/* The one symbol a plugin exports: a library with another export, or with a symbol that the loader keeps unique in
 * the process (STB_GNU_UNIQUE), is refused. Hide the rest by a version script ({ global: backplane_plugin_1; local: *; };)
 * and compile with -fvisibility=hidden, C++ with -fno-gnu-unique too; the CMake package does. NULL: it cannot run here.
 * Called once per load. */
#define BP_EXPORT __attribute__((visibility("default")))
BP_EXPORT const bp_plugin *backplane_plugin_1(void);

/* ---- metadata ---------------------------------------------------------------------------------- */

/*
 * BP_PLUGIN_METADATA({ "id": "title-check", "version": "1.0.0", ... })
 *
 * Once per plugin, at file scope. Its argument is a JSON object, written as it is:
 *
 *   id             [a-z0-9][a-z0-9-]{0,63}, required
 *   version        semantic, required
 *   description    a sentence
 *   license, homepage
 *   hooks          [{ "phases": ["before"], "actions": ["create", "write"], "types": ["*"] }]
 *   events         { "publish": ["audit.*"], "subscribe": ["order.>"] }
 *   requires       ["backplane.events/1", "backplane.state/1", "abi/1.0"]: what it cannot do without, texts of 1 to 128
 *                  bytes, at least one. A host that does not offer one of them, or does not know what it says, refuses
 *                  the file before any of its code runs
 *   grants         what it needs in order to work, as in the manifest: { "resources": { "note": ["read"] },
 *                  "hooks": { "note": ["write"] }, "publish": ["audit.*"], "subscribe": ["order.>"] }
 *   config_schema  a JSON Schema for its section `config` of the manifest
 *   threading      "concurrent" (default) or "serial"
 *   state_schema   the version of the state that it hands over on reload, a whole number: see state.h
 *   overlap        true: in a reload the new build's handlers may be called while some of the old one's still run,
 *                  so that nothing waits; start() of the new build is called before stop() of the old one. Not
 *                  together with a state_schema. Default: false
 *   unload         what becomes of its code after destroy(). "park" (default): it stays in memory, since the host
 *                  cannot see what may still lead into it: detached threads, destructors of thread-local
 *                  variables, pointers given to other libraries. "close": nothing does, and the host unmaps it
 *
 * A member that the host does not know is told of and ignored. What hooks and events say is the most that the plugin
 * may register. The ABI version is added by the macro. The text lies in an ELF note: section .note.backplane, owner
 * "backplane", type 1; head and owner take 24 bytes, so that the text begins at the same place whether the linker
 * aligns notes by 4 or by 8.
 */
#define BP_NOTE_SECTION ".note.backplane"
#define BP_NOTE_OWNER "backplane"
#define BP_NOTE_TYPE 1

#define BP_TEXT_(...) #__VA_ARGS__
#define BP_TEXT_EXPANDED_(x) BP_TEXT_(x)

#if defined(__has_attribute)
#if __has_attribute(retain)
#define BP_KEEP_ __attribute__((used, retain))
#endif
#endif
#ifndef BP_KEEP_
#define BP_KEEP_ __attribute__((used))
#endif

#define BP_PLUGIN_METADATA(...)                                                                    \
  BP_PLUGIN_METADATA_TEXT_("{\"abi\":\"" BP_TEXT_EXPANDED_(BP_ABI_MAJOR) "." BP_TEXT_EXPANDED_(    \
      BP_ABI_MINOR) "\",\"metadata\":" #__VA_ARGS__ "}")
#define BP_PLUGIN_METADATA_TEXT_(json)                                                             \
  static const struct {                                                                            \
    uint32_t namesz, descsz, type;                                                                 \
    char name[(sizeof(BP_NOTE_OWNER) + 3u) / 4u * 4u];                                             \
    char desc[(sizeof(json) + 3u) / 4u * 4u];                                                      \
  } bp_note_ __attribute__((section(BP_NOTE_SECTION), aligned(4))) BP_KEEP_ = {                    \
      sizeof(BP_NOTE_OWNER), sizeof(json), BP_NOTE_TYPE, BP_NOTE_OWNER, json}

/* ---- frozen layout ----------------------------------------------------------------------------- */

/* Released offsets and sizes, 64-bit. DO NOT CHANGE ANY LINE BELOW: append the new members' lines only. A member of 4
 * bytes is appended together with another one, or with one that is reserved: padding at the end of a struct would count
 * as a member's place already. */
#if defined(__cplusplus)
#define BP_FROZEN_(type, member, offset) \
  static_assert(offsetof(type, member) == (offset), "frozen: " #type "." #member)
#define BP_FROZEN_SIZE_(type, size) static_assert(sizeof(type) == (size), "frozen: the size of " #type)
#else
#define BP_FROZEN_(type, member, offset) \
  _Static_assert(offsetof(type, member) == (offset), "frozen: " #type "." #member)
#define BP_FROZEN_SIZE_(type, size) _Static_assert(sizeof(type) == (size), "frozen: the size of " #type)
#endif

/* These two carry no struct_size: they never grow. */
BP_FROZEN_SIZE_(bp_string, 16);
BP_FROZEN_SIZE_(bp_value, 48);
BP_FROZEN_(bp_string, data, 0);
BP_FROZEN_(bp_string, size, 8);
BP_FROZEN_(bp_error, struct_size, 0);
BP_FROZEN_(bp_error, status, 4);
BP_FROZEN_(bp_error, reason, 8);
BP_FROZEN_(bp_error, message, 24);
BP_FROZEN_(bp_error, details, 40);
BP_FROZEN_(bp_error, plugin, 56);
BP_FROZEN_(bp_value, kind, 0);
BP_FROZEN_(bp_value, boolean, 4);
BP_FROZEN_(bp_value, integer, 8);
BP_FROZEN_(bp_value, number, 16);
BP_FROZEN_(bp_value, string, 24);
BP_FROZEN_(bp_value, count, 40);
BP_FROZEN_(bp_operation, struct_size, 0);
BP_FROZEN_(bp_operation, phase, 4);
BP_FROZEN_(bp_operation, action, 8);
BP_FROZEN_(bp_operation, outcome, 16);
BP_FROZEN_(bp_operation, status, 20);
BP_FROZEN_(bp_operation, depth, 24);
BP_FROZEN_(bp_operation, dry_run, 28);
BP_FROZEN_(bp_operation, time_us, 32);
BP_FROZEN_(bp_operation, budget_us, 40);
BP_FROZEN_(bp_operation, operation_id, 48);
BP_FROZEN_(bp_operation, correlation_id, 64);
BP_FROZEN_(bp_operation, causation_id, 80);
BP_FROZEN_(bp_operation, actor, 96);
BP_FROZEN_(bp_operation, tenant, 112);
BP_FROZEN_(bp_operation, type, 128);
BP_FROZEN_(bp_operation, id, 144);
BP_FROZEN_(bp_operation, revision, 160);
BP_FROZEN_(bp_operation, edit, 168);
BP_FROZEN_(bp_operation, input, 176);
BP_FROZEN_(bp_operation, patch, 184);
BP_FROZEN_(bp_operation, previous, 192);
BP_FROZEN_(bp_operation, result, 200);
BP_FROZEN_(bp_operation, error, 208);
BP_FROZEN_(bp_hook, struct_size, 0);
BP_FROZEN_(bp_hook, phases, 4);
BP_FROZEN_(bp_hook, actions, 8);
BP_FROZEN_(bp_hook, types, 16);
BP_FROZEN_(bp_hook, type_count, 24);
BP_FROZEN_(bp_hook, name, 32);
BP_FROZEN_(bp_hook, handler, 48);
BP_FROZEN_(bp_hook, user_data, 56);
BP_FROZEN_(bp_request, struct_size, 0);
BP_FROZEN_(bp_request, status, 4);
BP_FROZEN_(bp_request, action, 8);
BP_FROZEN_(bp_request, type, 16);
BP_FROZEN_(bp_request, id, 32);
BP_FROZEN_(bp_request, document, 48);
BP_FROZEN_(bp_request, patch_format, 64);
BP_FROZEN_(bp_request, conditional, 68);
BP_FROZEN_(bp_request, expected_revision, 72);
BP_FROZEN_(bp_request, expected_edit, 80);
BP_FROZEN_(bp_request, revision, 88);
BP_FROZEN_(bp_request, query, 96);
BP_FROZEN_(bp_request, idempotency_key, 112);
BP_FROZEN_(bp_reply, struct_size, 0);
BP_FROZEN_(bp_reply, status, 4);
BP_FROZEN_(bp_reply, revision, 8);
BP_FROZEN_(bp_reply, edit, 16);
BP_FROZEN_(bp_reply, type, 24);
BP_FROZEN_(bp_reply, id, 40);
BP_FROZEN_(bp_reply, document, 56);
BP_FROZEN_(bp_reply, deleted, 64);
BP_FROZEN_(bp_reply, reserved, 68);
BP_FROZEN_(bp_reply, created_us, 72);
BP_FROZEN_(bp_reply, updated_us, 80);
BP_FROZEN_(bp_reply, created_by, 88);
BP_FROZEN_(bp_reply, updated_by, 104);
BP_FROZEN_(bp_host, struct_size, 0);
BP_FROZEN_(bp_host, abi_minor, 4);
BP_FROZEN_(bp_host, name, 8);
BP_FROZEN_(bp_host, version, 24);
BP_FROZEN_(bp_host, get_interface, 40);
BP_FROZEN_(bp_host, log, 48);
BP_FROZEN_(bp_host, fault, 56);
BP_FROZEN_(bp_host, add_hook, 64);
BP_FROZEN_(bp_host, compile_pointer, 72);
BP_FROZEN_(bp_host, config, 80);
BP_FROZEN_(bp_host, document_json, 88);
BP_FROZEN_(bp_host, document_get, 96);
BP_FROZEN_(bp_host, document_find, 104);
BP_FROZEN_(bp_host, document_each, 112);
BP_FROZEN_(bp_host, document_text, 120);
BP_FROZEN_(bp_host, op_reject, 128);
BP_FROZEN_(bp_host, op_replace, 136);
BP_FROZEN_(bp_host, op_patch, 144);
BP_FROZEN_(bp_host, op_set_status, 152);
BP_FROZEN_(bp_host, op_enlist, 160);
BP_FROZEN_(bp_host, op_remaining_us, 168);
BP_FROZEN_(bp_host, operate, 176);
BP_FROZEN_(bp_plugin, struct_size, 0);
BP_FROZEN_(bp_plugin, abi_minor, 4);
BP_FROZEN_(bp_plugin, create, 8);
BP_FROZEN_(bp_plugin, start, 16);
BP_FROZEN_(bp_plugin, stop, 24);
BP_FROZEN_(bp_plugin, destroy, 32);
BP_FROZEN_(bp_plugin, get_interface, 40);

#ifdef __cplusplus
}
#endif

#endif /* BACKPLANE_H */
