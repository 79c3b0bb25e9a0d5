#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools.sh BUILD_DIR: the other implementations are there, and gopeer is built from them.  What is
# missing fails here, in words; nothing is left out.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=$1/tests

missing() {
    echo "FAILED: $1; ./dev setup installs it" >&2
    exit 1
}

command -v go > /dev/null || missing "no Go compiler (golang-go)"
[ -e /usr/share/gocode/src/github.com/flynn/noise/state.go ] ||
    missing "no flynn/noise (golang-github-flynn-noise-dev)"
/usr/bin/python3 -c 'import dissononce' || missing "no dissononce (python3-dissononce)"

unformatted=$(gofmt -l "$here/gopeer") || exit 1
[ -z "$unformatted" ] || { echo "FAILED: gofmt would change $unformatted" >&2; exit 1; }

# Debian's packages and nothing else: no modules, no network, a cache of our own.
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE=$out/gocache CGO_ENABLED=0
cd "$here/gopeer" && go vet . && go build -o "$out/gopeer" . || exit 1
echo "tools: $(go version | cut -d ' ' -f 3), gopeer built"
