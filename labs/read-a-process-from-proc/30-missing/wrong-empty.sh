# expect: does not say ok
touch "/etc/mystery/$key.conf"
