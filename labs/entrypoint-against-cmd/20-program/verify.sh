image program:1
said=$(out program:1)
[ "$said" = "$word nothing" ] || { echo "program:1 without words prints \"$said\", not \"$word nothing\"."; exit 1; }
said=$(out program:1 aa bb)
[ "$said" = "$word aa bb" ] || { echo "With the words aa bb, program:1 prints \"$said\", not \"$word aa bb\"."; exit 1; }
