# Shared by the scripts beside this one; they source it. Messages go to standard error, so that standard output can be
# a script's result.

set -euo pipefail
# ONNX Runtime sends nothing when run from here, also from Python, unless the user sets 0.
export ORT_DISABLE_TELEMETRY=${ORT_DISABLE_TELEMETRY:-1}
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="$repository/Tools"
started=$SECONDS

# One line a step, with the time since the script began.
say() { printf '[%4ds] %s\n' $((SECONDS - started)) "$*" >&2; }

# The problem, then the remedy.
fail() {
  printf '\nerror: %s\n' "$1" >&2
  printf 'remedy: %s\n' "$2" >&2
  exit 1
}

require_swift() {
  command -v swift >/dev/null 2>&1 || fail "Swift is not installed, or 'swift' is not in PATH." \
    "Install Swift 6.2 or later from https://www.swift.org/install/linux and run this again."
  local version
  version=$({ swift --version || true; } 2>&1 | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
  [ -n "$version" ] || fail "'swift --version' does not say a version." \
    "Run it by hand and read its message: the Debian packages that Swift itself needs may be missing (https://www.swift.org/install/linux lists them)."
  printf '6.2\n%s\n' "$version" | sort -V -C || fail "Swift $version is too old: the package needs 6.2." \
    "Install Swift 6.2 or later from https://www.swift.org/install/linux and run this again."
}

# Installs the engines where they are missing and sets the variables for building and running: PKG_CONFIG_PATH, ONNXRUNTIME_LIB and
# the array swift_flags.
prepare_engines() {
  local environment
  environment=$("$tools/setup" --environment)
  eval "$environment"
}
