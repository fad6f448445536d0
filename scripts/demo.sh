#!/usr/bin/env bash
# From votes to a report: what `make demo` runs after the set-up.
#   DATA=folder make demo    uses a wardrobe of yours; else one is simulated
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tfcompat=.venv/bin/tfcompat
out=demo

say() { printf '\n== %s\n' "$*"; }

wardrobe=${DATA:-$out/wardrobe}
if [ -z "${DATA:-}" ] && [ ! -f "$wardrobe/wardrobe.json" ]; then
  say "Simulating a wardrobe"
  $tfcompat simulate "$wardrobe"
fi

# Runs go on where an earlier demo was interrupted.
train() {
  $tfcompat train "$1" --data "$wardrobe" --out "$out/runs/$1" --resume \
    "${@:2}" >"$out/$1.json"
}
mkdir -p "$out/runs"
say "Garment encoder: what the items look like"
train garment-encoder
say "Stage 1: customers, from votes on single items"
train partial-dual
say "Stage 2: PSA-Net, the same without the customer, and our joint model"
shared=(--set "encoder=$out/runs/garment-encoder")
stage_one=(--set "stage_one=$out/runs/partial-dual")
train psa-net-nonpersonal "${shared[@]}"
train psa-net "${shared[@]}" "${stage_one[@]}"
train joint "${shared[@]}"

runs=("$out"/runs/{psa-net-nonpersonal,psa-net,joint})
for run in "${runs[@]}"; do
  say "$(basename "$run") on the test votes"
  $tfcompat evaluate "$run" --data "$wardrobe"
done

say "Export: SavedModels with the catalogue's index"
for run in psa-net joint; do
  $tfcompat export "$out/runs/$run" --to "$out/saved_models" --data "$wardrobe"
done

say "Serve them, and ask"
$tfcompat serve "$out/saved_models" --engine embedded --port 0 --rest-port 0 \
  2>"$out/serve.log" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
until address=$(grep -om1 'gRPC on [^,]*' "$out/serve.log"); do
  if ! kill -0 $server 2>/dev/null; then
    cat "$out/serve.log" >&2
    exit 1
  fi
  sleep 0.2
done
address=${address#gRPC on }
cat "$out/serve.log"
IFS=$'\t' read -r customer query group \
  < <(.venv/bin/python scripts/demo_question.py "$wardrobe")
for model in psa_net joint_subspace_net; do
  $tfcompat query complete --server "$address" --model $model --k 5 \
    --data "$wardrobe" --customer "$customer" --query "$query" --group "$group"
done
$tfcompat report "${runs[@]}" --data "$wardrobe" --out "$out/report.html" \
  --server "$address" --model psa_net --model joint_subspace_net >/dev/null
kill $server
wait $server
say "The server has been stopped. Open $PWD/$out/report.html"
