rm -f /work/shared/from-inside
nsenter --target "$(running "$second")" --user touch /work/shared/from-inside
