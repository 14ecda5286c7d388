# expect: plain file
mkdir -p /run/netns && touch /run/netns/red /run/netns/blue
