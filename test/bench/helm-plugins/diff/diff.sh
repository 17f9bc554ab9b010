#!/bin/sh
# helm diff upgrade RELEASE CHART --values FILE... --detailed-exitcode: ends with 2 where an upgrade would change something.
# helm-diff asks helm for just this (cmd/upgrade.go and cmd/helm3.go of databus23/helm-diff), its version twice.
set -eu

release= chart= values=
shift
while [ $# -gt 0 ]; do
  case $1 in
    --values) values=$2; shift ;;
    --namespace | --context | --kube-context | --output) shift ;;
    -*) ;;
    *) if [ -z "$release" ]; then release=$1; else chart=$1; fi ;;
  esac
  shift
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$HELM_BIN" version >"$folder/version"
"$HELM_BIN" get manifest "$release" >"$folder/now"
"$HELM_BIN" version >"$folder/version"
"$HELM_BIN" template "$release" "$chart" --values "$values" --is-upgrade --dry-run=server >"$folder/then"
"$HELM_BIN" get hooks "$release" >"$folder/hooks"
# `get manifest` ends with a line break more.
if [ "$(cat "$folder/now")" = "$(cat "$folder/then")" ]; then exit 0; fi
exit 2
