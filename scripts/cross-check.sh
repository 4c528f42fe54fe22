#!/usr/bin/env bash
# Type-checks the crate with its tests for macOS and Windows, and fails on any
# warning. Nothing is linked or run. Takes a few minutes.
#
# Needs rustup, or else installs Debian's rustc-web, which builds the standard
# library itself. C compilers come from apt-get (mingw-w64) and pip (ziglang).
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="$PWD/target/cross"
export RUSTFLAGS="-D warnings"
tools="$CARGO_TARGET_DIR/tools"
mkdir -p "$tools"

install() { # packages of Debian
    if [ "$(id -u)" = 0 ]; then
        apt-get install -y --no-install-recommends "$@"
    else
        sudo apt-get install -y --no-install-recommends "$@"
    fi
}

# Checks for one target, with the given arguments for cargo.
check() { # target
    echo "== $1"
    if rustup target add "$1" >/dev/null 2>&1; then
        cargo check --all-targets --target "$1"
    else
        command -v cargo-web >/dev/null || install rustc-web cargo-web rust-web-src
        RUSTC_BOOTSTRAP=1 RUSTC="$(command -v rustc-web)" \
            cargo-web -Zbuild-std=std,panic_unwind,proc_macro,test \
            check --all-targets --target "$1"
    fi
}

# The C code of SQLite and ring is compiled by zig for macOS. The cc crate
# names the target in a form that zig does not know.
if [ ! -x "$tools/python/bin/python" ]; then
    python3 -m venv "$tools/python"
fi
"$tools/python/bin/pip" -q install ziglang
cat >"$tools/cc-macos" <<END
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
END
cat >"$tools/ar-macos" <<END
#!/usr/bin/env bash
exec "$tools/python/bin/python" -m ziglang ar "\$@"
END
chmod +x "$tools/cc-macos" "$tools/ar-macos"

CC_aarch64_apple_darwin="$tools/cc-macos" AR_aarch64_apple_darwin="$tools/ar-macos" \
    check aarch64-apple-darwin

command -v x86_64-w64-mingw32-gcc >/dev/null || install gcc-mingw-w64-x86-64
check x86_64-pc-windows-gnu
