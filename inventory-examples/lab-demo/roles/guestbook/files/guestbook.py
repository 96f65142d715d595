#!/usr/bin/python3
"""Serves one page and counts its visits in etcd: guestbook NAME PORT ETCD_URL PKI_DIRECTORY."""

import base64
import json
import ssl
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME, PORT, ETCD, PKI = sys.argv[1:]
TLS = ssl.create_default_context(cafile=f"{PKI}/ca.crt")
TLS.load_cert_chain(f"{PKI}/client.crt", f"{PKI}/client.key")


def count_visit():
    """Write who was visited; etcd counts a key's writes of all clients."""
    key, value = (base64.b64encode(text.encode()).decode() for text in ("visits", NAME))
    body = json.dumps({"key": key, "value": value, "prev_kv": True}).encode()
    with urllib.request.urlopen(f"{ETCD}/v3/kv/put", body, timeout=5, context=TLS) as answer:
        return int(json.load(answer).get("prev_kv", {}).get("version", 0)) + 1


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, text = 200, f"Hello from {NAME}: visit {count_visit()}, counted in etcd\n"
        except OSError as problem:
            status, text = 503, f"{NAME} does not reach etcd: {problem}\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


ThreadingHTTPServer(("127.0.0.1", int(PORT)), Page).serve_forever()
