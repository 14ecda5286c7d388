grep -qx "$word" "merged/garden/$kept" || echo "$word" >> "merged/garden/$kept"
