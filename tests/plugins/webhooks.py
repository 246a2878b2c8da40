#!/usr/bin/env python3
"""The plugin webhooks in hosts that serve, spoken to over HTTP, delivering to a server on loopback: one line a step.

usage: webhooks.py --program backplane --plugins DIR
"""

import argparse
import os
import pathlib
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
CONFIG = HERE.parent.parent / "config"
sys.path.insert(0, str(HERE.parent / "smoke"))

from expect import Report, answered, holds, problem, same
from hook_server import HookServer
from served_host import ServedHost

ENDPOINTS = "/v1/resources/webhook_endpoint"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MANIFEST = """version: 1
data_dir: ./data
resources:
  - type: note
  - {{ type: webhook_endpoint, schema: {schemas}/webhook_endpoint.json }}
plugin_dirs: ["{plugins}"]
operations: {{ budget: 40s }}
plugins:
  - id: webhooks
    library: webhooks
    config: {{ allow_private: {allow_private}, timeout_ms: 30000, retry_seconds: {retry_seconds} }}
    deadline: 40s
    grants:
      resources: {{ webhook_endpoint: [search, get, patch] }}
      hooks: {{ webhook_endpoint: [write] }}
      subscribe: ["*"]
      publish: [webhook.delivery]
"""


class Stage:
    """A folder with a manifest, for hosts one after another."""

    def __init__(self, options, folder, allow_private="true", retry_seconds="[1, 1]"):
        self.options, self.folder = options, str(folder)
        self.manifest = pathlib.Path(folder) / "backplane.yaml"
        os.makedirs(folder, exist_ok=True)
        self.manifest.write_text(MANIFEST.format(
            schemas=CONFIG / "schemas", plugins=os.path.abspath(options.plugins),
            allow_private=allow_private, retry_seconds=retry_seconds))

    def host(self):
        return ServedHost(self.options.program, str(self.manifest), self.folder)


def put(host, name, url, **members):
    body = {"url": url, "secret": SECRET, **members}
    return answered(201, host.call("POST", ENDPOINTS, body, query={"id": name})).json["data"]


def publish(host, event_type, payload=None, **members):
    return answered(201, host.call("POST", "/v1/events", {"event_type": event_type, "payload": payload or {}, **members})).json


def wait_until(host, what, condition):
    """Asks the host again and again."""
    for _ in range(100000):
        found = condition(host)
        if found:
            return found
        if host.process.poll() is not None:
            break
    raise AssertionError(f"wanted {what}, found none; the log\n{host.log_text()}")


def delivered(host, hooks):
    put(host, "shop", hooks.url + "/ok", events=["order.>"])
    told = publish(host, "order.paid", {"order": "o1", "note": "\u00fcber \u20ac"}, key="o1")
    hook = hooks.received("/ok")[0]
    holds(hook.is_signed_by(SECRET), "a signature of the secret", hook.fields)
    same("application/cloudevents+json", hook.fields["content-type"])
    event = hook.event
    same(("1.0", told["event_id"], "order.paid", "o1", "http", {"order": "o1", "note": "\u00fcber \u20ac"}),
         tuple(event[name] for name in ("specversion", "id", "type", "subject", "source", "data")))
    listed = answered(200, host.call("GET", "/v1/events", query={"type": "order.paid"})).json["items"][0]
    same((listed["timestamp"], listed["correlation_id"]), (event["time"], event["correlationid"]))


def made_secret(host, hooks):
    answer = answered(201, host.call("POST", ENDPOINTS, {"url": hooks.url + "/made", "events": ["made.*"]}, query={"id": "made"}))
    publish(host, "made.up")
    hook = hooks.received("/made")[0]
    holds(hook.is_signed_by(answer.json["data"]["secret"]), "a signature of the secret that the answer told", hook.fields)


def refused_endpoint(host):
    found = problem(422, "rejected", host.call("POST", ENDPOINTS, {"url": "file:///etc/passwd"}))
    same(("webhook.url", "webhooks"), (found["reason"], found["plugin"]))
    answer = host.call("POST", ENDPOINTS, {"url": "https://example.org/", "secret": "not-much-of-a-secret"})
    same("webhook.secret", problem(422, "rejected", answer)["reason"])
    holds(b"not-much" not in answer.body, "an answer without the secret", answer)


def fails_first(host, hooks):
    put(host, "flaky", hooks.url + "/fails-once", events=["flaky.*"])
    publish(host, "flaky.one")
    first, second = hooks.received("/fails-once", 2)
    same(first.id, second.id, "webhook-id")
    same(first.body, second.body, "body")
    holds(second.at - first.at >= 0.9, "a second between them", second.at - first.at)
    holds(first.is_signed_by(SECRET) and second.is_signed_by(SECRET), "both signed", second.fields)


