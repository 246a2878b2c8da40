#!/usr/bin/env python3
"""kill -9 in the midst of reloads, beside clients who write, again and again on one data directory: the host starts, nothing that was
acknowledged is lost, the copies of libraries that the dead host left are removed, and the state that the plugin is given is a whole one,
of the last acknowledged reload or of the one that was under way.

usage: kill_reloads.py --program backplane --fixtures DIR [--rounds N] [--seed N]
"""
import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading

from counting_place import CountingPlace, note_of
from expect import Report, holds, same
from kill import documents_of
from served_host import ServedHost

WRITERS = 4


class Round:
    """One life of the host: what it acknowledged until it was killed."""

    def __init__(self, host, place, name):
        self.host, self.place, self.name = host, place, name
        self.written, self.reloads, self.refused = [], 0, []
        self.is_under_way = threading.Event()

    def until_killed(self, act):
        connection = http.client.HTTPConnection(self.host.address, self.host.port, timeout=60)

        def call(path, status, body=None):
            fields = {"Content-Type": "application/json"} if body else {}
            connection.request("POST", path, body, fields)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != status:
                self.refused.append(f"POST {path}: {answer.status} {text!r}")
                self.is_under_way.set()
                return {}
            return json.loads(text)

        number = 0
        try:
            while not self.refused:
                number += 1
                act(call, number)
        except (OSError, http.client.HTTPException):
            pass

    def write(self, writer):
        def act(call, number):
            name = f"{self.name}-{writer}-{number}"
            if call(f"/v1/resources/note?id={name}", 201, "{}"):
                self.written.append(name)
        return act

    def reload(self, call, number):
        self.place.install("close_2" if number % 2 else "close")
        if call("/v1/reload", 200).get("outcome") == "reloaded":  # the first may find its build loaded already
            self.reloads += 1
        if self.written:
            self.is_under_way.set()

    def play(self, delay):
        threads = [threading.Thread(target=self.until_killed, args=(act,)) for act in [self.reload] + [self.write(i) for i in range(WRITERS)]]
        for thread in threads:
            thread.start()
        self.is_under_way.wait(60)
        threading.Timer(delay, self.host.process.kill).start()
        self.host.process.wait()
        for thread in threads:
            thread.join()


class Trial:
    def __init__(self, options, place):
        self.options, self.place = options, place
        self.written, self.refused = [], []
        self.reloads = 0
        self.stray, self.wrong_states = [], []
        self.allowed = {0}  # how often the state may have been handed over

    def begin(self):
        host = ServedHost(self.options.program, self.place.manifest, self.place.folder)
        try:
            self.look(host)
        except BaseException:
            host.kill()
            raise
        return host

    def look(self, host):
        """At what the host before left."""
        own = f"-{host.process.pid}.so"
        self.stray += [name for name in os.listdir(os.path.join(self.place.data, "run")) if not name.endswith(own)]
        self.loads = note_of(host)["counts"]["loads"]
        if self.loads not in self.allowed:
            self.wrong_states.append((self.loads, sorted(self.allowed)))

    def play_round(self, name, delay):
        with self.begin() as host:
            life = Round(host, self.place, name)
            life.play(delay)
        self.written += life.written
        self.refused += life.refused
        self.reloads += life.reloads
        # A reload writes what it hands over before it answers; the start of the next host hands it over once more.
        before = self.loads + life.reloads
        self.allowed = {before, before + 1}


def check(report, trial):
    with trial.begin() as host:
        notes = documents_of(host, "note")
        report.step("the host ends well", same, 0, host.terminate())
    lost = [one for one in trial.written if one not in notes]
    mixed = [one for one, note in notes.items() if note["build"] not in ("v1", "close", "close_2")]
    print(f"     {trial.reloads} reloads and {len(trial.written)} notes acknowledged, {len(notes)} notes found, {len(lost)} lost")
    report.step("reloads and notes were acknowledged, and none refused", holds, trial.reloads and trial.written and not trial.refused,
                "some of both", (trial.reloads, len(trial.written), trial.refused[:2]))
    report.step("every acknowledged note is there", same, [], lost[:5])
    report.step("each note was written by one build", same, [], mixed[:5])
    report.step("copies of libraries that dead hosts left are gone", same, [], trial.stray[:5])
    report.step("the state is whole, and that of the last reload or the one under way", same, [], trial.wrong_states[:5])
    report.step("nothing but the state lies beside it", same, ["counting"], sorted(set(os.listdir(trial.place.state.parent)) - {"counting.new"}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    chance, report = random.Random(options.seed), Report()
    print(f"     {options.rounds} rounds, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="backplane-kill-reloads-") as folder:
        trial = Trial(options, CountingPlace(folder, options.fixtures))
        trial.place.install("close")
        for number in range(options.rounds):
            trial.play_round(f"r{number}", chance.uniform(0.0, 0.3))
        check(report, trial)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
