#!/usr/bin/env python3
"""Reloads as people ask for them: by SIGHUP, by the CLI and over HTTP. What is told, and by which exit code or status, and that whoever
fails leaves the old build answering.

usage: reloads.py --program backplane --fixtures DIR
"""
import argparse
import json
import signal
import sys
import tempfile

from counting_place import CountingPlace, build_of, note_of, until_built, until_logged
from expect import Report, answered, holds, same
from served_host import ServedHost

FAILED, UNREACHABLE, NOT_FOUND, CONFLICT, REFUSED, DENIED = 1, 3, 4, 5, 6, 7


def told(text, *parts):
    for part in parts:
        holds(part in text, repr(part), text)


def problem(status, code, answer):
    """The problem document, which is not that of an operation."""
    document = answered(status, answer).json
    same(code, document["code"], "code")
    return document


def by_signal(place, host):
    note_of(host)
    place.install("v2")
    host.process.send_signal(signal.SIGHUP)
    until_built(host, "v2")
    until_logged(host, "counting changed (file), generation 1 -> 2: done, gate ", "done in ")
    holds(note_of(host)["counts"]["before"] >= 3, "the counts of before", note_of(host))


def by_signal_that_fails(place, host):
    place.install("create_fails")
    host.process.send_signal(signal.SIGHUP)
    until_logged(host, "counting changed (file), generation 2", "step create: ", "no room for another one")
    same("v2", build_of(host))
    _, listed, _ = host.command("plugin", "list")
    told(listed, "counting", "running")
    _, listed, _ = host.command("plugin", "list", "--json")
    told(json.loads(listed)[0]["reload_error"], "step create", "no room for another one")
    place.install("v2")


def by_command(place, host):
    place.install("v1")
    code, out, err = host.command("plan")
    same((0, ""), (code, err))
    told(out, "counting: changed (file), ", "planned")
    same("v2", build_of(host), "after the plan")
    code, out, err = host.command("reload")
    same((0, ""), (code, err))
    told(out, "counting: changed (file), generation ", ", done, gate ", "drain", "stop", "save", "load", "start", "publish", "destroy",
         "the old generation is parked", "reloaded (")
    same("v1", build_of(host), "after the reload")


def nothing_differs(host):
    for command in ("plan", "reload"):
        code, out, err = host.command(command)
        same((0, ""), (code, err))
        holds(out.startswith("unchanged ("), "unchanged", out)
        code, out, err = host.command(command, "--json")
        found = json.loads(out)
        same((0, "", "unchanged", []), (code, err, found["outcome"], found["plugins"]))
    same("unchanged", answered(200, host.call("POST", "/v1/reload")).json["outcome"])


def in_json(place, host):
    place.install("more")
    code, out, _ = host.command("plan", "--json")
    same((0, "planned", ["planned"]), (code, json.loads(out)["outcome"], [one["outcome"] for one in json.loads(out)["plugins"]]))
    code, out, _ = host.command("reload", "--json")
    report = json.loads(out)
    same((0, "reloaded"), (code, report["outcome"]))
    (one,) = report["plugins"]
    same(("counting", "changed", ["file"], "done"), (one["id"], one["change"], one["reasons"], one["outcome"]))
    same(1, one["after"] - one["before"], "generations")
    holds({"drain", "stop", "save", "load", "start"} <= {step["step"] for step in one["steps"]}, "the steps", one["steps"])
    told(" ".join(one["handlers"]), "+ hook more: on_success", "+ subscription more: more.>")
    place.install("v1")
    same(0, host.command("reload")[0])


def of_one_plugin(host):
    code, out, err = host.command("plugin", "reload", "counting")
    same((0, ""), (code, err))
    told(out, "counting: changed (asked), generation ", "reloaded (")
    code, out, _ = host.command("plugin", "reload", "counting", "--dry-run", "--json")
    same((0, "planned"), (code, json.loads(out)["outcome"]))
    code, out, _ = host.command("plugin", "reload", "counting", "--json")
    same((0, ["asked"]), (code, json.loads(out)["plugins"][0]["reasons"]))
    code, out, err = host.command("plugin", "reload", "nobody")
    same((NOT_FOUND, ""), (code, out))
    told(err, "the manifest has no plugin 'nobody'")


def a_wrong_manifest(place, host):
    place.write_manifest("drian: 3s\noperations: { max_depth: many }")
    place.install("v2")
    for command in ("plan", "reload"):
        code, out, err = host.command(command)
        same((REFUSED, ""), (code, out))
        told(err, f"{place.manifest}:4:1: ", "drian", f"{place.manifest}:5:26: ", "the manifest has 2 problems: nothing was changed")
    code, _, err = host.command("reload", "--json")
    same((REFUSED, 2), (code, len(json.loads(err)["details"]["problems"])))
    document = problem(422, "invalid_document", host.call("POST", "/v1/reload"))
    same([(4, 1), (5, 26)], [(one["line"], one["column"]) for one in document["details"]["problems"]])
    host.process.send_signal(signal.SIGHUP)
    until_logged(host, "backplane.yaml:4:1: ", "backplane.yaml:5:26: ", "the manifest has 2 problems")
    same("v1", build_of(host))


