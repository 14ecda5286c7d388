image mother:1
[ "$(docker image inspect -f '{{len .Config.OnBuild}}' mother:1)" -gt 0 ] 2>/dev/null || { echo "mother:1 stores nothing for its children."; exit 1; }
has mother:1 /etc/built-by && { echo "mother:1 has /etc/built-by itself; the instruction should wait for the child."; exit 1; }
image daughter:1
[ "$(docker run --rm --network none daughter:1 cat /etc/built-by 2>/dev/null)" = "$word" ] || { echo "/etc/built-by in daughter:1 does not say $word."; exit 1; }
