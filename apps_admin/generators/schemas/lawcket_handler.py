"""The Lambda handler that goes with the connections table of `@lawcket/websocket` and `@lawcket/dynamo`."""

from __future__ import annotations

from apps_admin.domain.table import TableDesign
from apps_admin.generators.quoting import json_text

FILENAME = "src/index.js"
NOTE = (
    "npm install @lawcket/websocket @lawcket/dynamo aws-sdk: the plugin requires version 2 of the SDK without "
    "naming it, and Lambda's runtimes bring it only up to Node 16."
)
LIFETIME_HOURS = 24


def write_handler(design: TableDesign) -> str:
    """`src/index.js`. With a TTL attribute, a getter gives each connection its own expiry."""
    lines = [
        "const lawcket = require('@lawcket/websocket');",
        "const dynamo = require('@lawcket/dynamo');",
        "",
        "const connections = dynamo({",
        "  tableName: process.env.CONNECTIONS_TABLE,",
        "  additionalSyncFields: {",
        *_expiry(design),
        "  },",
        "});",
        "",
        "const handler = async (event, connection, publish) => {",
        "  if (connection.event === 'message' && publish) {",
        "    await publish({ received: true });",
        "  }",
        "};",
        "",
        "exports.handler = lawcket({ plugins: [connections], middleware: [], handler });",
    ]
    return "\n".join(lines) + "\n"


def _expiry(design: TableDesign) -> list[str]:
    if not design.expiry_attribute:
        return ["    channel: 'general',"]
    name = json_text(design.expiry_attribute, indent=None)
    return [
        "    // Read anew for each connection: epoch seconds after which DynamoDB removes it.",
        f"    get {name}() {{",
        f"      return Math.floor(Date.now() / 1000) + {LIFETIME_HOURS} * 3600;",
        "    },",
    ]
