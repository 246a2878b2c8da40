#!/usr/bin/env python3
"""A handler that never returns, in a host that serves: it costs its own requests (504 with the plugin's name, then 503 while the
plugin is quarantined) and no other; reads, probes and SIGTERM go on as ever.

usage: stuck.py --program backplane --fixtures DIR
"""
import argparse
import os
import pathlib
import sys
import tempfile
import threading
import time

from served_host import ServedHost

REQUESTS = 24
MANIFEST = """version: 1
data_dir: ./data
resources: [{{ type: note }}]
drain: 5s
plugins:
  - id: stuck
    library: {fixtures}/handler_blocks.so
    deadline: 300ms
    grants: {{ hooks: {{ "*": [full] }} }}
"""


def wanted(holds, what, found):
    print(("ok   " if holds else "FAIL ") + what + ("" if holds else f": found {found}"))
    return holds


def play(host):
    answers, reads = [], []
    threads = [threading.Thread(target=lambda: answers.append(host.call("POST", "/v1/resources/note", {})))
               for _ in range(REQUESTS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        statuses = host.call("GET", "/v1/resources/note/nothing").status, host.call("GET", "/readyz").status
        reads.append((time.monotonic() - began, statuses))
    codes = sorted({answer.status for answer in answers})
    good = wanted(len(answers) == REQUESTS and codes in ([504], [503, 504]), "its requests are answered 504, or 503 later", codes)
    good &= wanted(all(answer.json["plugin"] == "stuck" for answer in answers), "each answer names the plugin", answers[0])
    good &= wanted(all(statuses == (404, 200) for _, statuses in reads), "reads and probes are answered meanwhile", reads[:3])
    good &= wanted(sorted(reads)[len(reads) // 2][0] < 0.25, "and are not held up", reads[:3])
    # The threads inside the plugin are left behind: the process ends around them, and says so by its exit code.
    code = host.terminate()
    return wanted(code == 1, "SIGTERM ends it with exit code 1", code) and good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="backplane-stuck-") as folder:
        manifest = pathlib.Path(folder) / "backplane.yaml"
        manifest.write_text(MANIFEST.format(fixtures=os.path.abspath(options.fixtures)))
        with ServedHost(options.program, manifest, folder) as host:
            good = play(host)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
