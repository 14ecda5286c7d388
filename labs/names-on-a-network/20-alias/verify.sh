running one
running two
found=$(knows alpha "$alias" | grep -c .)
[ "$found" = 2 ] || { echo "alpha finds $found addresses for $alias; there should be two."; exit 1; }
