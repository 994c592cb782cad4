"""Servers that speak TLS and say no to everybody: `tls.py GOOD EXPIRED ELSEWHERE`, three ports.

Their certificates were made a moment ago by an authority that nobody knows: one for `localhost`, one for `localhost` that
has expired, and one for another host. The authority's own certificate is left in the working directory as
`authority.pem`, and what was asked is added to `heard`.
"""

import datetime
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


def serve(port, name, host, until):
    own = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    with open(f"{name}.pem", "wb") as file:
        file.write(own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))
        file.write(certificate(host, own.public_key(), "authority", authority, names, False, until))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{name}.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), No)
    # Shaken hands with in the thread of each connection, so that one that says nothing keeps nobody waiting.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


authority = ec.generate_private_key(ec.SECP256R1())
with open("authority.pem", "wb") as file:
    file.write(certificate("authority", authority.public_key(), "authority", authority, None, True, NOW + DAY))
good, expired, elsewhere = map(int, sys.argv[1:])
servers = [
    serve(good, "good", "localhost", NOW + DAY),
    serve(expired, "expired", "localhost", NOW - DAY / 24),
    serve(elsewhere, "elsewhere", "elsewhere.example", NOW + DAY),
]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
