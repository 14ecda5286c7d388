nsenter --target "$(pgrep -x "$odd")" --uts hostname "$host"
