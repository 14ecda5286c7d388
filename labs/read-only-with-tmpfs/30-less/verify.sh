running guarded
status=/proc/$(ask '{{.State.Pid}}' guarded)/status
[ "$(ask '{{.HostConfig.ReadonlyRootfs}}' guarded)" = true ] || { echo "The root of guarded can be written."; exit 1; }
case $(ask '{{.Config.User}}' guarded) in 1000 | 1000:*) ;; *) echo "guarded does not run as the user 1000."; exit 1 ;; esac
grep -q '^CapBnd:[[:space:]]*0000000000000000$' "$status" || { echo "guarded could still get capabilities: its bounding set is $(sed -n 's/^CapBnd:[[:space:]]*//p' "$status")."; exit 1; }
grep -q '^NoNewPrivs:[[:space:]]*1$' "$status" || { echo "A set-user-ID program in guarded could still gain privileges: no-new-privileges is off."; exit 1; }
