#!/usr/bin/env python3
"""SIGTERM while events are published and delivered: the host ends within its drain time, and everything is accounted for. What was
acknowledged as durable is in the log and is given to the durable subscriptions by the next host; what was taken into memory alone was
delivered, or is counted in the last line of the log.

usage: drain_events.py --program backplane --fixtures DIR
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import sys
import tempfile
import threading
import time

from books import entries_of, log_of, out_of_order, unseen, wait_until_idle
from expect import Report, holds, same
from served_host import ServedHost

PUBLISHERS = 6
SLACK = 4  # seconds beyond the drain time, for plugins to stop and a loaded machine
MANIFEST = """version: 1
data_dir: ./data
log: {{ level: error }}
drain: {drain}s
resources: [{{ type: note }}]
events: {{ handlers: {handlers} }}
plugins:
  - id: ledger
    library: {fixtures}/ledger.so
    config: {{ record: {folder}/books }}
    grants: {{ hooks: {{ note: [create] }}, publish: ["*"], subscribe: ["*"] }}
  - id: slow
    library: {fixtures}/subscriber.so
    config: {{ record: {folder}/slow, subscriptions: [{{ name: slow, pattern: memory.>, mode: background, order: none, do: slow }}] }}
    grants: {{ hooks: {{ "*": [create] }}, publish: ["*"], subscribe: ["*"] }}
"""


class Tally:
    def __init__(self, wanted):
        self.wanted, self.loaded = wanted, threading.Event()  # set when so many were taken into memory
        self.positions = {}   # of events that were answered as durable, by id
        self.in_memory = set()  # types of those that were taken into memory
        self.turned_away = 0


def publish_until_ended(host, name, tally):
    """By turns durable events and events in memory, until the host no longer answers, or refuses because it stops."""
    connection = http.client.HTTPConnection(host.address, host.port, timeout=30)
    number = 0
    try:
        while True:
            number += 1
            durable = number % 4 == 0
            event_type = "order.paid" if durable else f"memory.{name}-{number}"
            event = {"event_id": f"{host.process.pid}-{name}-{number}", "event_type": event_type, "key": f"k{number % 5}"}
            connection.request("POST", "/v1/events?promise=" + ("durable" if durable else "memory"), json.dumps(event),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            if answer.status == 201:
                tally.positions[event["event_id"]] = body["position"]
            elif answer.status == 202:
                tally.in_memory.add(event_type)
                if len(tally.in_memory) >= tally.wanted:
                    tally.loaded.set()
            else:
                same((503, "unavailable"), (answer.status, body["code"]))
                tally.turned_away += 1
                return
    except (OSError, http.client.HTTPException):
        pass


def play(host, tally):
    """Load, SIGTERM in the midst of it, and how long the host took to end; its exit code."""
    threads = [threading.Thread(target=publish_until_ended, args=(host, f"p{i}", tally)) for i in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    tally.loaded.wait(timeout=30)
    began = time.monotonic()
    code = host.terminate()
    took = time.monotonic() - began
    for thread in threads:
        thread.join()
    return code, took


def delivered_in_memory(folder):
    with open(os.path.join(folder, "slow"), encoding="utf-8") as stream:
        return [line.split(" ")[1] for line in stream if line.startswith("slow memory.")]


def reported(log_text):
    """Events that were not delivered, and handlers that did not come back, as the last line of the log says."""
    found = re.search(r"stopped; .* (\d+) events that waited in memory were not delivered, .* (\d+) threads did not come back", log_text)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def check_memory(tally, folder, undelivered, busy):
    delivered = delivered_in_memory(folder)
    same(len(delivered), len(set(delivered)), "events delivered twice")
    missing = len(tally.in_memory - set(delivered))
    # Some were accepted, and their publisher did not live to hear it.
    unanswered = len(set(delivered) - tally.in_memory)
    holds(undelivered - PUBLISHERS <= missing + unanswered and missing <= undelivered + busy,
          f"{undelivered} events not delivered, as was said", f"{missing} missing, {unanswered} delivered without an answer")


def check_log(begin, tally, folder):
    with begin() as host:
        wait_until_idle(host)
        log, entries = log_of(host), list(entries_of(os.path.join(folder, "books")))
        positions = {event["event_id"]: event["position"] for event in log}
        same(len(positions), len(log), "events in the log, and of those different ones")
        same([], [one for one, position in tally.positions.items() if positions.get(one) != position][:5])
        same([], unseen(log, entries)[:5])
        same([], out_of_order(entries)[:5])
        same(0, host.terminate(), "exit code")


def scenario(report, options, name, drain, handlers, queued, check_end):
    with tempfile.TemporaryDirectory(prefix="backplane-drain-events-") as folder:
        manifest = pathlib.Path(folder) / "backplane.yaml"
        manifest.write_text(MANIFEST.format(fixtures=os.path.abspath(options.fixtures), folder=folder, drain=drain, handlers=handlers))

        def begin():
            return ServedHost(options.program, manifest, folder)

        tally = Tally(queued)
        with begin() as host:
            code, took = play(host, tally)
            last = host.log_text()
        undelivered, busy = reported(last)
        print(f"     {len(tally.positions)} durable events and {len(tally.in_memory)} in memory acknowledged; ended after {took:.1f} s with "
              f"exit code {code}: {undelivered} not delivered")
        report.step(f"{name}: SIGTERM ends it within its drain time", holds, took < drain + SLACK, f"less than {drain + SLACK} s", took)
        report.step(f"{name}: its exit code and last line say what is left", check_end, code, undelivered, last)
        report.step(f"{name}: what was in memory was delivered, or is counted", check_memory, tally, folder, undelivered, busy)
        report.step(f"{name}: the next host has and delivers all that was acknowledged", check_log, begin, tally, folder)


def all_done(code, undelivered, log_text):
    same((0, 0), (code, undelivered), f"exit code and undelivered events ({log_text[-300:]})")


def some_left(code, undelivered, log_text):
    holds(code == 1 and undelivered > 0, "exit code 1 and a number of undelivered events", (code, log_text[-300:]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    options = parser.parse_args()
    report = Report()
    scenario(report, options, "in time", 20, 4, 300, all_done)
    scenario(report, options, "too late", 1, 1, 1200, some_left)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
