state=$(docker inspect -f '{{.State.Running}} {{.Config.Image}} {{.Path}} {{join .Args " "}}' inside 2>/dev/null)
[ -n "$state" ] || { echo "There is no container named inside."; exit 1; }
[ "$state" = "true program:1 sleep $seconds" ] && exit 0
case $state in
*" program:1 echo "*) echo "inside still runs the entrypoint of program:1; the words behind the image became its arguments." ;;
true*) echo "inside runs${state#true}; wanted is sleep $seconds, from program:1." ;;
*) echo "inside is not running; it should run sleep $seconds." ;;
esac
exit 1
