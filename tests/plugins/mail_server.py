"""An SMTP server on loopback (aiosmtpd): keeps each mail as it came; with STARTTLS and a login where wanted."""

import asyncio
import logging
import ssl
import subprocess
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)  # clients that break off are wanted here
warnings.filterwarnings("ignore", "Requiring AUTH")  # it does not know that TLS is there from the first byte


class Mail:
    """What came: the addresses of the envelope, and the message as bytes."""

    def __init__(self, envelope, session):
        self.sender, self.recipients, self.content = envelope.mail_from, envelope.rcpt_tos, envelope.content
        self.login = session.auth_data

    @property
    def head(self):
        """The header as lines, the body."""
        head, _, body = self.content.partition(b"\r\n\r\n")
        return head.decode("ascii").split("\r\n"), body


def certificate(folder):
    """A certificate for 127.0.0.1 and its key, of nobody's authority but its own."""
    key, cert = f"{folder}/key.pem", f"{folder}/cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


class MailServer:
    """`refused`: recipients that it answers 550. `tls`: (certificate, key), then it wants STARTTLS, or speaks TLS
    from the first byte; `login`: (name, password), then it wants that."""

    def __init__(self, refused=(), tls=None, from_first_byte=False, login=None, patience=60):
        self.refused, self.patience = refused, patience
        self.mails, self._changed = [], threading.Condition()
        settings, context = {}, None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        if tls and not from_first_byte:
            settings = {"tls_context": context, "require_starttls": True}
        if login:
            settings |= {"auth_required": True, "auth_require_tls": not from_first_byte, "authenticator": lambda server, session, envelope, mechanism, data: AuthResult(
                success=(data.login, data.password) == login, auth_data=data.login)}
        self._loop = asyncio.new_event_loop()
        make = self._loop.create_server(lambda: SMTP(self, loop=self._loop, hostname="mail.example.org", **settings), "127.0.0.1", 0,
                                        ssl=context if from_first_byte else None)
        self._server = self._loop.run_until_complete(make)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        with self._changed:
            self.mails.append(Mail(envelope, session))
            self._changed.notify_all()
        return "250 ok"

    def received(self, count=1):
        """The mails, once there are so many."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.mails) >= count, self.patience):
                raise AssertionError(f"wanted {count} mails within {self.patience} s, found {len(self.mails)}")
            return list(self.mails)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
