#!/usr/bin/env bash
# From votes to a report, through the pipeline: what `make demo` runs after the
# set-up. Again, it goes on where it was, and trains only what is new.
#   DATA=folder make demo    uses a wardrobe of yours; else one is simulated
set -euo pipefail
wardrobe=
if [ -n "${DATA:-}" ]; then
  if ! wardrobe=$(cd "$DATA" 2>/dev/null && pwd); then
    echo "DATA=$DATA: does not exist or is no folder." >&2
    exit 2
  fi
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=.venv/bin
tfcompat=$bin/tfcompat
export TF_USE_LEGACY_KERAS=1 TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore

say() { printf '\n== %s\n' "$*"; }

out=demo
served=saved_models
if [ -n "$wardrobe" ]; then
  # Of its own: the pipeline compares a run's data and model with the last ones.
  name=$(basename "$wardrobe" | tr -cs 'A-Za-z0-9\n' -)
  out=demo/$name-$(cksum <<<"$wardrobe" | cut -d' ' -f1)
  served=$out/saved_models
else
  wardrobe=$out/wardrobe
  if [ ! -f "$wardrobe/wardrobe.json" ]; then
    say "Simulating a wardrobe"
    $tfcompat simulate "$wardrobe"
  fi
fi
export TFCOMPAT_PIPELINE_WARDROBE=$wardrobe
export TFCOMPAT_PIPELINE_PIPELINE_ROOT=$out/pipeline
export TFCOMPAT_PIPELINE_METADATA_PATH=$out/pipeline/metadata.sqlite
export TFCOMPAT_PIPELINE_SERVING_DIR=$served
mkdir -p "$out"

say "The pipeline: from votes to a pushed model"
# What TFX's command remembers; in the clone, so that clones do not meet.
export LOCAL_HOME=$PWD/demo/tfx
runner=$PWD/tfx_pipeline/local_runner.py
if ! grep -qsF "\"$runner\"" "$LOCAL_HOME/tfcompat/pipeline_args.json"; then
  rm -rf "$LOCAL_HOME"
  $bin/tfx pipeline create --engine=local --pipeline_path="$runner" \
    >"$out/tfx.log"
fi
$bin/tfx run create --engine=local --pipeline_name=tfcompat >>"$out/tfx.log"

$bin/python -m tfx_pipeline.last_run >"$out/last_run.tsv"
# left COMPONENT OUTPUT: where the run left it.
left() { awk -F'\t' -v c="$1" -v o="$2" '$1 == c && $2 == o {print $3}' "$out/last_run.tsv"; }
encoder=$(left Trainer_encoder model_run)
trained=$(left Trainer_stage_two model_run)
pushed=$(left Pusher pushed_model)
cp "$(left Evaluator evaluation)/evaluation.html" "$out/evaluation.html"

# Others to compare it with, trained anew when the pipeline's model is.
runs=$out/runs/$(basename "$trained")
mkdir -p "$runs"
models=()
name=pipeline
if [ -n "$pushed" ]; then
  models=("$(basename "$(dirname "$pushed")")")
  name=${models[0]//_/-}
fi
ln -sfn "$trained" "$runs/$name"
compared=("$runs/$name")
for other in psa-net-nonpersonal joint; do
  say "To compare with: $other"
  $tfcompat train $other --data "$wardrobe" --out "$runs/$other" --resume \
    --set "encoder=$encoder" >"$runs/$other.json"
  compared+=("$runs/$other")
done
version=$(cat "$runs/joint.version" 2>/dev/null || true)
if [ ! -d "${version:-none}" ]; then
  $tfcompat export "$runs/joint" --to "$served" --data "$wardrobe" \
    >"$runs/joint.version"
fi
models+=(joint_subspace_net)

say "Serve ${models[*]}, and ask"
$tfcompat serve "$served" --engine embedded --port 0 --rest-port 0 \
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
IFS=$'\t' read -r customer query group \
  < <($bin/python scripts/demo_question.py "$wardrobe")
asked=()
for model in "${models[@]}"; do
  echo "$model:"
  $tfcompat query complete --server "$address" --model "$model" --k 5 \
    --data "$wardrobe" --customer "$customer" --query "$query" --group "$group"
  asked+=(--model "$model")
done
$tfcompat report "${compared[@]}" --data "$wardrobe" --out demo/report.html \
  --server "$address" "${asked[@]}" \
  --link "The pipeline's evaluation of $name=$(realpath --relative-to=demo "$out/evaluation.html")" \
  >/dev/null
kill $server
wait $server
say "The server has been stopped. Open $PWD/demo/report.html"
