for one in always unless; do [ -n "$(ask '{{.Id}}' "$name-$one")" ] || { echo "There is no container named $name-$one."; exit 1; }; done
[ "$(ask '{{.HostConfig.RestartPolicy.Name}}' "$name-always")" = always ] || { echo "$name-always does not have the policy always."; exit 1; }
[ "$(ask '{{.HostConfig.RestartPolicy.Name}}' "$name-unless")" = unless-stopped ] || { echo "$name-unless does not have the policy unless-stopped."; exit 1; }
[ "$(ask '{{.State.Running}}' "$name-unless")" = false ] || { echo "$name-unless runs; stop both with docker stop first."; exit 1; }
[ "$(ask '{{.State.Running}}' "$name-always")" = true ] || { echo "$name-always does not run: the engine has not been started again since you stopped it."; exit 1; }
