# Done when red and blue are network namespaces, other than the machine's own and other than each other.
own=$(stat -Lc %i /proc/self/ns/net)
for name in red blue; do
    if [ ! -e /run/netns/$name ]; then
        echo "There is no network namespace named $name yet."
        exit 1
    fi
    if [ "$(stat -fc %T /run/netns/$name)" != nsfs ]; then
        echo "/run/netns/$name is a plain file, not a namespace. Delete it and let \`ip netns add $name\` make it."
        exit 1
    fi
    if [ "$(stat -Lc %i /run/netns/$name)" = "$own" ]; then
        echo "/run/netns/$name is the machine's own network namespace; it must be a new one."
        exit 1
    fi
done
if [ "$(stat -Lc %i /run/netns/red)" = "$(stat -Lc %i /run/netns/blue)" ]; then
    echo "red and blue are two names of one and the same namespace; make two."
    exit 1
fi