def a_key_that_needs_a_restart(place, host):
    place.write_manifest("operations: { workers: 9 }")
    for command in ("plan", "reload"):
        code, _, err = host.command(command)
        same(CONFLICT, code, command)
        told(err, "operations.workers", "restart")
    document = problem(409, "conflict", host.call("POST", "/v1/reload"))
    same(["operations.workers"], [one["path"] for one in document["details"]["manifest"]["restart"]])
    same("v1", build_of(host))
    place.write_manifest()


def a_plugin_that_fails(place, host):
    for build, step, why in (("create_fails", "step create: ", "no room for another one"),
                             ("constructor_crashes", "step trial: ", "SIGABRT"),
                             ("load_refuses", "step load: ", "wanted a state of schema 1 at most"),
                             ("start_fails", "step start: ", "the port is taken")):
        place.install(build)
        for command in (("reload",), ("plugin", "reload", "counting")):
            code, out, err = host.command(*command)
            same((FAILED, ""), (code, out), build)
            told(err, step, why)
            same("v1", build_of(host), build)
        for path in ("/v1/reload", "/v1/plugins/counting/reload"):
            document = problem(502, "plugin_fault", host.call("POST", path))
            told(document["detail"], step, why)
            (one,) = document["details"]["plugins"]
            same(("counting", "failed"), (document["plugin"], one["outcome"]), build)
            told(one["error"], step, why)
            same("v1", build_of(host), build)


def a_grant_that_is_missing(place, host):
    place.install("needs_grants")
    code, _, err = host.command("reload")
    told(err, "step grants: ", "purge")
    holds(code != 0, "a failure", code)
    same("v1", build_of(host))
    place.write_manifest(granted='"*": [read, write, purge]')
    code, out, err = host.command("reload")
    same((0, ""), (code, err))
    told(out, "counting: changed (", "grants", "file", "done")
    same("needs_grants", build_of(host))
    place.write_manifest()
    code, _, err = host.command("reload")
    told(err, "step grants: ", "purge")
    same("needs_grants", build_of(host), "with a grant withdrawn that it needs")
    place.install("v1")
    same(0, host.command("reload")[0])
    same("v1", build_of(host))


def over_http(place, host):
    place.install("v2")
    planned = answered(200, host.call("POST", "/v1/reload", query={"dry_run": "true"})).json
    same(("planned", "v1"), (planned["outcome"], build_of(host)))
    same("reloaded", answered(200, host.call("POST", "/v1/reload")).json["outcome"])
    same("v2", build_of(host))
    answer = answered(200, host.call("POST", "/v1/plugins/counting/reload")).json
    same(["asked"], answer["plugins"][0]["reasons"])
    problem(404, "not_found", host.call("POST", "/v1/plugins/nobody/reload"))
    problem(400, "invalid_argument", host.call("POST", "/v1/reload", query={"dry_run": "perhaps"}))
    problem(400, "invalid_argument", host.call("POST", "/v1/reload", query={"dry": "true"}))
    same(405, host.call("GET", "/v1/reload").status, "GET")


def not_of_a_tenant(host):
    for path in ("/v1/reload", "/v1/plugins/counting/reload"):
        told(problem(403, "denied", host.call("POST", path, x_tenant="north"))["detail"], "wanted a caller without a tenant")
        problem(403, "denied", host.call("POST", path, query={"dry_run": "true"}, x_tenant="north"))
    code, _, err = host.command("reload", "--tenant", "north")
    same(DENIED, code)
    told(err, "wanted a caller without a tenant")


def nobody_there(host):
    code, out, err = host.command("reload")
    same((UNREACHABLE, ""), (code, out))
    holds(err, "a message", err)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-reloads-") as folder:
        place = CountingPlace(folder, options.fixtures)
        with ServedHost(options.program, place.manifest, folder) as host:
            report.step("SIGHUP loads the new build, which goes on with the counts, and the log tells", by_signal, place, host)
            report.step("a build that fails on SIGHUP is told in the log and by plugin list", by_signal_that_fails, place, host)
            report.step("plan tells and does nothing, reload does it and tells its steps", by_command, place, host)
            report.step("where nothing differs that is said", nothing_differs, host)
            report.step("--json gives the report, with the handlers that changed", in_json, place, host)
            report.step("plugin reload loads one plugin anew, and knows no other", of_one_plugin, host)
            report.step("problems of the manifest are told with file, line and column", a_wrong_manifest, place, host)
            report.step("a key that needs a restart is told", a_key_that_needs_a_restart, place, host)
            report.step("a plugin that fails is told with its step, and the old build answers", a_plugin_that_fails, place, host)
            report.step("a grant that a new build needs is wanted, and taken when it is there", a_grant_that_is_missing, place, host)
            report.step("over HTTP the same", over_http, place, host)
            report.step("nobody of a tenant may reload", not_of_a_tenant, host)
            report.step("it ends well", lambda: same(0, host.terminate()))
            report.step("without a host the command cannot reach one", nobody_there, host)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
