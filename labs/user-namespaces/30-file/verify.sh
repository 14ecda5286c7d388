[ -e /work/room/from-inside ] || say "There is no file /work/room/from-inside yet."
owner=$(stat -c %u:%g /work/room/from-inside)
[ "$owner" != 0:0 ] || say "The file belongs to root of the machine: it was made out here, not in the namespace. Remove it first."
[ "$owner" = "$base:$base" ] || say "The file belongs to $owner; made by root of the namespace, it would belong to $base:$base."
