#!/usr/bin/env python3
"""A disk that becomes full under a host: publishing and writing fail with an error that says so, what was acknowledged stays and can be
read, and once there is room again all of it goes on, without a restart.

The disk is a tmpfs of a few MiB in a mount namespace of this script's own; where such a one cannot be made it is skipped (exit code 77).

usage: full_disk.py --program backplane --fixtures DIR
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from books import dead_letters_of, entries_of, log_of, unseen, wait_until_idle
from expect import Report, answered, holds, same
from served_host import ServedHost
from small_disk import Disk, enter_namespace

DISK_MIB = 16
MOST_TRIES = 4000
MANIFEST = """version: 1
data_dir: {folder}/disk/data
log: {{ level: error }}
resources: [{{ type: note }}]
plugins:
  - id: ledger
    library: {fixtures}/ledger.so
    config: {{ record: {folder}/books }}
    grants: {{ hooks: {{ note: [create] }}, publish: ["*"], subscribe: ["*"] }}
  - id: slow
    library: {fixtures}/subscriber.so
    config: {{ subscriptions: [{{ name: behind, pattern: "*", mode: durable, order: strict, do: slow }}] }}
    grants: {{ hooks: {{ "*": [create] }}, publish: ["*"], subscribe: ["*"] }}
"""


class Publisher:
    def __init__(self, host):
        self.host, self.number = host, 0
        self.acknowledged, self.refused = {}, []

    def publish(self):
        self.number += 1
        name = f"e{self.number}"
        answer = self.host.call("POST", "/v1/events", {"event_id": name, "event_type": "order.paid", "key": f"k{self.number % 3}",
                                                       "payload": {"text": "x" * 4000}})
        if answer.status == 201:
            self.acknowledged[name] = answer.json["position"]
        else:
            self.refused.append(name)
        return answer

    def until_refused(self):
        for _ in range(MOST_TRIES):
            answer = self.publish()
            if answer.status != 201:
                return answer
        raise AssertionError(f"wanted an error on a full disk, found {MOST_TRIES} events published")


def is_full(answer):
    holds(answer.status in (507, 503), "507 or 503", answer)
    same("storage" if answer.status == 507 else answer.json["code"], answer.json["code"])
    holds("full" in answer.json["detail"] or "space" in answer.json["detail"], "a detail that says what is wrong", answer)


def refused_by_full_disk(host, publisher):
    is_full(publisher.until_refused())
    for _ in range(20):
        is_full(publisher.publish())
    is_full(host.call("POST", "/v1/resources/note", {"text": "x" * 4000}, query={"id": "refused"}))


def serves_what_it_has(host, publisher):
    found = {event["event_id"]: event["position"] for event in log_of(host)}
    same([], [one for one, position in publisher.acknowledged.items() if found.get(one) != position][:5], "acknowledged and not in the log")
    same([], [one for one in publisher.refused if one in found][:5], "refused and in the log")
    answered(200, host.call("GET", "/healthz"))
    answered(404, host.call("GET", "/v1/resources/note/refused"))


def says_so_now_and_then(host, log_before):
    """A line now and then for what could not be kept: `slow` is behind, and has something to keep all the time."""
    seconds, lines = 2, len(host.log_text().splitlines())
    try:
        raise AssertionError(f"wanted a host that runs, found exit code {host.process.wait(timeout=seconds)}")
    except subprocess.TimeoutExpired:
        pass
    more = len(host.log_text().splitlines()) - lines
    holds(more <= 10 * seconds, f"at most {10 * seconds} lines of log in {seconds} s", more)
    holds(lines > log_before, "the log to tell of it", host.log_text()[-300:])


def goes_on(host, publisher):
    deadline = time.monotonic() + 20
    while publisher.publish().status != 201:
        holds(time.monotonic() < deadline, "an event published within 20 s of the room", publisher.refused[-1])
    for _ in range(50):
        answered(201, publisher.publish())
    answered(201, host.call("POST", "/v1/resources/note", {"token": "after"}, query={"id": "after"}))


def delivers_all(host, folder):
    wait_until_idle(host)
    same([], unseen(log_of(host), list(entries_of(os.path.join(folder, "books"))))[:5])
    same([], dead_letters_of(host)[:5])


def ends_and_begins(host, begin, publisher):
    same(0, host.terminate(), "exit code")
    with begin() as again:
        serves_what_it_has(again, publisher)
        same(0, again.terminate(), "exit code of the next")


def main():
    enter_namespace()
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-full-disk-") as folder:
        disk = Disk(os.path.join(folder, "disk"), DISK_MIB)
        manifest = pathlib.Path(folder) / "backplane.yaml"
        manifest.write_text(MANIFEST.format(fixtures=os.path.abspath(options.fixtures), folder=folder))

        def begin():
            return ServedHost(options.program, manifest, folder)

        with begin() as host:
            publisher = Publisher(host)
            report.step("while there is room events are published", lambda: [answered(201, publisher.publish()) for _ in range(400)])
            log_before = len(host.log_text().splitlines())
            disk.fill()
            report.step("on a full disk publishing and writing are refused, saying why", refused_by_full_disk, host, publisher)
            report.step("what was acknowledged is read all the same, what was refused is nowhere", serves_what_it_has, host, publisher)
            report.step("the log tells of it, and is not flooded", says_so_now_and_then, host, log_before)
            disk.free()
            report.step("with room again it goes on", goes_on, host, publisher)
            report.step("durable subscriptions are given all of it", delivers_all, host, folder)
            report.step("it ends well, and begins with all of it", ends_and_begins, host, begin, publisher)
        disk.unmount()
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
