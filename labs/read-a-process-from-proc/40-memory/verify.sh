gone=
for n in 1 2 3; do [ -n "$(worker $n)" ] || gone="$gone $n"; done
case $gone in
" $big") ;;
'') say "All three workers are still running." ;;
*" $big"*) say "The big one is gone, but another one with it (gone:$gone). Reset the step." ;;
*) say "Worker$gone is gone, and it was not the one with the most memory. Reset the step, and compare VmRSS." ;;
esac
