# expect: The machine itself
hostname "$host"