def busy(host, hooks):
    put(host, "busy", hooks.url + "/busy", events=["busy.*"])
    publish(host, "busy.one")
    first, second = hooks.received("/busy", 2)
    holds(second.at - first.at >= 2.9, "3 s between them, as Retry-After says", second.at - first.at)


def gone(host, hooks):
    put(host, "gone", hooks.url + "/gone", events=["gone.*"])
    publish(host, "gone.one")
    hooks.received("/gone")
    wait_until(host, "a disabled endpoint", lambda it: it.call("GET", ENDPOINTS + "/gone").json["data"].get("enabled") is False)
    resource = answered(200, host.call("GET", ENDPOINTS + "/gone")).json
    same(("plugin:webhooks", 2), (resource["updated_by"], resource["revision"]))


def hangs(host, hooks, released):
    put(host, "hangs", hooks.url + "/hangs", events=["slow.*"])
    put(host, "quick", hooks.url + "/quick", events=["quick.*"])
    for number in range(12):
        publish(host, "slow.one", key=f"k{number}")
    hooks.received("/hangs")
    for number in range(12):
        publish(host, "quick.one", key=f"k{number}")
    hooks.received("/quick", 12)
    same(1, len(hooks.so_far("/hangs")), "requests to the one that hangs, by then")
    released.set()
    same(12, len(hooks.webhooks("/hangs", 12)), "webhooks in the end")


def in_order(host, hooks):
    put(host, "order", hooks.url + "/in-order", events=["step.*"])
    for number in range(20):
        publish(host, "step.done", {"number": number}, key="one")
    hooks.received("/in-order", 21)  # the first one fails once
    numbers = [hook.event["data"]["number"] for hook in hooks.so_far("/in-order")]
    same([0] + list(range(20)), numbers)


def of_tenant(host, hooks):
    answered(201, host.call("POST", ENDPOINTS, {"url": hooks.url + "/acme", "secret": SECRET}, query={"id": "acme"}, x_tenant="acme"))
    answered(201, host.call("POST", "/v1/events", {"event_type": "tenant.other", "payload": {}}, x_tenant="umbrella"))
    answered(201, host.call("POST", "/v1/events", {"event_type": "tenant.own", "payload": {}}, x_tenant="acme"))
    same(["tenant.own"], [hook.event["type"] for hook in hooks.received("/acme")])


def dead_letter(host, hooks):
    put(host, "down", hooks.url + "/down?token=in-the-url", events=["down.*"])
    publish(host, "down.one")
    letter = wait_until(host, "a dead letter", lambda it: it.call("GET", "/v1/dead-letters").json["items"])[0]
    same(("webhooks/deliveries", 3, "endpoint down: answered 500"), (letter["subscription"], letter["attempts"], letter["error"]))
    hooks.answers["/down?token=in-the-url"] = lambda _: 200
    answered(200, host.call("POST", f"/v1/dead-letters/{letter['id']}/redrive"))
    hook = hooks.received("/down?token=in-the-url", 4)[-1]
    same("down.one", hook.event["type"])


def untold(host, hooks):
    """Changes of endpoints are told to nobody: they hold secrets."""
    put(host, "all", hooks.url + "/all", events=["*"])
    answered(200, host.call("PATCH", ENDPOINTS + "/shop", {"secret": "whsec_" + "A" * 32}, content_type="application/merge-patch+json"))
    answered(201, host.call("POST", "/v1/resources/note", {"title": "told"}, query={"id": "told"}))
    same([("resource.created", {"resource": "note", "item_id": "told"})],
         [(hook.event["type"], hook.event["data"]) for hook in hooks.received("/all")])


def kept_secrets(host):
    letters = answered(200, host.call("GET", "/v1/dead-letters")).body
    deliveries = answered(200, host.call("GET", "/v1/events", query={"type": "webhook.>", "limit": 1000})).body
    holds(b"webhook.delivery" in deliveries, "deliveries in the event log", deliveries)
    for text in (host.log_text().encode(), letters, deliveries):
        holds(SECRET[6:].encode() not in text and b"in-the-url" not in text, "neither a secret nor a URL", text)


def ends(host):
    same(0, host.terminate(), "exit code")


