"""What the fixture `ledger` wrote down, and the event log of a host, held against each other."""

import collections
import time

DURABLE = ("by-key", "strict", "any")

Entry = collections.namedtuple("Entry", "life subscription position event_id key attempt")


def entries_of(path):
    """The calls of all subscriptions, in the order in which they were written down."""
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            if line.count(" ") == 5:  # else the end of its process has cut it off
                life, subscription, position, event_id, key, attempt = line.rstrip("\n").split(" ")
                yield Entry(int(life), subscription, int(position), event_id, key, int(attempt))


def log_of(host):
    """All events of the log, in its order."""
    events, query = [], {"limit": 1000}
    while True:
        page = host.call("GET", "/v1/events", query=query).json
        events.extend(page["items"])
        if page["next"] is None:
            return events
        query["after"] = page["next"]


def wait_until_idle(host, patience=60):
    """Waits until durable subscriptions have nothing left to do; the subscriptions by name."""
    deadline = time.monotonic() + patience
    while True:
        durable = [one for one in host.call("GET", "/v1/subscriptions").json if one["mode"] == "durable"]
        if all(one["behind"] == one["waiting"] == one["parked"] == 0 for one in durable):
            return {one["name"]: one for one in durable}
        if time.monotonic() > deadline:
            raise AssertionError(f"wanted durable subscriptions that are done within {patience} s, found {durable}")


def dead_letters_of(host):
    letters, query = [], {"limit": 1000}
    while True:
        page = host.call("GET", "/v1/dead-letters", query=query).json
        letters.extend(page["items"])
        if page["next"] is None:
            return letters
        query["after"] = page["next"]


def unseen(log, entries):
    """(subscription, event id) of what is in the log and was not given to a durable subscription."""
    seen = {(one.subscription, one.event_id) for one in entries}
    return [(name, event["event_id"]) for event in log for name in DURABLE if (name, event["event_id"]) not in seen]


def out_of_order(entries):
    """Calls that came after one of a later event of the same key in the same process; of `strict`: of any event."""
    last, found = {}, []
    for one in entries:
        if one.subscription not in ("by-key", "strict") or (one.subscription == "by-key" and not one.key):
            continue
        lane = (one.life, one.subscription, one.key if one.subscription == "by-key" else "")
        if one.position < last.get(lane, 0):
            found.append(one)
        last[lane] = max(last.get(lane, 0), one.position)
    return found
