# expect: Lower layers belong to everybody
echo "$word" >> "base/garden/$kept"