def private_address(options, folder, hooks):
    with Stage(options, folder, allow_private="false").host() as host:
        put(host, "inside", hooks.url + "/inside")
        publish(host, "order.paid")
        letter = wait_until(host, "a dead letter", lambda it: it.call("GET", "/v1/dead-letters").json["items"])[0]
        same("endpoint inside: its address is not a public one (allow_private)", letter["error"])
        same([], hooks.so_far("/inside"))
        ends(host)


def as_shipped(options, folder, hooks):
    """By the manifest of the tree, whose grants are all that the plugin has."""
    os.makedirs(folder)
    os.environ["BACKPLANE_WEBHOOKS_PRIVATE"] = "true"
    with ServedHost(options.program, str(CONFIG / "backplane.yaml"), str(folder), ["--data-dir", "data"], options.plugins) as host:
        secret = answered(201, host.call("POST", ENDPOINTS, {"url": hooks.url + "/shipped"}, query={"id": "shipped"})).json["data"]["secret"]
        answered(201, host.call("POST", "/v1/resources/note", {"title": "Told"}, query={"id": "n1"}))
        hook = hooks.received("/shipped")[0]
        holds(hook.is_signed_by(secret), "a signature of the secret that the answer told", hook.fields)
        same(("resource.created", {"resource": "note", "item_id": "n1"}), (hook.event["type"], hook.event["data"]))
        hooks.answers["/shipped"] = lambda _: 410
        publish(host, "order.paid")
        wait_until(host, "a disabled endpoint", lambda it: it.call("GET", ENDPOINTS + "/shipped").json["data"].get("enabled") is False)
        ends(host)


def restarted(options, folder, hooks, path, end):
    """Between the attempt that fails and the next one the host ends, and another takes its place."""
    stage = Stage(options, folder, retry_seconds="[2, 2, 2]")
    with stage.host() as host:
        put(host, "later", hooks.url + path, events=["order.*"])
        told = publish(host, "order.paid", {"order": "o1"})
        hooks.received(path)
        end(host)
    hooks.answers[path] = lambda _: 200
    with stage.host() as host:
        first, second = hooks.received(path, 2)[:2]
        same((first.id, first.body, told["event_id"]), (second.id, second.body, second.event["id"]))
        ends(host)


def play(options, folder, report):
    released = threading.Event()

    def hang(number):
        if number == 0:
            released.wait(60)
        return 200

    ok = lambda _: 200
    fails_once = lambda number: 500 if number == 0 else 200
    hooks = HookServer({
        "/ok": ok, "/made": ok, "/quick": ok, "/acme": ok, "/all": ok, "/inside": ok, "/shipped": ok, "/hangs": hang,
        "/fails-once": fails_once, "/in-order": fails_once, "/gone": lambda _: 410, "/down?token=in-the-url": lambda _: 500,
        "/busy": lambda number: (429, {"retry-after": "3"}) if number == 0 else 200,
        "/after-term": lambda _: 503, "/after-kill": lambda _: 503})
    with Stage(options, folder / "one").host() as host:
        report.step("an event is delivered by a POST that is signed", delivered, host, hooks)
        report.step("an endpoint without a secret is given one", made_secret, host, hooks)
        report.step("a bad endpoint is refused", refused_endpoint, host)
        report.step("what fails comes again with the same id", fails_first, host, hooks)
        report.step("Retry-After is waited for", busy, host, hooks)
        report.step("410 disables the endpoint", gone, host, hooks)
        report.step("one that hangs keeps no other waiting", hangs, host, hooks, released)
        report.step("events of one key arrive in order, also when one fails", in_order, host, hooks)
        report.step("each tenant's endpoints are told of its own events", of_tenant, host, hooks)
        report.step("after the last attempt it is a dead letter, which can be redriven", dead_letter, host, hooks)
        report.step("changes of endpoints are told to nobody", untold, host, hooks)
        report.step("secrets and URLs are in no log, no dead letter and no event", kept_secrets, host)
        report.step("SIGTERM ends the host with exit code 0", ends, host)
        if report.failed:
            print("---- log\n" + host.log_text())
    report.step("an address that is not public is not connected to", private_address, options, folder / "two", hooks)
    report.step("what failed before SIGTERM is delivered after a restart", restarted, options, folder / "three", hooks, "/after-term", ends)
    report.step("what failed before kill -9 is delivered after a restart", restarted, options, folder / "four", hooks, "/after-kill",
                lambda host: host.kill())
    report.step("the manifest that is shipped delivers", as_shipped, options, folder / "five", hooks)
    hooks.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--plugins", required=True)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-webhooks-") as folder:
        play(options, pathlib.Path(folder), report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
