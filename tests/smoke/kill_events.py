#!/usr/bin/env python3
"""kill -9 while events are published and durable subscriptions read them, again and again on one data directory: what was
acknowledged is in the log once, at the position that was answered; every durable subscription has been given all of the log, in order;
nothing of an operation that was rolled back is anywhere. Then an event that kills the host in its handler: it ends among the dead
letters, not in a crash loop.

usage: kill_events.py --program backplane --fixtures DIR [--rounds N] [--seed N]
"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import sys
import tempfile
import threading

from books import dead_letters_of, entries_of, log_of, out_of_order, unseen, wait_until_idle
from expect import Report, holds, same
from served_host import ServedHost

PUBLISHERS, WRITERS, KEYS = 6, 2, 5
MOST_KILLS = 3  # attempts that ended the host, after the one that nobody expected
MANIFEST = """version: 1
data_dir: ./data
log: {{ level: error }}
resources: [{{ type: note }}]
plugins:
  - id: ledger
    library: {fixtures}/ledger.so
    config: {{ record: {folder}/books }}
    grants: {{ hooks: {{ note: [create] }}, publish: ["*"], subscribe: ["*"] }}
"""


class Tally:
    """What publishers were told, over all rounds."""

    def __init__(self):
        self.positions = {}   # event id -> the position that was answered
        self.batches = []     # ids that were published together, answered or not
        self.created = set()  # ids of notes that were answered with 201
        self.refused = set()  # tokens of creates that were answered with 409
        self.has_all_kinds = threading.Event()

    def look(self):
        if self.positions and self.created and self.refused:
            self.has_all_kinds.set()


def until_killed(host, act):
    connection = http.client.HTTPConnection(host.address, host.port, timeout=30)

    def call(path, body, *statuses):
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in statuses:
            raise AssertionError(f"POST {path}: wanted {statuses}, found {answer.status} {text!r}")
        return answer.status, json.loads(text)

    number = 0
    try:
        while True:
            number += 1
            act(call, number)
    except (OSError, http.client.HTTPException):
        pass


def publisher(name, tally):
    """Single events, and every third time several together."""
    def act(call, number):
        events = [{"event_id": f"{name}-{number}-{i}", "event_type": f"order.n{i}", "key": f"k{number % KEYS}", "payload": {"n": number}}
                  for i in range(1 if number % 3 else 4)]
        if len(events) > 1:
            tally.batches.append([event["event_id"] for event in events])
        _, answers = call("/v1/events", events, 201)
        tally.positions.update((one["event_id"], one["position"]) for one in answers)
        tally.look()
    return act


def writer(name, tally):
    """Notes, each created with an event enlisted; every other time once more, which is rolled back with its event."""
    def act(call, number):
        note = f"{name}-{number}"
        call(f"/v1/resources/note?id={note}", {"token": f"good-{note}"}, 201)
        tally.created.add(note)
        if number % 2 == 0:
            call(f"/v1/resources/note?id={note}", {"token": f"bad-{note}"}, 409)
            tally.refused.add(f"bad-{note}")
            tally.look()
    return act


def play_round(host, tally, prefix, delay):
    acts = [publisher(f"{prefix}p{i}", tally) for i in range(PUBLISHERS)] + [writer(f"{prefix}w{i}", tally) for i in range(WRITERS)]
    threads = [threading.Thread(target=until_killed, args=(host, act)) for act in acts]
    for thread in threads:
        thread.start()
    tally.has_all_kinds.wait(60)
    threading.Timer(delay, host.process.kill).start()
    host.process.wait()
    for thread in threads:
        thread.join()


def check_log(report, tally, log):
    times = collections.Counter(event["event_id"] for event in log)
    positions = {event["event_id"]: event["position"] for event in log}
    tokens = collections.Counter(event["payload"]["token"] for event in log if event["event_type"] == "note.noted")
    made = collections.Counter(event["payload"]["item_id"] for event in log if event["event_type"] == "resource.created")
    lost = [one for one in tally.positions if one not in times] + [note for note in tally.created if note not in made]
    doubled = [one for one, count in times.items() if count > 1] + [note for note, count in made.items() if count > 1]
    moved = [one for one, position in tally.positions.items() if positions.get(one, position) != position]
    half = [batch for batch in tally.batches if len({one in times for one in batch}) > 1]
    half += [note for note in made if tokens[f"good-{note}"] != 1]
    ghosts = [token for token in tokens if token.startswith("bad-")]
    print(f"     {len(tally.positions) + len(tally.created)} publications acknowledged, {len(log)} events in the log; {len(lost)} lost, "
          f"{len(doubled)} doubled, {len(moved)} elsewhere, {len(half)} half units of work, {len(ghosts)} of rolled-back operations "
          f"({len(tally.refused)} of those)")
    report.step("something was acknowledged, and something rolled back", holds, tally.positions and tally.created and tally.refused,
                "publications of all kinds", (len(tally.positions), len(tally.created), len(tally.refused)))
    report.step("every acknowledged event is in the log", same, [], lost[:5])
    report.step("no event is in the log twice", same, [], doubled[:5])
    report.step("each is at the position that was answered", same, [], moved[:5])
    report.step("no batch and no unit of work is half there", same, [], half[:5])
    report.step("no event of an operation that was rolled back is in the log", same, [], ghosts[:5])


def check_books(report, tally, log, entries):
    known = {event["event_id"] for event in log}
    missed, disordered = unseen(log, entries), out_of_order(entries)
    strangers = [one for one in entries if one.event_id not in known]
    print(f"     {len(entries)} calls of subscribers in {len({one.life for one in entries})} processes; {len(missed)} deliveries missing, "
          f"{len(disordered)} out of order, {len(strangers)} of events that are not in the log")
    report.step("every durable subscription was given all of the log", same, [], missed[:5])
    report.step("in the order of the log within a key, and over all keys where the order is strict", same, [], disordered[:5])
    report.step("nobody was given what is not in the log", same, [], strangers[:5])


class Deadly:
    """Starts hosts on data in which an event waits that kills them."""

    def __init__(self, options, manifest, folder):
        self.options, self.manifest, self.folder = options, manifest, folder

    def publish(self):
        """One that kills, in the midst of innocent ones of its key and of others."""
        events = [{"event_id": f"deadly-{i}", "event_type": "order.deadly", "key": "doomed" if i % 2 else f"k{i % KEYS}", "payload": {"n": i}}
                  for i in range(60)]
        events[31]["payload"]["kill"] = "by-key"
        with self.host() as host:
            try:
                host.call("POST", "/v1/events", events)
            except (OSError, http.client.HTTPException):
                pass
            host.process.wait(timeout=60)

    def host(self):
        return ServedHost(self.options.program, self.manifest, self.folder)

    def survive(self):
        """Starts until a host gets through; that host, and how many did not."""
        for deaths in range(MOST_KILLS + 3):
            try:
                host = self.host()
            except AssertionError:
                continue
            try:
                wait_until_idle(host)
                return host, deaths
            except (OSError, http.client.HTTPException):
                host.kill()
        raise AssertionError(f"wanted a host that gets over the event after {MOST_KILLS} more deaths, found none")


def check_deadly(report, deadly):
    deadly.publish()
    host, deaths = deadly.survive()
    with host:
        letters = dead_letters_of(host)
        report.step("a handler that ends the host does so three more times, no more", same, MOST_KILLS, deaths)
        report.step("then its event is a dead letter, and no other event is", same, [("ledger/by-key", "doomed", MOST_KILLS)],
                    [(one["subscription"], one["key"], one["attempts"]) for one in letters])
        event = host.call("GET", f"/v1/dead-letters/{letters[0]['id']}").json["event"] if letters else {}
        report.step("it can be looked at", same, ("deadly-31", "by-key"), (event.get("event_id"), event.get("payload", {}).get("kill")))
        log, entries = log_of(host), list(entries_of(os.path.join(deadly.folder, "books")))
        report.step("all the others have been delivered, those of its key too", same, [], unseen(log, entries)[:5])
        report.step("in order", same, [], out_of_order(entries)[:5])
        report.step("and the host ends well", same, 0, host.terminate())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    chance, tally, report = random.Random(options.seed), Tally(), Report()
    with tempfile.TemporaryDirectory(prefix="backplane-kill-events-") as folder:
        manifest = pathlib.Path(folder) / "backplane.yaml"
        manifest.write_text(MANIFEST.format(fixtures=os.path.abspath(options.fixtures), folder=folder))
        print(f"     {options.rounds} rounds, seed {options.seed}", flush=True)
        for number in range(options.rounds):
            with ServedHost(options.program, manifest, folder) as host:
                play_round(host, tally, f"r{number}", chance.uniform(0.01, 0.4))
        with ServedHost(options.program, manifest, folder) as host:
            wait_until_idle(host)
            log = log_of(host)
            report.step("nothing is a dead letter", same, [], dead_letters_of(host)[:5])
            report.step("the host ends well", same, 0, host.terminate())
        check_log(report, tally, log)
        check_books(report, tally, log, list(entries_of(os.path.join(folder, "books"))))
        check_deadly(report, Deadly(options, manifest, folder))
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
