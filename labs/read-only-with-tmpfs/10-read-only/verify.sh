running sealed
[ "$(ask '{{.HostConfig.ReadonlyRootfs}}' sealed)" = true ] || { echo "The root of sealed can be written."; exit 1; }
