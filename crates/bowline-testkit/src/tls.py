"""Servers that speak TLS and say no to everybody: `tls.py GOOD EXPIRED ELSEWHERE [BEHIND]`, ports.

Their certificates were made a moment ago by an authority that nobody knows: one for `localhost`, one for `localhost` that
has expired, and one for another host. The authority's own certificate is left in the working directory as
`authority.pem`, and what was asked is added to `heard`. With a fourth port the first server passes everything on to the
server there, which speaks plain HTTP.
"""

import datetime
import http.client
import http.server
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)


def certificate(name, public, issuer, key, extension, authority, until):
    builder = x509.CertificateBuilder().subject_name(subject(name)).issuer_name(subject(issuer)).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(until - 2 * DAY).not_valid_after(until)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if extension:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def subject(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class No(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        with open("heard", "a") as file:
            file.write(f"{self.requestline}\n{self.headers}")
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
        self.send_response(403)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT


class PassOn(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        connection = http.client.HTTPConnection("127.0.0.1", behind, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers.items()) | {"x-forwarded-proto": "https"})
        reply = connection.getresponse()
        body = reply.read()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        pass


def serve(port, name, host, until, handler=No):
    own = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    with open(f"{name}.pem", "wb") as file:
        file.write(own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))
        file.write(certificate(host, own.public_key(), "authority", authority, names, False, until))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{name}.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    # Shaken hands with in the thread of each connection, so that one that says nothing keeps nobody waiting.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


authority = ec.generate_private_key(ec.SECP256R1())
with open("authority.pem", "wb") as file:
    file.write(certificate("authority", authority.public_key(), "authority", authority, None, True, NOW + DAY))
good, expired, elsewhere, behind = (*map(int, sys.argv[1:]), None)[:4]
servers = [
    serve(good, "good", "localhost", NOW + DAY, PassOn if behind else No),
    serve(expired, "expired", "localhost", NOW - DAY / 24),
    serve(elsewhere, "elsewhere", "elsewhere.example", NOW + DAY),
]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
