#!/usr/bin/env python3
"""A reload without room on the disk: for its copy of the library it fails and the old build serves, for the state that it hands over it
goes on and says what is not kept; with room again all is as ever.

The disks are small ones of this script's own; where such cannot be made it is skipped (exit code 77).

usage: full_disk_reload.py --program backplane --fixtures DIR
"""
import argparse
import os
import sys
import tempfile

from counting_place import CountingPlace, build_of, note_of, until_logged
from expect import Report, answered, holds, same
from served_host import ServedHost
from small_disk import Disk, enter_namespace

RUN_MIB, STATE_MIB = 2, 1
FAILED = 1


def without_room_for_the_copy(place, host, disk):
    disk.fill()
    place.install("v2")
    code, out, err = host.command("reload")
    same((FAILED, ""), (code, out))
    for part in ("plugin 'counting': step copy: ", str(place.library), "wanted to write the copy, found: No space left on device"):
        holds(part in err, repr(part), err)
    answer = host.call("POST", "/v1/plugins/counting/reload")
    same((507, "storage", "counting"), (answer.status, answer.json["code"], answer.json["plugin"]))
    same("v1", build_of(host))
    same([f"counting.1-{host.process.pid}.so"], [name for name in os.listdir(disk.folder) if name.endswith(".so")], "copies")


def with_room_for_it(host, disk):
    disk.free()
    before = note_of(host)["counts"]["before"]
    code, _, err = host.command("reload")
    same((0, ""), (code, err))
    note = note_of(host)
    same(("v2", before + 1), (note["build"], note["counts"]["before"]))
    same(None, answered(200, host.call("GET", "/v1/plugins")).json[0].get("reload_error"))


def without_room_for_the_state(place, host, disk):
    kept = place.state.read_bytes()
    disk.fill()
    place.install("v1")
    before = note_of(host)["counts"]["before"]
    code, out, _ = host.command("reload")
    same(0, code)
    holds("generation " in out and "done" in out, "a reload that is done", out)
    until_logged(host, "its state is handed over, but not kept for a restart: ", "No space left on device")
    note = note_of(host)
    same(("v1", before + 1), (note["build"], note["counts"]["before"]))
    same(kept, place.state.read_bytes(), "the state that was kept before")
    same(["counting"], [name for name in os.listdir(disk.folder) if name != "filler"], "what lies beside it")


def with_room_for_the_state(place, host, disk):
    disk.free()
    kept = place.state.read_bytes()
    same(0, host.command("plugin", "reload", "counting")[0])
    holds(kept != place.state.read_bytes(), "another state than before", kept)
    same(0, host.terminate(), "exit code")


def goes_on_after_a_restart(options, place, before):
    with ServedHost(options.program, place.manifest, place.folder) as host:
        holds(note_of(host)["counts"]["before"] > before, f"more than {before} counted", note_of(host))
        same(0, host.terminate(), "exit code")


def main():
    enter_namespace()
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-full-disk-") as folder:
        place = CountingPlace(folder, options.fixtures)
        run, state = Disk(os.path.join(place.data, "run"), RUN_MIB), Disk(os.path.join(place.data, "state"), STATE_MIB)
        with ServedHost(options.program, place.manifest, folder) as host:
            before = note_of(host)["counts"]["before"]
            report.step("without room for the copy a reload fails at that step, and the old build serves", without_room_for_the_copy, place,
                        host, run)
            report.step("with room again it is done", with_room_for_it, host, run)
            report.step("without room for the state it is handed over, and told that it is not kept", without_room_for_the_state, place, host,
                        state)
            report.step("with room again it is kept", with_room_for_the_state, place, host, state)
        report.step("and is there after a restart", goes_on_after_a_restart, options, place, before)
        run.unmount()
        state.unmount()
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
