"""A host of its own: started on a free port with its data in a folder of its own, spoken to over HTTP, ended by SIGTERM."""

import http.client
import json
import os
import signal
import subprocess
import time
from urllib.parse import quote, urlencode, urlsplit


class Answer:
    """What came back: `status`, header fields by lower-case name, the body as bytes and, if it is JSON, as `json`."""

    def __init__(self, response, body):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.body = body
        self.json = json.loads(body) if "json" in self.fields.get("content-type", "") and body else None

    @property
    def etag(self):
        return self.fields.get("etag")

    def __str__(self):
        return f"{self.status} {self.body[:400].decode('utf-8', 'replace')}"


class ServedHost:
    """Runs `backplane run MANIFEST` in `folder`, where a relative path of a plugin's configuration lies too.

    `plugins`: where config/backplane.yaml looks for libraries, if not in the release build.
    """

    def __init__(self, program, manifest, folder, options=(), plugins=None, patience=60):
        self.program = os.path.abspath(program)
        self.folder = folder
        self.log = os.path.join(folder, "host.log")
        self.patience = patience
        ready = os.path.join(folder, "ready")
        if os.path.exists(ready):
            os.remove(ready)
        environment = dict(os.environ, **({"BACKPLANE_PLUGIN_DIR": os.path.abspath(plugins)} if plugins else {}))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "run", manifest, "--http", "127.0.0.1:0", "--ready-file", ready, *options],
                cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.url = self._wait_until_ready(ready)
        except BaseException:
            self.kill()
            raise
        address = urlsplit(self.url)
        self.address, self.port = address.hostname, address.port

    def _wait_until_ready(self, ready):
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                with open(ready, encoding="utf-8") as stream:
                    text = stream.read()
                if text.endswith("\n"):
                    return text.strip() if "://" in text else "http://" + text.strip()
            except FileNotFoundError:
                pass
            try:
                code = self.process.wait(timeout=0.01)
                raise AssertionError(f"wanted a host that serves, found exit code {code} and the log\n{self.log_text()}")
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError(f"wanted a host that serves within {self.patience} s, found the log\n{self.log_text()}")

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def call(self, method, path, body=None, *, query=None, **fields):
        """One request on a connection of its own. A body that is not bytes is sent as JSON; fields: if_match="..." and so on."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("content-type", "application/json")
        target = quote(path) + ("?" + urlencode(query) if query else "")
        connection = http.client.HTTPConnection(self.address, self.port, timeout=self.patience)
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def until(self, wanted, condition):
        """What `condition` returns, asked again and again until it is true; an error when that takes too long."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            try:
                code = self.process.wait(timeout=0.02)
                raise AssertionError(f"wanted {wanted}, found that the host ended with exit code {code}")
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError(f"wanted {wanted} within {self.patience} s, found {found!r}")

    def command(self, *arguments):
        """Runs the CLI against this host: exit code, standard output, standard error."""
        done = subprocess.run([self.program, *arguments, "--url", self.url], capture_output=True, text=True,
                              timeout=self.patience, cwd=self.folder, check=False)
        return done.returncode, done.stdout, done.stderr

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=self.patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"wanted an end within {self.patience} s of SIGTERM, found none; the log\n{self.log_text()}") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
