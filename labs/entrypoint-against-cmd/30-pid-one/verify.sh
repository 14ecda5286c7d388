image server:1
[ "$(docker inspect -f '{{.State.Running}}' server 2>/dev/null)" = true ] || { echo "No container named server is running."; exit 1; }
[ "$(docker inspect -f '{{.Config.Image}}' server)" = server:1 ] || { echo "The container server was not started from server:1."; exit 1; }
[ "$(docker inspect -f '{{len .Args}} {{.Path}}' server)" = "1 sleep" ] || { echo "Process 1 of server is started as $(docker inspect -f '{{.Path}}' server), not as sleep $seconds."; exit 1; }
case $(cmd server:1)$(entry server:1) in *"\"$seconds\""*) ;; *) echo "server:1 itself does not say sleep $seconds; the command was given to run."; exit 1 ;; esac
