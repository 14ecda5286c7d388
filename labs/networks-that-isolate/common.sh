ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
running() { [ "$(ask '{{.State.Running}}' "$1")" = true ] || { echo "No container named $1 is running."; exit 1; }; }
nets() { ask '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{end}}' "$1"; }
in_net() { case " $(nets "$1") " in *" $2 "*) ;; *) return 1 ;; esac; }
