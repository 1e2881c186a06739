"""Run by test_pylti1p3.py in the environment of PyLTI1p3: a platform on the loopback interface, and a tool."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from runpy import run_path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector

from chainruler_client.grading import graded
from chainruler_client.lti import put_grade

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)
RECEIVED: dict[str, Any] = {"scores": []}


class Platform(BaseHTTPRequestHandler):
    """Grants tokens to whom the tool's key signs for, and takes scores with such a token."""

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            url = f"http://{self.headers['Host']}/token"
            claims = jwt.decode(asked["client_assertion"], PUBLIC, algorithms=["RS256"], audience=url)
            RECEIVED["token"] = {"signed_by": claims["iss"], "scope": asked["scope"]}
            self._answer({"access_token": "granted", "token_type": "bearer", "expires_in": 3600, "scope": SCOPE})
        else:
            told = {"path": self.path, "type": self.headers["Content-Type"], "body": json.loads(body)}
            RECEIVED["scores"].append({**told, "authorization": self.headers["Authorization"]})
            self._answer({})

    def _answer(self, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve a platform, and post a score to it as a tool."""
    server = HTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    tool = Registration()
    tool.set_auth_token_url(f"{address}/token").set_client_id("tool").set_issuer(address)
    tool.set_tool_private_key(PRIVATE).set_tool_public_key(PUBLIC)
    endpoint = {"scope": [SCOPE], "lineitem": f"{address}/ctx/1/lineitems/7?x=1"}
    service = AssignmentsGradesService(ServiceConnector(tool), endpoint)
    handed_in = run_path("submission.py")["dW2"]
    problem = json.loads(Path("problem.json").read_text())
    rubric = {"points": {"W2": 4}}
    put_grade(service, "u1", lambda: graded(problem, rubric=rubric, W2=handed_in), attempts=2, pause=0.01)
    Path("received.json").write_text(json.dumps(RECEIVED))
    server.shutdown()


if __name__ == "__main__":
    main()
