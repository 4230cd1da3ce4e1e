#!/usr/bin/env bash
# Installs the real soketi 1.6.1 that the tests are judged by, once per lock file. Prints the folder.
# Needs Node 20 and npm. Nothing of it is shipped: soketi is AGPL-3.0 and runs here as a process of its own.
set -euo pipefail
cd "$(dirname "$0")"
want=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
stamp=node_modules/.installed-for
exec 9<package.json
flock 9 # one at a time, whichever test worker comes first
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
    npm ci --ignore-scripts --omit=optional --no-fund --no-audit --loglevel=error >&2
    printf '%s' "$want" >"$stamp"
fi
pwd
