#!/usr/bin/env bash
# The Chromium that the tests marked "browser" drive: installed where apt-get may
# be used, otherwise says what is missing. Never fails: those tests say so too.
set -uo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then
    echo "browser tests use $(command -v "$name")"
    exit 0
  fi
done
if [ -n "${FAIRFLIP_CHROMIUM:-}" ]; then
  echo "browser tests use $FAIRFLIP_CHROMIUM"
  exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  if apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends chromium >/dev/null; then
    echo "installed $(command -v chromium)"
    exit 0
  fi
fi
echo "no Chromium: tests marked 'browser' are skipped. Install it (Debian: apt-get install" \
  "chromium) or set FAIRFLIP_CHROMIUM to its path."
