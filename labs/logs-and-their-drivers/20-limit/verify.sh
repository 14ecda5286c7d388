there noisy
[ "$(ask '{{.State.Running}}' noisy)" = true ] || { echo "noisy is not running."; exit 1; }
options=$(ask '{{index .HostConfig.LogConfig.Config "max-size"}} {{index .HostConfig.LogConfig.Config "max-file"}}' noisy)
[ "$options" = "$size 2" ] || { echo "noisy has max-size and max-file \"$options\"; wanted are $size and 2."; exit 1; }
[ "$(ask '{{.HostConfig.LogConfig.Type}}' noisy)" = json-file ] || { echo "noisy does not use the driver json-file."; exit 1; }
