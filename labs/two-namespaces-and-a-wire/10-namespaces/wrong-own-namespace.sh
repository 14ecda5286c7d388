# expect: own network namespace
ip netns attach red $$ && ip netns add blue
