"""A small disk of a trial's own: a tmpfs in a mount namespace of its script. Where such a one cannot be made the trial is skipped."""

import os
import subprocess
import sys

SKIPPED = 77
OWN_NAMESPACE = ["unshare", "--mount", "--map-root-user"]


def enter_namespace():
    """Starts this script anew where it may mount."""
    if os.environ.get("BACKPLANE_OWN_NAMESPACE"):
        return
    try:
        allowed = subprocess.run(OWN_NAMESPACE + ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"], capture_output=True, check=False)
        why = "" if allowed.returncode == 0 else allowed.stderr.decode()
    except FileNotFoundError as error:
        why = str(error)
    if why:
        print(f"skip: no disk of its own can be mounted here: {why.strip()}")
        sys.exit(SKIPPED)
    os.execvpe(OWN_NAMESPACE[0], OWN_NAMESPACE + [sys.executable, "-B"] + sys.argv, dict(os.environ, BACKPLANE_OWN_NAMESPACE="1"))


class Disk:
    def __init__(self, folder, mib):
        self.folder, self.filler = folder, os.path.join(folder, "filler")
        os.makedirs(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", folder], check=True)

    def fill(self):
        with open(self.filler, "ab", buffering=0) as stream:
            try:
                while stream.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def free(self):
        os.remove(self.filler)

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.folder], check=True)
