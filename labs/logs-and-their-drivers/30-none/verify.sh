for one in mute:none tight:local; do
    there "${one%:*}"
    [ "$(ask '{{.State.Running}}' "${one%:*}")" = true ] || { echo "${one%:*} is not running."; exit 1; }
    driver=$(ask '{{.HostConfig.LogConfig.Type}}' "${one%:*}")
    [ "$driver" = "${one#*:}" ] || { echo "${one%:*} uses the driver $driver; wanted is ${one#*:}."; exit 1; }
done
docker logs --tail 1 tight 2>/dev/null | grep -q "$word" || { echo "tight does not say $word."; exit 1; }
