#!/usr/bin/env python3
"""What the host does over HTTP, beside its limits, in one run.

  get      32 connections on one resource, without hooks, beside nginx returning a constant of the same size
  create   durable, 1 and 32 connections, two hooks (title_check before, call_counter after); the limits beside it are
           SQLite's own at one and at 64 rows a transaction: bench_store, printed at the end
  start    from exec to the first answer, with 0 and with 100 plugins; memory when idle and at its peak

Wants wrk and nginx (apt-get install wrk nginx-light) and a release build. All traffic is on 127.0.0.1.
usage: http_bench.py [--build DIR] [--seconds N] [--rounds N]
"""
import argparse
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"title":"The quick brown fox","body":"%s","priority":3}'
""" % ("x" * 200)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Host:
    """A host of its own on a fresh data directory."""

    def __init__(self, build, folder, plugins):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        manifest = self.folder / "backplane.yaml"
        manifest.write_text(
            "version: 1\ndata_dir: ./data\nresources:\n  - type: note\n    index: [/title]\n"
            f"plugin_dirs: ['{build}/plugins']\n" + ("plugins:\n" + "".join(plugins) if plugins else ""))
        ready = self.folder / "ready"
        started = time.monotonic()
        self.process = subprocess.Popen(
            [build / "bin/backplane", "run", manifest, "--http", "127.0.0.1:0", "--ready-file", ready, "--log-level", "warning"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not ready.exists() or not ready.read_text().strip():
            if self.process.poll() is not None:
                sys.exit("the host did not start")
        self.start_seconds = time.monotonic() - started
        self.url = ready.read_text().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(name + r":\s+(\d+) kB", text).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def entry(plugin, library, rest=""):
    return f"  - id: {plugin}\n    library: {library}\n    grants: {{ hooks: {{ '*': [full] }} }}\n{rest}"


HOOKS = [entry("title-check", "title_check", "    config: { types: ['note'] }\n"), entry("call-counter", "call_counter")]


def wrk(url, connections, seconds, script=None):
    """Requests a second, and how many in all."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url] + (["-s", script] if script else [])
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit(out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), int(re.search(r"(\d+) requests in", out).group(1))


def start_nginx(folder, body):
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{body}'; }} }} }}\n")
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    for _ in range(100_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}/"
    sys.exit("nginx did not start")


def measure_get(build, folder, seconds, rounds):
    host = Host(build, folder / "get", [])
    caller = http.client.HTTPConnection("127.0.0.1", host.port)
    caller.request("POST", "/v1/resources/note?id=n1", '{"title":"The quick brown fox","body":"%s"}' % ("x" * 200),
                   {"Content-Type": "application/json"})
    body = caller.getresponse().read().decode()
    url = host.url + "/v1/resources/note/n1"
    nginx, constant = start_nginx(folder, body)
    ours, theirs, cpu = [], [], []
    wrk(url, 32, 1), wrk(constant, 32, 1)
    for _ in range(rounds):
        before = host.cpu_seconds()
        rate, count = wrk(url, 32, seconds)
        cpu.append((host.cpu_seconds() - before) / count * 1e6)
        ours.append(rate)
        theirs.append(wrk(constant, 32, seconds)[0])
    nginx.terminate()
    host.stop()
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"get, 32 connections        {a:10.0f} /s  {statistics.median(cpu):6.1f} us CPU   nginx {b:10.0f} /s   ratio {a / b:5.2f}")


def measure_create(build, folder, seconds, rounds):
    script = folder / "create.lua"
    script.write_text(CREATE)
    for connections in (1, 32):
        rates, cpu = [], []
        host = Host(build, folder / f"create-{connections}", HOOKS)
        url = host.url + "/v1/resources/note"
        wrk(url, connections, 1, script)
        for _ in range(rounds):
            before = host.cpu_seconds()
            rate, count = wrk(url, connections, seconds, script)
            cpu.append((host.cpu_seconds() - before) / count * 1e6)
            rates.append(rate)
        peak = host.memory_mb("VmHWM")
        host.stop()
        print(f"create, {connections:2} connection(s)    {statistics.median(rates):10.0f} /s  {statistics.median(cpu):6.1f} us CPU   "
              f"peak memory {peak:.0f} MB")


def measure_start(build, folder):
    for count in (0, 100):
        times = []
        for attempt in range(5):
            host = Host(build, folder / f"start-{count}-{attempt}", [entry(f"counter-{i}", "call_counter") for i in range(count)])
            times.append(host.start_seconds * 1000)
            idle = host.memory_mb("VmRSS")
            host.stop()
        print(f"start, {count:3} plugins         {statistics.median(times):10.1f} ms   idle memory {idle:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "build/release")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.build = options.build.resolve()  # the manifest names it from elsewhere
    for program in ("wrk", "nginx"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing (apt-get install wrk nginx-light)")
    with tempfile.TemporaryDirectory(prefix="backplane-bench-") as name:
        folder = pathlib.Path(name)
        measure_start(options.build, folder)
        measure_get(options.build, folder, options.seconds, options.rounds)
        measure_create(options.build, folder, options.seconds, options.rounds)
    store = options.build / "bin/bench_store"
    if store.exists():
        subprocess.run([store, "2", "0"], check=True)


if __name__ == "__main__":
    main()
