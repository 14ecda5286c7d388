there "$name-web"
[ "$(policy "$name-web")" = unless-stopped:0 ] || { echo "The policy of $name-web is $(policy "$name-web"); wanted is unless-stopped."; exit 1; }
[ "$(ask '{{.State.Running}}' "$name-web")" = true ] || { echo "$name-web is not running."; exit 1; }
