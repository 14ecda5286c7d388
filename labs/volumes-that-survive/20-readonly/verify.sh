[ "$(ask '{{.State.Running}}' reader)" = true ] || { echo "No container named reader is running."; exit 1; }
case $(mount_of reader) in
*"volume $volume /data false"*) ;;
*"volume $volume /data true"*) echo "reader has $volume at /data, but may write there."; exit 1 ;;
*) echo "reader does not have the volume $volume at /data."; exit 1 ;;
esac
