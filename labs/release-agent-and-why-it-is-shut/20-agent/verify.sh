type=$(awk '$5 == "/run/lab/tree" { for (i = 7; i < NF; i++) if ($i == "-") print $(i + 1), $NF }' /proc/self/mountinfo | tail -1)
[ -n "$type" ] || say "Nothing is mounted at /run/lab/tree yet."
case $type in
"cgroup "*pids*) ;;
"cgroup "*) say "What is mounted at /run/lab/tree is the tree of another controller: ${type#* }." ;;
*) say "What is mounted at /run/lab/tree is of the type ${type%% *}, and no cgroup tree of v1." ;;
esac
[ -d "/run/lab/tree/$name" ] || say "/run/lab/tree does not show your group $name: is the group gone?"
