#!/usr/bin/env python3
"""The plugin welcome_mail in hosts that serve, sending to SMTP servers on loopback: one line a step.

usage: welcome_mail.py --program backplane --plugins DIR
"""

import argparse
import base64
import email
import email.policy
import os
import pathlib
import sys
import tempfile
import time
from email.utils import parsedate_to_datetime

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parent.parent
CONFIG = TESTS.parent / "config"
sys.path.insert(0, str(TESTS / "smoke"))

from expect import Report, answered, holds, same
from mail_server import MailServer, certificate
from served_host import ServedHost

MANIFEST = """version: 1
data_dir: ./data
plugin_dirs: ["{plugins}"]
plugins:
  - id: welcome-mail
    library: welcome_mail
    deadline: 5s
    grants: {{ subscribe: [user.registered] }}
    config:
      from: noreply@example.org
      from_name: Käthe & Söhne, Shop
      subject: Willkommen im Süßwarenladen, und zwar recht herzlich — schön, dass Sie da sind
      body: |
        Hallo {{email}},
        .Ihr Konto {{user_id}} ist fertig €.
{more}
"""
BODY = "Hallo {0},\r\n.Ihr Konto {1} ist fertig €.\r\n"


def start(options, folder, more):
    os.makedirs(folder)
    manifest = pathlib.Path(folder) / "backplane.yaml"
    lines = "\n".join("      " + line for line in more)
    manifest.write_text(MANIFEST.format(plugins=os.path.abspath(options.plugins), more=lines), encoding="utf-8")
    return ServedHost(options.program, str(manifest), str(folder))


def register(host, user_id, address, **members):
    body = {"event_type": "user.registered", "payload": {"user_id": user_id, "email": address}, **members}
    return answered(201, host.call("POST", "/v1/events", body)).json["event_id"]


def wait_for_log(host, text):
    deadline = time.monotonic() + 60
    while text not in host.log_text():
        if time.monotonic() > deadline or host.process.poll() is not None:
            raise AssertionError(f"wanted {text!r} in the log, found\n{host.log_text()}")


def encoded_words(text):
    """As RFC 2047 has them, no character cut: 45 bytes each at most."""
    words, rest = [], text.encode()
    while rest:
        size = min(45, len(rest))
        while size < len(rest) and rest[size] & 0xC0 == 0x80:
            size -= 1
        words.append(f"=?UTF-8?B?{base64.b64encode(rest[:size]).decode()}?=")
        rest = rest[size:]
    return words


def byte_for_byte(host, server):
    event_id = register(host, "u-1", "ann+shop@example.org")
    mail = server.received(1)[0]
    same(("noreply@example.org", ["ann+shop@example.org"]), (mail.sender, mail.recipients), "the envelope")
    head, body = mail.head
    date, head = head[0], head[1:]
    subject = encoded_words("Willkommen im Süßwarenladen, und zwar recht herzlich — schön, dass Sie da sind")
    same([f"From: {encoded_words('Käthe & Söhne, Shop')[0]} <noreply@example.org>",
          "To: ann+shop@example.org",
          f"Message-ID: <{event_id}@example.org>",
          "Subject: " + subject[0], *(" " + word for word in subject[1:]),
          "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
          "Content-Transfer-Encoding: base64"], head, "the header")
    wanted = base64.b64encode(BODY.format("ann+shop@example.org", "u-1").encode())
    same(b"".join(wanted[i:i + 76] + b"\r\n" for i in range(0, len(wanted), 76)), body, "the body")
    holds(date.startswith("Date: ") and date.endswith(" +0000"), "a Date in UTC", date)
    holds(abs(parsedate_to_datetime(date[6:]).timestamp() - time.time()) < 60, "a Date that is now", date)


def as_read(server):
    """What a mail program makes of it."""
    message = email.message_from_bytes(server.received(1)[0].content, policy=email.policy.default)
    same("Willkommen im Süßwarenladen, und zwar recht herzlich — schön, dass Sie da sind", message["subject"])
    same("Käthe & Söhne, Shop", message["from"].addresses[0].display_name)
    same(BODY.format("ann+shop@example.org", "u-1"), message.get_content())
    same([], message.defects, "defects")


