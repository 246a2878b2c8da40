#!/usr/bin/env python3
"""The scripts of packaging: they parse, explain themselves, and refuse what they don't know before they do anything."""

import os
import shutil
import subprocess
import sys
import unittest

PACKAGING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging")


def run(script, *arguments, **environment):
    return subprocess.run([shutil.which("bash"), os.path.join(PACKAGING, script), *arguments], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, **environment), check=False)


class Scripts(unittest.TestCase):
    def test_every_script_parses_and_may_be_executed(self):
        for name in os.listdir(PACKAGING):
            if name.endswith(".sh"):
                path = os.path.join(PACKAGING, name)
                self.assertEqual(0, subprocess.run(["bash", "-n", path], check=False).returncode, name)
                self.assertTrue(os.access(path, os.X_OK), name)

    def test_help_tells_the_usage(self):
        for name in ("install-dependencies.sh", "run.sh", "test.sh"):
            done = run(name, "--help")
            self.assertEqual((0, f"usage: packaging/{name}"), (done.returncode, done.stdout[:len(f"usage: packaging/{name}")]))

    def test_an_unknown_preset_is_refused(self):
        for name in ("install-dependencies.sh", "test.sh"):
            done = run(name, "fastest")
            self.assertEqual(2, done.returncode)
            self.assertIn("found 'fastest'", done.stderr)

    def test_a_system_without_apt_is_told_what_to_install(self):
        done = run("install-dependencies.sh", PATH="/nowhere")
        self.assertEqual(1, done.returncode)
        self.assertIn("libyaml-cpp-dev", done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
