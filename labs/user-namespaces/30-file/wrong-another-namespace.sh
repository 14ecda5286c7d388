# expect: made by root of the namespace
nsenter --target "$(running "$first")" --user touch /work/room/from-inside
