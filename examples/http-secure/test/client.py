"""Talks to the example by requests, and writes what it saw as JSON: client.py BASE CERTIFICATE KEY PHOTO."""

import json
import sys

import requests

base, certificate, key, photo = sys.argv[1:]
session = requests.Session()
session.trust_env = False  # its variables would win over what stands here
session.verify = certificate
session.headers["Authorization"] = f"Apikey {key}"


def events():
    with session.get(f"{base}/api/clock", stream=True, timeout=10) as answer:
        lines = []
        for line in answer.iter_lines(decode_unicode=True):
            lines.append(line)
            if lines.count("event: tick") == 2 and line == "":
                return [line for line in lines if line.startswith("id: ")]


order = {"item": "tea", "amount": 2}
with open(photo, "rb") as file:
    uploaded = session.post(f"{base}/api/photos", files={"photo": ("photo.jpg", file, "image/jpeg")}, timeout=30)
with session.get(f"{base}/api/numbers?count=100000", stream=True, timeout=30) as stream:
    pieces = list(stream.iter_content(chunk_size=None))

print(
    json.dumps(
        {
            "order": session.post(f"{base}/api/orders", json=order, timeout=10).json(),
            "refused": session.get(f"{base}/api/orders", headers={"Authorization": ""}, timeout=10).status_code,
            "wrong": session.post(f"{base}/api/orders", json={"item": ""}, timeout=10).status_code,
            "upload": uploaded.json(),
            "stream": {"coding": stream.headers.get("content-encoding"), "bytes": len(b"".join(pieces)), "pieces": len(pieces)},
            "events": events(),
            "site": "<h1>Shop</h1>" in session.get(f"{base}/", timeout=10).text,
            "type": session.get(f"{base}/app.js", timeout=10).headers["content-type"],
            "outside": session.get(f"{base}/%2e%2e/package.json", timeout=10).status_code,
        }
    )
)
