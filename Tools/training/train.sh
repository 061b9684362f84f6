#!/bin/sh
# Builds the bundled models from scratch: tools → questions → training → export → checks → model cards.
# Debian 12: installs python3-torch and python3-venv if missing (asks sudo if needed); PyPI's tools go into a
# virtual environment in the user's cache. Takes about 30 minutes on two cores. STEPS=100 makes a quick trial.
set -eu
cd "$(dirname "$0")"

fail() { printf 'train.sh: %s\n' "$1" >&2; exit 1; }

python=/usr/bin/python3
environment="${XDG_CACHE_HOME:-$HOME/.cache}/swift-deepen/training"

if ! { [ -x "$python" ] && "$python" -c 'import torch, ensurepip' 2>/dev/null; }; then
    echo "Installing Debian's python3-torch and python3-venv…"
    command -v apt-get >/dev/null || fail "python3-torch is missing and this is no Debian; install PyTorch 1.13 or later for $python"
    root=""; [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && root=sudo || fail "run as root: apt-get install python3-torch python3-venv"; }
    $root apt-get update -q && $root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends python3-torch python3-venv \
        || fail "apt-get install python3-torch python3-venv did not work; see its message above"
fi
if ! { [ -f "$environment/requirements.txt" ] && cmp -s requirements.txt "$environment/requirements.txt"; }; then
    echo "Installing PyPI's tools into $environment…"
    mkdir -p "$(dirname "$environment")"
    "$python" -m venv --clear --system-site-packages "$environment" || fail "no virtual environment; apt-get install python3-venv"
    "$environment/bin/pip" install -q -r requirements.txt || fail "pip could not install requirements.txt; is PyPI reachable?"
    cp requirements.txt "$environment/requirements.txt"
fi

export OMP_NUM_THREADS=1
run="$environment/bin/python"
steps="${STEPS:+--steps $STEPS}"

echo "Writing the questions…"
"$run" corpus.py
echo "Training (two models at a time)…"
# shellcheck disable=SC2086
{
    "$run" train.py atlas $steps & first=$!
    "$run" train.py scholar $steps & second=$!
    wait "$first" || fail "training of atlas ended early; see above"
    "$run" train.py wordsmith $steps & third=$!
    wait "$second" || fail "training of scholar ended early; see above"
    wait "$third" || fail "training of wordsmith ended early; see above"
}
echo "Exporting…"
for name in atlas scholar wordsmith; do "$run" export.py "$name"; done
echo "Checking and measuring…"
"$run" verify.py
