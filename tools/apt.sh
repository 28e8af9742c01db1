#!/bin/bash
# Install Debian packages without a question. For root; make never becomes root by itself.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update || echo "apt-get update failed: going on with the package lists that are here" >&2
apt-get -qq -y install --no-install-recommends "$@" >/dev/null
