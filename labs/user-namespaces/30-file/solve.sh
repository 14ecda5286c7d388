rm -f /work/room/from-inside
nsenter --target "$(running "$second")" --user touch /work/room/from-inside
