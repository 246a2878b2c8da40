#!/usr/bin/env python3
"""kill -9 while clients write, again and again on one data directory: nothing that was acknowledged may be lost, and no unit
of work may be half there (each create of a note enlists a task with the same id).

usage: kill.py --program backplane --fixtures DIR [--rounds N]
"""
import argparse
import http.client
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

WRITERS = 8


class Host:
    def __init__(self, program, folder):
        ready = folder / "ready"
        ready.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [program, "run", folder / "backplane.yaml", "--http", "127.0.0.1:0", "--ready-file", ready, "--log-level", "error"],
            stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (ready.exists() and ready.read_text().strip()):
            try:
                sys.exit(f"FAIL the host did not start again: exit code {self.process.wait(timeout=0.005)}")
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    sys.exit("FAIL the host did not start again within 60 s")
        self.port = int(ready.read_text().strip().rsplit(":", 1)[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)


def write_until_killed(host, prefix, acknowledged):
    """Creates and updates notes; `acknowledged` maps an id to the last number that was answered for it."""
    connection = host.connect()
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


def ids_of(host, type_name):
    """All ids of a type, with their documents."""
    connection, found, cursor = host.connect(), {}, ""
    while True:
        connection.request("GET", f"/v1/resources/{type_name}?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        page = json.loads(connection.getresponse().read())
        found.update((item["id"], item["data"]) for item in page["items"])
        cursor = page["next"]
        if not cursor:
            return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    acknowledged = {}
    with tempfile.TemporaryDirectory(prefix="backplane-kill-") as name:
        folder = pathlib.Path(name)
        (folder / "backplane.yaml").write_text(
            "version: 1\ndata_dir: ./data\nresources: [{ type: note }, { type: task }]\n"
            f"plugins:\n  - id: enlist-twin\n    library: {options.fixtures}/enlist_twin.so\n"
            "    grants: { hooks: { note: [create] }, resources: { task: [create] } }\n")
        for round_number in range(options.rounds):
            host = Host(options.program, folder)
            threads = [threading.Thread(target=write_until_killed, args=(host, f"r{round_number}w{i}", acknowledged))
                       for i in range(WRITERS)]
            for thread in threads:
                thread.start()
            killed = threading.Timer(chance.uniform(0.01, 0.4), host.process.kill)
            killed.start()
            host.process.wait()
            for thread in threads:
                thread.join()
        host = Host(options.program, folder)
        notes, tasks = ids_of(host, "note"), ids_of(host, "task")
        host.process.terminate()
        exit_code = host.process.wait(60)
    lost = [one for one, n in acknowledged.items() if notes.get(one, {"n": 0})["n"] < n]
    half = set(notes) ^ set(tasks)
    print(f"{options.rounds} rounds, seed {seed}: {len(acknowledged)} resources acknowledged, {len(notes)} found, "
          f"{len(lost)} lost, {len(half)} half units of work")
    if lost or half or not acknowledged or exit_code != 0:
        sys.exit(f"FAIL lost {lost[:5]}, half {sorted(half)[:5]}, exit code {exit_code}")


if __name__ == "__main__":
    main()
