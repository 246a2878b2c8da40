#!/usr/bin/env python3
"""kill -9 while clients write, again and again on one data directory: nothing that was acknowledged may be lost, and no unit
of work may be half there (each create of a note enlists a task with the same id).

usage: kill.py --program backplane --fixtures DIR [--rounds N]
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import sys
import tempfile
import threading

from served_host import ServedHost

WRITERS = 8
MANIFEST = """version: 1
data_dir: ./data
resources: [{{ type: note }}, {{ type: task }}]
plugins:
  - id: enlist-twin
    library: {fixtures}/enlist_twin.so
    grants: {{ hooks: {{ note: [create] }}, resources: {{ task: [create] }} }}
"""


def write_until_killed(host, prefix, acknowledged):
    """Creates and updates notes; `acknowledged` maps an id to the last number that was answered for it."""
    connection = http.client.HTTPConnection(host.address, host.port, timeout=30)
    number = 0
    try:
        while True:
            number += 1
            name = f"{prefix}-{number}"
            for n in (1, 2):
                method, path = ("POST", f"/v1/resources/note?id={name}") if n == 1 else ("PUT", f"/v1/resources/note/{name}")
                connection.request(method, path, json.dumps({"n": n}), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in (200, 201):
                    sys.exit(f"FAIL wanted 200 or 201, found {answer.status} {body!r}")
                acknowledged[name] = n
    except (OSError, http.client.HTTPException):
        pass


def documents_of(host, type_name):
    """The documents of all resources of a type by their ids."""
    found, query = {}, {"limit": 1000}
    while True:
        page = host.call("GET", f"/v1/resources/{type_name}", query=query).json
        found.update((item["id"], item["data"]) for item in page["items"])
        if not page["next"]:
            return found
        query["cursor"] = page["next"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    acknowledged = {}
    with tempfile.TemporaryDirectory(prefix="backplane-kill-") as folder:
        manifest = pathlib.Path(folder) / "backplane.yaml"
        manifest.write_text(MANIFEST.format(fixtures=os.path.abspath(options.fixtures)))
        for round_number in range(options.rounds):
            with ServedHost(options.program, manifest, folder) as host:
                threads = [threading.Thread(target=write_until_killed, args=(host, f"r{round_number}w{i}", acknowledged))
                           for i in range(WRITERS)]
                for thread in threads:
                    thread.start()
                threading.Timer(chance.uniform(0.01, 0.4), host.process.kill).start()
                host.process.wait()
                for thread in threads:
                    thread.join()
        with ServedHost(options.program, manifest, folder) as host:
            notes, tasks = documents_of(host, "note"), documents_of(host, "task")
            exit_code = host.terminate()
    lost = [one for one, n in acknowledged.items() if notes.get(one, {"n": 0})["n"] < n]
    half = set(notes) ^ set(tasks)
    print(f"{options.rounds} rounds, seed {seed}: {len(acknowledged)} resources acknowledged, {len(notes)} found, "
          f"{len(lost)} lost, {len(half)} half units of work")
    if lost or half or not acknowledged or exit_code != 0:
        sys.exit(f"FAIL lost {lost[:5]}, half {sorted(half)[:5]}, exit code {exit_code}")


if __name__ == "__main__":
    main()
