#!/usr/bin/env bash
# Tries hgtop for other systems, and fails on any warning:
#   macOS (arm64)     checked with its tests; nothing is linked or run
#   Windows (x86_64)  library tests and commands under Wine
#   Linux (arm64)     commands under QEMU
#   Linux (musl)      commands of the static program in an empty root folder
# A system whose tools cannot be installed is skipped with a message. Needs
# rustup, apt-get and pip, and about ten minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="$PWD/target/cross"
export CARGO_PROFILE_DEV_DEBUG=0
export RUSTFLAGS="-D warnings"
tools="$CARGO_TARGET_DIR/tools"
mkdir -p "$tools"
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Installs packages of Debian unless the program is there.
install() { # program, package...
    command -v "$1" >/dev/null && return
    as_root apt-get install -y --no-install-recommends "${@:2}" >/dev/null 2>&1
}

# Whether everything for a target could be installed.
have() { # target, program, package...
    echo "== $1"
    if ! rustup target add "$1" >/dev/null 2>&1; then
        echo "skipped: rustup has no standard library for $1"
        return 1
    fi
    if ! install "${@:2}"; then
        echo "skipped: ${*:3} cannot be installed"
        return 1
    fi
}

# Runs commands that write a config, lock it, poll a service and read a history.
# Files are in the current folder, by relative names.
try_out() { # command that runs hgtop
    "$@" --version
    rm -f new.toml
    "$@" --config new.toml config init --base-url http://127.0.0.1:1 --env-id demo
    "$@" --config new.toml add acme/flows/f/jobs/j
    "$@" --config new.toml list --output json | grep -q '"acme/flows/f/jobs/j"'
    "$@" demo --serve 127.0.0.1:0 --speed 200 >demo.toml &
    local service=$!
    for _ in $(seq 600); do
        grep -q '^# end' demo.toml && break
        sleep 0.1
    done
    grep -q '^# end' demo.toml
    chmod 600 demo.toml
    # Jobs of the demo fail (1) or still run at the end of the time (124).
    code=0
    "$@" --config demo.toml wait --timeout 5s --output jsonl >wait.jsonl || code=$?
    case "$code" in 0 | 1 | 124) ;; *) return 1 ;; esac
    grep -q '"transition"' wait.jsonl
    code=0
    "$@" --config demo.toml status --output json >status.json || code=$?
    case "$code" in 0 | 1) ;; *) return 1 ;; esac
    grep -q '"status"' status.json
    "$@" --config demo.toml doctor >doctor || true
    grep -q 'API key accepted' doctor
    kill "$service"
    wait "$service" 2>/dev/null || true
}

# The C code of SQLite and ring is compiled by zig for macOS. The cc crate
# names the target in a form that zig does not know.
macos() {
    local target=aarch64-apple-darwin
    have "$target" python3 python3 || return 0
    if ! { [ -x "$tools/python/bin/python" ] || python3 -m venv "$tools/python"; } ||
        ! "$tools/python/bin/pip" -q install ziglang; then
        echo "skipped: ziglang cannot be installed"
        return 0
    fi
    cat >"$tools/cc-macos" <<SCRIPT
#!/usr/bin/env bash
arguments=()
while [ \$# -gt 0 ]; do
    case "\$1" in
    --target=* | -mmacosx-version-min=*) ;;
    -arch | -target | -isysroot) shift ;;
    *) arguments+=("\$1") ;;
    esac
    shift
done
exec "$tools/python/bin/python" -m ziglang cc -target aarch64-macos "\${arguments[@]}"
SCRIPT
    cat >"$tools/ar-macos" <<SCRIPT
#!/usr/bin/env bash
exec "$tools/python/bin/python" -m ziglang ar "\$@"
SCRIPT
    chmod +x "$tools/cc-macos" "$tools/ar-macos"
    CC_aarch64_apple_darwin="$tools/cc-macos" AR_aarch64_apple_darwin="$tools/ar-macos" \
        cargo clippy --all-targets --target "$target"
}

# Wine 8 has no bcryptprimitives.dll, from which Rust takes random numbers.
windows() {
    local target=x86_64-pc-windows-gnu wine
    have "$target" x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64 || return 0
    cargo clippy --all-targets --target "$target"
    install wine64 wine64 || true
    wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null) || {
        echo "skipped: wine64 cannot be installed; nothing was run"
        return 0
    }
    cat >"$scratch/random.c" <<SCRIPT
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL ProcessPrng(PBYTE data, SIZE_T length) {
    return RtlGenRandom(data, length);
}
SCRIPT
    mkdir -p "$scratch/windows"
    x86_64-w64-mingw32-gcc -shared -o "$scratch/windows/bcryptprimitives.dll" \
        "$scratch/random.c" -ladvapi32
    export WINEPREFIX="$scratch/wine" WINEDEBUG=-all
    cargo build --target "$target"
    cp "$CARGO_TARGET_DIR/$target/debug/hgtop.exe" "$scratch/windows"
    (cd "$scratch/windows" && try_out "$wine" hgtop.exe)
    cp "$scratch/windows/bcryptprimitives.dll" "$CARGO_TARGET_DIR/$target/debug/deps"
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$wine" \
        cargo test -q --lib --target "$target"
}

arm() {
    local target=aarch64-unknown-linux-gnu
    have "$target" aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross || return 0
    if ! install qemu-aarch64-static qemu-user-static; then
        echo "skipped: qemu-user-static cannot be installed"
        return 0
    fi
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
        cargo build --target "$target"
    mkdir -p "$scratch/arm"
    (cd "$scratch/arm" && try_out qemu-aarch64-static -L /usr/aarch64-linux-gnu \
        "$CARGO_TARGET_DIR/$target/debug/hgtop")
}

musl() {
    local target=x86_64-unknown-linux-musl root="$scratch/root"
    have "$target" musl-gcc musl-tools || return 0
    CC_x86_64_unknown_linux_musl=musl-gcc cargo build --target "$target"
    mkdir -p "$root"
    cp "$CARGO_TARGET_DIR/$target/debug/hgtop" "$root"
    if ldd "$root/hgtop" 2>&1 | grep -q '=>'; then
        echo "hgtop for musl is not static" >&2
        return 1
    fi
    (cd "$root" && try_out as_root env -i PATH="$PATH" chroot "$root" /hgtop)
}

musl
arm
windows
macos
