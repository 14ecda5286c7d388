there "$name-web"
[ "$(ask '{{.State.Running}}' "$name-web")" = true ] || { echo "$name-web is not running: a container that was stopped or killed by the engine's own command is left alone."; exit 1; }
[ "$(ask '{{.RestartCount}}' "$name-web")" -ge 1 ] || { echo "The engine has not had to start $name-web again yet."; exit 1; }
