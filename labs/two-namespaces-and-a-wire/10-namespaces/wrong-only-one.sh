# expect: There is no network namespace named blue
ip netns add red
