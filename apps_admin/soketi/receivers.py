"""How a receiver verifies that a webhook comes from soketi: small servers that run as they are.

Each needs nothing but its language. The secret comes from the environment (`SOKETI_APP_SECRET`), the port from `PORT`
(8080 without it). A right signature is answered with 204, any other with 401.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """The languages there is a receiver for."""

    PHP = "php"
    NODE = "node"
    PYTHON = "python"
    GO = "go"


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """One receiver: its code, the file it belongs in, and how to run it."""

    language: Language
    label: str
    filename: str
    command: str
    code: str


PHP_CODE = """\
<?php

declare(strict_types=1);

$secret = getenv('SOKETI_APP_SECRET') ?: throw new RuntimeException('SOKETI_APP_SECRET is not set');

// The raw bytes: JSON that was decoded and encoded again has another signature.
$body = file_get_contents('php://input');
$expected = hash_hmac('sha256', $body, $secret);

if (!hash_equals($expected, $_SERVER['HTTP_X_PUSHER_SIGNATURE'] ?? '')) {
    http_response_code(401);
    exit;
}

foreach (json_decode($body, true, 512, JSON_THROW_ON_ERROR)['events'] as $event) {
    file_put_contents('php://stdout', "{$event['name']} {$event['channel']}\\n");
}

http_response_code(204);
"""

NODE_CODE = """\
const { createHmac, timingSafeEqual } = require('node:crypto');
const { createServer } = require('node:http');

const secret = process.env.SOKETI_APP_SECRET;
if (!secret) throw new Error('SOKETI_APP_SECRET is not set');

function isSigned(body, signature) {
    const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'));
    const given = Buffer.from(signature ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
}

const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
        // The raw bytes: JSON that was parsed and written again has another signature.
        const body = Buffer.concat(chunks);
        if (!isSigned(body, request.headers['x-pusher-signature'])) {
            response.writeHead(401).end();
            return;
        }
        for (const event of JSON.parse(body).events) {
            console.log(event.name, event.channel);
        }
        response.writeHead(204).end();
    });
});

server.listen(process.env.PORT ?? 8080, '127.0.0.1');
"""

PYTHON_CODE = """\
import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["SOKETI_APP_SECRET"].encode()


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        # The raw bytes: JSON that was loaded and dumped again has another signature.
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        given = self.headers.get("X-Pusher-Signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            self.answer(401)
            return
        for event in json.loads(body)["events"]:
            print(event["name"], event["channel"], flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Webhook).serve_forever()
"""

GO_CODE = """\
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

var secret = []byte(os.Getenv("SOKETI_APP_SECRET"))

type payload struct {
	Events []struct {
		Name    string `json:"name"`
		Channel string `json:"channel"`
	} `json:"events"`
}

func isSigned(body []byte, signature string) bool {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature))
}

func receive(w http.ResponseWriter, r *http.Request) {
	// The raw bytes: JSON that was decoded and encoded again has another signature.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || !isSigned(body, r.Header.Get("X-Pusher-Signature")) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var received payload
	if err := json.Unmarshal(body, &received); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, event := range received.Events {
		fmt.Println(event.Name, event.Channel)
	}
	w.WriteHeader(http.StatusNoContent)
}

func main() {
	if len(secret) == 0 {
		log.Fatal("SOKETI_APP_SECRET is not set")
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("/", receive)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}
"""

RECEIVERS: Mapping[Language, Receiver] = MappingProxyType(
    {
        receiver.language: receiver
        for receiver in (
            Receiver(
                language=Language.PHP,
                label="PHP",
                filename="webhook.php",
                command="php -S 127.0.0.1:${PORT:-8080} webhook.php",
                code=PHP_CODE,
            ),
            Receiver(
                language=Language.NODE,
                label="Node.js",
                filename="webhook.js",
                command="node webhook.js",
                code=NODE_CODE,
            ),
            Receiver(
                language=Language.PYTHON,
                label="Python",
                filename="webhook.py",
                command="python3 webhook.py",
                code=PYTHON_CODE,
            ),
            Receiver(
                language=Language.GO,
                label="Go",
                filename="webhook.go",
                command="go run webhook.go",
                code=GO_CODE,
            ),
        )
    }
)
