#!/bin/sh
# The Chromium that the tests marked "browser" drive: installed where apt-get may
# be used, otherwise says what is missing. Never fails: those tests say so too.
set -u
if [ -n "${FAIRFLIP_CHROMIUM:-}" ]; then
  echo "browser tests use $FAIRFLIP_CHROMIUM"
  exit 0
fi
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then
    echo "browser tests use $(command -v "$name")"
    exit 0
  fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  if apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; then
    echo "installed $(command -v chromium)"
    exit 0
  fi
fi
echo "no Chromium: tests marked 'browser' are skipped. Install it (Debian: apt-get install" \
  "chromium) or set FAIRFLIP_CHROMIUM to its path."
