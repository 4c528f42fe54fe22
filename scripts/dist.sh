#!/usr/bin/env bash
# Builds the release binary, and beside it what a package carries: manual pages
# and completions.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release
dist=target/dist
rm -rf "$dist"
mkdir -p "$dist/man"
hgtop=target/release/hgtop
"$hgtop" man --to "$dist/man"
"$hgtop" completions bash >"$dist/hgtop.bash"
"$hgtop" completions fish >"$dist/hgtop.fish"
"$hgtop" completions zsh >"$dist/_hgtop"