def no_injection(host, server):
    """Nothing in an event begins a header, or adds a recipient."""
    before = len(server.mails)
    for address in ("ann@example.org\r\nBcc: mallory@example.org", "ann@example.org,mallory@example.org", "Ann <ann@example.org>",
                    "ann@example.org\nSubject: no", "ann@example.org>\r\nRCPT TO:<mallory@example.org", "änn@example.org"):
        wait_for_log(host, f"no mail for event {register(host, 'u-2', address)}: the address has ")
    register(host, "u-3\r\nBcc: mallory@example.org\r\n.\r\n", "bob@example.org", event_id="x>@y.z<")
    mail = server.received(before + 1)[-1]
    same(["bob@example.org"], mail.recipients)
    head, body = mail.head
    same([], [line for line in head if line.lower().startswith("bcc")], "Bcc in the header")
    same("Message-ID: <x=3E=40y=2Ez=3C@example.org>", [line for line in head if line.startswith("Message-ID")][0])
    holds("u-3\r\nBcc: mallory" in base64.b64decode(body).decode(), "the user's id in the body, encoded", body)
    same(before + 1, len(server.mails), "mails")
    holds("mallory" not in host.log_text(), "a log without the addresses that were refused", host.log_text())


def refused_by_server(host, server):
    event_id = register(host, "u-4", "gone@example.org")
    wait_for_log(host, f"no mail for event {event_id}: smtp://127.0.0.1:{server.port} refused it with 550")


def many(host, server):
    """Handlers run at once, and each mail is whole."""
    before = len(server.mails)
    for number in range(40):
        register(host, f"many-{number}", f"user{number}@example.org")
    for mail in server.received(before + 40)[before:]:
        number = mail.recipients[0].removeprefix("user").split("@")[0]
        same(BODY.format(mail.recipients[0], f"many-{number}"), base64.b64decode(mail.head[1]).decode())


def encrypted(options, folder, tls, scheme, more):
    server = MailServer(tls=tls, from_first_byte=scheme == "smtps", login=(b"shop", b"pass word"))
    secret = pathlib.Path(folder) / "password"
    secret.touch(mode=0o600)
    secret.write_text("pass word\n")
    more = [f"server: {scheme}://127.0.0.1:{server.port}", *more, f"ca_file: {tls[0]}", "user: shop", f"password: file:{secret}"]
    with start(options, pathlib.Path(folder) / scheme, more) as host:
        register(host, "u-1", "ann@example.org")
        same(b"shop", server.received(1)[0].login, "login")
        same(0, host.terminate(), "exit code")
        holds("pass word" not in host.log_text(), "a log without the password", host.log_text())
    server.close()


def untrusted(options, folder, tls):
    """A server whose certificate nobody vouches for, and one without TLS where it is required, are given no mail."""
    with_tls, without = MailServer(tls=tls), MailServer()
    for name, server in (("untrusted", with_tls), ("plain", without)):
        url = f"smtp://127.0.0.1:{server.port}"
        with start(options, pathlib.Path(folder) / name, [f"server: {url}", "tls: required"]) as host:
            register(host, "u-1", "ann@example.org")
            wait_for_log(host, f"{url}: ")
            same([], server.mails)
            same(0, host.terminate(), "exit code")
        server.close()


def as_shipped(options, folder):
    """By the manifest of the tree."""
    server = MailServer()
    folder = pathlib.Path(folder) / "shipped"
    folder.mkdir()
    os.environ["BACKPLANE_MAIL_SERVER"] = f"smtp://127.0.0.1:{server.port}"
    with ServedHost(options.program, str(CONFIG / "backplane.yaml"), str(folder), ["--data-dir", "data"], options.plugins) as host:
        register(host, "u-1", "ann@example.org")
        mail = server.received(1)[0]
        same(("noreply@example.org", ["ann@example.org"]), (mail.sender, mail.recipients))
        holds(b"your account u-1 with the address ann@example.org" in base64.b64decode(mail.head[1]), "the text of the manifest", mail.content)
        same(0, host.terminate(), "exit code")
    server.close()


def play(options, folder, report):
    tls = certificate(folder)
    server = MailServer(refused=("gone@example.org",))
    with start(options, pathlib.Path(folder) / "plain_text", [f"server: smtp://127.0.0.1:{server.port}"]) as host:
        report.step("a user who registers is sent a mail, byte for byte as wanted", byte_for_byte, host, server)
        report.step("a mail program reads it", as_read, server)
        report.step("no address and no id adds a header or a recipient", no_injection, host, server)
        report.step("a recipient that the server refuses is a warning", refused_by_server, host, server)
        report.step("many mails at once are whole", many, host, server)
        report.step("SIGTERM ends the host with exit code 0", lambda: same(0, host.terminate(), "exit code"))
        if report.failed:
            print("---- log\n" + host.log_text())
    server.close()
    report.step("STARTTLS and a login where they are wanted", encrypted, options, folder, tls, "smtp", ["tls: required"])
    report.step("TLS from the first byte", encrypted, options, folder, tls, "smtps", [])
    report.step("without trusted TLS nothing is sent where it is required", untrusted, options, folder, tls)
    report.step("the manifest that is shipped sends", as_shipped, options, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--plugins", required=True)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-mail-") as folder:
        play(options, folder, report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
