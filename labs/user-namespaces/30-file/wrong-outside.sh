# expect: it was made out here
touch /work/room/from-inside
