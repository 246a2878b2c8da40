/*
 * state.h - "backplane.state/1": handing a plugin's state over to its next build, beyond the core of backplane.h
 *
 *   bp_plugin.get_interface(instance, BP_STATE_NAME) returns a bp_state   (NULL: this plugin has none to hand over)
 *
 * A plugin that keeps something in memory which a reload must not lose offers this interface and says "state_schema" in
 * its metadata: the version of the bytes that save() writes. It is asked for it once, after create(), where it is loaded:
 * with a state_schema and without the interface it does not load, without a state_schema it is not asked for. The rules of
 * backplane.h hold here.
 *
 *   Reload    new: create()
 *             old: its handlers are held back, the last one returns, stop(), save()
 *             new: load(), start(), its handlers are called
 *             old: destroy()
 *   Failure   Whatever fails from stop() on: the new instance is destroyed, start() of the old one is called again and
 *             its handlers are called on. It has lost nothing, as save() takes nothing away from it. But where stop() or
 *             save() of the old one does not return within the manifest's reload.stop, nothing of it is called any more,
 *             whether it comes back or not; the next reload gives the new build what was saved last.
 *   Restart   What was saved last is kept on disk too, and load() is given it when the host starts. At an orderly end of
 *             the host save() is called after stop() as well.
 *   Content   Bytes of the plugin's own: the host does not look into them. They need not be UTF-8, and none at all is a
 *             state. Another build reads them, maybe an older one: write no pointer and no struct with padding.
 *   Limits    A state reload.max_state of the manifest, 16 MiB unless it says otherwise; a larger one fails the reload.
 *   Threads   save and load run on threads of the host's, as create, start, stop and destroy do: never two of them at
 *             once, and each happens before the next. No handler of the instance is running. Do not ask for operations
 *             or publish there: what would reach this plugin's handlers waits for the reload to end.
 */
#ifndef BACKPLANE_STATE_H
#define BACKPLANE_STATE_H

#include <backplane/backplane.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BP_STATE_NAME "backplane.state/1"

/* What a plugin offers in order to hand its state over. Static: valid as long as the library is loaded. */
typedef struct bp_state {
  uint32_t struct_size;
  uint32_t reserved;

  /* Hands the state to receive, once, before it returns; the bytes are copied before receive returns. Called after the
   * last handler returned and after stop() returned BP_OK, before destroy(): in a reload, and when the host ends. The
   * instance may be started again afterwards, so it keeps what it has.
   * BP_OK: receive was called. Any other value (say why by bp_host.fault), and BP_OK without a call or after a second
   * one, is a fault of this plugin: the reload fails. */
  int32_t (*save)(void *instance, bp_text_fn receive, void *user_data);

  /* Takes over a state, valid until load returns. Called after create() and before start(), at most once, and only when
   * there is a state to take over. schema: the metadata's state_schema of the build that saved it, which may be older or
   * newer than this one.
   * BP_E_UNSUPPORTED: not a schema that it can read. BP_E_INVALID_ARGUMENT: not what save() writes. After any value other
   * than BP_OK (say why by bp_host.fault) the instance is destroyed, without start() and stop(), and the reload fails;
   * at the host's start the plugin is left out, or is fatal, as the manifest says. */
  int32_t (*load)(void *instance, uint64_t schema, bp_string state);
} bp_state;

/* Released offsets, 64-bit. DO NOT CHANGE ANY LINE BELOW: append the new members' lines only. */
BP_FROZEN_(bp_state, struct_size, 0);
BP_FROZEN_(bp_state, reserved, 4);
BP_FROZEN_(bp_state, save, 8);
BP_FROZEN_(bp_state, load, 16);

#ifdef __cplusplus
}
#endif

#endif /* BACKPLANE_STATE_H */
