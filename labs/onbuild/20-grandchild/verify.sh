image grandchild:1
has grandchild:1 /own || { echo "There is no /own in grandchild:1."; exit 1; }
child=$(docker image inspect -f '{{len .RootFS.Layers}}' child:1)
made=$(docker image inspect -f '{{len .RootFS.Layers}}' grandchild:1)
[ "$made" = $((child + 1)) ] || { echo "grandchild:1 was not built from child:1 with one step: it has $made layers, child:1 $child."; exit 1; }
