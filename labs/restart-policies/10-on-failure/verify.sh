there "$name"
[ "$(policy "$name")" = "on-failure:$tries" ] || { echo "The policy of $name is $(policy "$name"); wanted is on-failure, at most $tries times."; exit 1; }
[ "$(ask '{{.State.ExitCode}}' "$name")" = "$code" ] || { echo "$name ends with $(ask '{{.State.ExitCode}}' "$name"), not with $code."; exit 1; }
[ "$(ask '{{.State.Status}} {{.RestartCount}}' "$name")" = "exited $tries" ] || { echo "The engine is still trying ($(ask '{{.RestartCount}}' "$name") of $tries); wait a little."; exit 1; }
