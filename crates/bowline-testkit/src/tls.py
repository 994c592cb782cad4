"""A server that speaks TLS and says no to everybody: `tls.py PORT`.

Its certificate is for `localhost` alone, made a moment ago by an authority that nobody knows. The authority's own
certificate is left in the working directory.
"""

import datetime
import http.server
import ssl
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(name, public, issuer, key, extension, authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject(name)).issuer_name(subject(issuer)).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if extension:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def subject(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class No(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
        self.send_response(403)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT


authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
own_pem = certificate("localhost", own.public_key(), "authority", authority, names, False)
with open("own.pem", "wb") as file:
    file.write(own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))
    file.write(own_pem)
with open("authority.pem", "wb") as file:
    file.write(certificate("authority", authority.public_key(), "authority", authority, None, True))

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("own.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), No)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
