#!/usr/bin/env python3
"""Plays the whole scenario against hosts of its own through the public API and the CLI: one line a step.

Exit code 0 when everything is as wanted, 1 when anything differs.
"""

import argparse
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True

import event_scenario
import scenario
from expect import Report, answered, holds, same
from served_host import ServedHost

# Each at least once in the audit trail of the scenario: action, outcome, error, reason, plugin.
AUDITED = [(action, "succeeded", None, None, None) for action in
           ("create", "update", "patch", "modify", "delete", "restore", "switch", "purge")] + [
    ("create", "failed", "rejected", "title.blank", "title-check"),
    ("create", "failed", "already_exists", None, None),
    ("update", "failed", "precondition_failed", None, None),
    ("modify", "failed", "conflict", None, None),
    ("patch", "failed", "conflict", None, None),
]


def audit_lines(host):
    with open(os.path.join(host.folder, "audit.ndjson"), encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def audit(host):
    lines = audit_lines(host)
    found = {tuple(line.get(name) for name in ("action", "outcome", "error", "reason", "plugin")) for line in lines}
    for wanted in AUDITED:
        holds(wanted in found, f"an audit line {wanted}", sorted(map(str, found)))
    rejected = [line for line in lines if line.get("reason") == "title.blank"]
    same(["bob"], [line["actor"] for line in rejected], "who was rejected")
    trimmed = [line for line in lines if line["action"] == "update" and line["outcome"] == "succeeded" and line["id"] == "first"]
    same({"/title": {"old": "First", "new": "First again"}, "/priority": {"old": 1, "new": 3}}, trimmed[0].get("changes"), "the diff")
    holds(not any(line["id"] == "never" and line["outcome"] == "succeeded" and not line.get("dry_run") for line in lines),
          "no audit line of a change by a dry run", "one")


def frames(dump):
    """The frames of a dump but its first, which tells its time."""
    return dump.decode().splitlines()[1:]


def dump_and_load(first, second):
    dump = answered(200, first.call("GET", "/v1/dump")).body
    holds(len(frames(dump)) > 10, "a dump with frames", f"{len(dump)} bytes")
    same([], answered(200, second.call("GET", scenario.NOTES)).json["items"], "what the second host holds at first")
    loaded = answered(200, second.call("POST", "/v1/load", dump, content_type="application/x-ndjson", x_actor="loader"))
    same(len(frames(dump)) - 1, loaded.json.get("loaded"), "resources loaded")
    again = frames(answered(200, second.call("GET", "/v1/dump")).body)
    same(len(frames(dump)), len(again), "frames of the second host's dump")
    for wanted, found in zip(frames(dump), again):
        same(wanted, found, "a frame of the second host's dump")
    for path in ("/first", "/first/revisions", "/first/revisions/2", "/sketch"):
        same(answered(200, first.call("GET", scenario.NOTES + path)).json,
             answered(200, second.call("GET", scenario.NOTES + path)).json, path)


def load_is_audited(second):
    lines = audit_lines(second)
    holds(any(it["action"] == "load" and it["outcome"] == "succeeded" and it["id"] == "first" and it["actor"] == "loader" for it in lines),
          "an audit line of the load of first by loader", lines[:3])


def damaged_dump(first, second):
    dump = answered(200, first.call("GET", "/v1/dump")).body
    damaged = dump.replace(b"Branched", b"Brunched", 1)
    answer = second.call("POST", "/v1/load", damaged, query={"on_conflict": "skip"}, content_type="application/x-ndjson")
    holds(answer.status in (400, 422), "a refusal", answer)


def probes(host):
    answered(200, host.call("GET", "/healthz"))
    answered(200, host.call("GET", "/readyz"))
    holds(answered(200, host.call("GET", "/metrics")).body.startswith(b"#"), "Prometheus text", "something else")
    openapi = answered(200, host.call("GET", "/openapi.json")).json
    holds("/v1/resources/{type}/{id}" in openapi["paths"], "the route of get in openapi.json", sorted(openapi["paths"]))
    same(["title-check", "audit-log"], [it["id"] for it in answered(200, host.call("GET", "/v1/plugins")).json
                                        if it["id"] in ("audit-log", "title-check")], "plugins in the manifest's order")


def command_line(host):
    code, out, error = host.command("resource", "get", "note", "first", "--json")
    same(0, code, f"exit code of resource get ({error})")
    same(answered(200, host.call("GET", scenario.NOTES + "/first")).json, json.loads(out), "resource get --json")
    code, out, error = host.command("resource", "get", "note", "nowhere")
    holds(code != 0 and "nowhere" in error, "an error that names the note", (code, error))
    code, out, error = host.command("plugin", "list")
    holds(code == 0 and "title-check" in out and "audit-log" in out, "title-check and audit-log in plugin list", (code, out, error))
    code, out, error = host.command("plugin", "explain", "create", "note")
    holds(code == 0 and "title-check" in out and "before" in out, "title-check before create", (code, out, error))


def ends(host):
    same(0, host.terminate(), "exit code")


def play(program, manifest, plugins, patience):
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-smoke-") as folder:
        for name in ("first", "second"):
            os.mkdir(os.path.join(folder, name))

        def start(name):
            return ServedHost(program, os.path.abspath(manifest), os.path.join(folder, name), ["--data-dir", "data"], plugins, patience)

        with start("first") as first, start("second") as second:
            for name, step in scenario.STEPS + event_scenario.STEPS:
                report.step(name, step, first)
            report.step("dump, and load into an empty host", dump_and_load, first, second)
            report.step("a damaged dump is refused", damaged_dump, first, second)
            report.step("the audit trail has all of it, what was rejected and denied included", audit, first)
            report.step("the audit trail of the other host has the load", load_is_audited, second)
            report.step("probes, metrics, description, plugins", probes, first)
            report.step("the command line", command_line, first)
            report.step("SIGTERM ends the first host with exit code 0", ends, first)
            report.step("SIGTERM ends the second host with exit code 0", ends, second)
            if report.failed:
                print("---- log of the first host\n" + first.log_text() + "---- log of the second host\n" + second.log_text())
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="build/release/bin/backplane")
    parser.add_argument("--manifest", default="config/backplane.yaml")
    parser.add_argument("--plugins", help="where the sample plugins lie; default: plugins/ beside the program's folder")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for anything (default: 60)")
    given = parser.parse_args()
    plugins = given.plugins or os.path.join(os.path.dirname(os.path.abspath(given.program)), "..", "plugins")
    try:
        report = play(given.program, given.manifest, plugins, given.patience)
    except (AssertionError, OSError) as error:
        print(f"FAIL start the hosts: {error}")
        return 1
    print("every step is as wanted" if not report.failed else f"{report.failed} steps differ")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
