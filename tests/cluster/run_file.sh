#!/usr/bin/env bash
# Runs one test file on a new cluster. Part of run.sh, which sets IMAGES (the archive), HELM3, HELM4 and KUBECTL.
set -euo pipefail
kubernetes=tests/cluster/kubernetes.sh
$kubernetes up "$IMAGES"
# Without --test, which would say nothing before the end.
exec $kubernetes exec env HELM3="$HELM3" HELM4="$HELM4" KUBECTL="$KUBECTL" node --test-reporter=spec "$1"
